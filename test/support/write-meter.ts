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
 * Counts the write units of what a client has written, by AWS's formula: the emulator's own figures
 * are not AWS's. An item costs one unit for each started kilobyte, twice that in a transaction. An index
 * entry costs one unit to add or remove, so two when its key changes: index entries are written after
 * the transaction, and hold keys only.
 */
export class WriteMeter {
  readonly #items = new Map<string, Item>();
  #units: WriteUnits = { table: 0, indexes: 0 };

  constructor(client: DynamoDBClient) {
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        for (const { item, factor } of putsOf(args.input)) this.#count(item, factor);
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

  #count(item: Item, factor: number): void {
    const name = JSON.stringify([item['pk']?.S, item['sk']?.S]);
    const before = this.#items.get(name);
    this.#items.set(name, item);
    const bytes = Math.max(itemSize(item), before === undefined ? 0 : itemSize(before));
    this.#units = {
      table: this.#units.table + factor * Math.ceil(bytes / UNIT_BYTES),
      indexes: this.#units.indexes + indexUnits(before, item),
    };
  }
}

function putsOf(input: ServiceInputTypes): readonly { item: Item; factor: number }[] {
  if ('TransactItems' in input) {
    return (input.TransactItems ?? []).flatMap((write) =>
      'Put' in write && write.Put?.Item !== undefined
        ? [{ item: write.Put.Item, factor: TRANSACTION_FACTOR }]
        : [],
    );
  }
  return 'Item' in input && input.Item !== undefined ? [{ item: input.Item, factor: 1 }] : [];
}

function indexUnits(before: Item | undefined, after: Item): number {
  return Object.values(TABLE.indexes).reduce((units, { partitionKey, sortKey }) => {
    const [old, current] = [before, after].map((item) => {
      const names = [partitionKey.name, sortKey.name];
      return item?.[partitionKey.name] === undefined ? null : JSON.stringify(names.map((name) => item[name]));
    });
    if (old === current) return units;
    return units + (old === null ? 0 : 1) + (current === null ? 0 : 1);
  }, 0);
}
