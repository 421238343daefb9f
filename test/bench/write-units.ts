import type { Item } from '../../functions/adapters/dynamodb/item.ts';
import { TABLE } from '../../functions/adapters/dynamodb/keys.ts';
import { itemSize } from '../support/item-size.ts';
import type { CommittedWrite } from './committed-writes.ts';
import type { AsStored } from './task-token.ts';

/** Write units, as AWS's formula has them. */
export interface WriteUnits {
  readonly table: number;
  readonly indexes: number;
  readonly total: number;
  /** Of the table alone, by what the items are: `HEAD`, `LOG`, `OP`, `SPEC`, `SEM`, `HOLD`, `WAIT`. */
  readonly byItem: Readonly<Record<string, number>>;
  /** Items written in a transaction, and those written alone. */
  readonly itemsTransactional: number;
  readonly itemsAlone: number;
}

const UNIT_BYTES = 1_024;

/** A transaction prepares each item and then writes it. */
const TRANSACTION_FACTOR = 2;

/**
 * Units of the writes of a job: one for each started kilobyte of the larger of the old and the new
 * image, twice that in a transaction. An index entry costs its kilobytes to add and to remove, so twice
 * when its key changes and nothing when it stays: the entries are written after the transaction, and
 * hold keys only.
 * Source: Amazon DynamoDB Developer Guide, "Capacity unit consumption", "Transactional APIs" and
 * "Global secondary indexes: provisioned throughput considerations".
 */
export function writeUnits(writes: readonly CommittedWrite[], asStored: AsStored): WriteUnits {
  const byItem: Record<string, number> = {};
  let indexes = 0;
  let alone = 0;
  for (const write of writes) {
    const images = [write.before, write.after].flatMap((image) => (image === undefined ? [] : [image]));
    const units = Math.max(...images.map((image) => unitsOf(asStored(image))));
    const what = kindOf(images);
    byItem[what] = (byItem[what] ?? 0) + units * (write.transactional ? TRANSACTION_FACTOR : 1);
    indexes += indexUnits(write);
    alone += write.transactional ? 0 : 1;
  }
  const table = Object.values(byItem).reduce((total, units) => total + units, 0);
  return {
    table,
    indexes,
    total: table + indexes,
    byItem,
    itemsTransactional: writes.length - alone,
    itemsAlone: alone,
  };
}

/** By the sort key's first part; the head of a semaphore by that of its partition. */
function kindOf([image]: readonly Item[]): string {
  const [partition, kind] = ['pk', 'sk'].map((name) => image?.[name]?.S?.split('#')[0] ?? '');
  return kind === 'HEAD' && partition === 'SEM' ? 'SEM' : (kind ?? '');
}

function indexUnits({ before, after }: CommittedWrite): number {
  return Object.values(TABLE.indexes).reduce((units, { partitionKey, sortKey }) => {
    const names = [partitionKey.name, sortKey.name, TABLE.partitionKey.name, TABLE.sortKey.name];
    const [old, current] = [before, after].map((image) => indexEntry(image, names));
    if (JSON.stringify(old) === JSON.stringify(current)) return units;
    return units + (old === undefined ? 0 : unitsOf(old)) + (current === undefined ? 0 : unitsOf(current));
  }, 0);
}

/** What an index holds of an item; an item without one of its keys is not in it. */
function indexEntry(image: Item | undefined, names: readonly string[]): Item | undefined {
  const entry: Item = {};
  for (const name of names) {
    const value = image?.[name];
    if (value === undefined) return undefined;
    entry[name] = value;
  }
  return entry;
}

function unitsOf(item: Item): number {
  return Math.ceil(itemSize(item) / UNIT_BYTES);
}
