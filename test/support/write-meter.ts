import type { AttributeValue, DynamoDBClient, ServiceInputTypes } from '@aws-sdk/client-dynamodb';
import { type Key, TABLE } from '../../functions/adapters/dynamodb/keys.ts';
import { itemSize } from './item-size.ts';

type Item = Record<string, AttributeValue>;

/** Write units, as a bill has them. */
export interface WriteUnits {
  readonly table: number;
  readonly indexes: number;
}

const UNIT_BYTES = 1024;
/** A transaction prepares each item and then writes it. */
const TRANSACTION_FACTOR = 2;

/**
 * Counts the write units of what a client has written or deleted, by AWS's formula: the emulator's own
 * figures are not AWS's. An item costs one unit for each started kilobyte of its larger image, twice that in a
 * transaction. An index entry costs one unit to add or remove, so two when its key changes: index entries are written after
 * the transaction, and hold keys only.
 */
export class WriteMeter {
  readonly #items = new Map<string, Item>();
  #units: WriteUnits = { table: 0, indexes: 0 };

  constructor(client: DynamoDBClient) {
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const result = await next(args);
          for (const write of writesOf(commandName, args.input)) this.#count(write);
          return result;
        },
      { step: 'initialize', name: 'write meter' },
    );
  }

  /** Units since the last time it was asked. */
  take(): WriteUnits {
    const units = this.#units;
    this.#units = { table: 0, indexes: 0 };
    return units;
  }

  /** The item as it was last put. */
  item({ pk, sk }: Key): Item | undefined {
    return this.#items.get(JSON.stringify([pk, sk]));
  }

  #count({ key, item, factor }: Write): void {
    const name = JSON.stringify([key['pk']?.S, key['sk']?.S]);
    const before = this.#items.get(name);
    if (item === undefined) this.#items.delete(name);
    else this.#items.set(name, item);
    const bytes = Math.max(1, ...[before, item].map((image) => (image === undefined ? 0 : itemSize(image))));
    this.#units = {
      table: this.#units.table + factor * Math.ceil(bytes / UNIT_BYTES),
      indexes: this.#units.indexes + indexUnits(before, item),
    };
  }
}

/** An item that was put, or deleted. */
interface Write {
  readonly key: Item;
  readonly item?: Item;
  readonly factor: number;
}

function writesOf(command: string | undefined, input: ServiceInputTypes): readonly Write[] {
  if ('TransactItems' in input) {
    return (input.TransactItems ?? []).flatMap((write) =>
      'Put' in write || 'Delete' in write
        ? listed(write.Put?.Item, write.Delete?.Key, TRANSACTION_FACTOR)
        : [],
    );
  }
  if ('RequestItems' in input) {
    return Object.values(input.RequestItems ?? {})
      .flatMap((requests) => (Array.isArray(requests) ? requests : []))
      .flatMap(({ DeleteRequest }) => listed(undefined, DeleteRequest?.Key, 1));
  }
  if ('Item' in input) return listed(input.Item, undefined, 1);
  return command === 'DeleteItemCommand' && 'Key' in input ? listed(undefined, input.Key, 1) : [];
}

function listed(item: Item | undefined, key: Item | undefined, factor: number): readonly Write[] {
  if (item !== undefined) return [{ key: item, item, factor }];
  return key === undefined ? [] : [{ key, factor }];
}

function indexUnits(before: Item | undefined, after: Item | undefined): number {
  return Object.values(TABLE.indexes).reduce((units, { partitionKey, sortKey }) => {
    const [old, current] = [before, after].map((item) => {
      const names = [partitionKey.name, sortKey.name];
      return item?.[partitionKey.name] === undefined ? null : JSON.stringify(names.map((name) => item[name]));
    });
    if (old === current) return units;
    return units + (old === null ? 0 : 1) + (current === null ? 0 : 1);
  }, 0);
}
