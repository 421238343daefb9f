import * as z from 'zod';
import type { Item } from '../../functions/adapters/dynamodb/item.ts';
import { itemSize } from '../support/item-size.ts';
import type { AwsCall } from './aws-calls.ts';
import { storedItemSchema } from './stored-item.ts';
import type { AsStored } from './task-token.ts';

const UNIT_BYTES = 4_096;
const EVENTUALLY_CONSISTENT_FACTOR = 0.5;
const TARGET = 'DynamoDB_20120810.';

const getSchema = z.object({ ConsistentRead: z.boolean().optional() });
const gotSchema = z.object({ Item: storedItemSchema.optional() });
const queriedSchema = z.object({ Items: z.array(storedItemSchema) });
const batchSchema = z.object({
  RequestItems: z.record(
    z.string(),
    z.object({ Keys: z.array(storedItemSchema), ConsistentRead: z.boolean().optional() }),
  ),
});
const batchGotSchema = z.object({ Responses: z.record(z.string(), z.array(storedItemSchema)) });

/** Operations whose units are write units: see write-units.ts. */
const WRITES: ReadonlySet<string> = new Set(['PutItem', 'TransactWriteItems']);

/**
 * Units of what the calls read: one for each started four kilobytes of an item, half of that where the
 * read is eventually consistent; a query rounds up the sum of its items; finding nothing costs as much
 * as the smallest item.
 * Source: Amazon DynamoDB Developer Guide, "Capacity unit consumption for read operations".
 */
export function readUnits(calls: readonly AwsCall[], asStored: AsStored): number {
  const sizeOf = (item: Item) => itemSize(asStored(item));
  return calls.reduce((units, call) => units + unitsOf(call, sizeOf), 0);
}

function unitsOf({ operation, request, response, status }: AwsCall, sizeOf: (item: Item) => number): number {
  if (!operation.startsWith(TARGET) || status !== 200) return 0;
  const name = operation.slice(TARGET.length);
  if (name === 'GetItem') {
    const { Item: item } = gotSchema.parse(response);
    return roundedUp(item === undefined ? 0 : sizeOf(item)) * factorOf(getSchema.parse(request));
  }
  if (name === 'Query') {
    const bytes = queriedSchema.parse(response).Items.reduce((total, item) => total + sizeOf(item), 0);
    return roundedUp(bytes) * factorOf(getSchema.parse(request));
  }
  if (name === 'BatchGetItem') {
    const asked = Object.entries(batchSchema.parse(request).RequestItems);
    const { Responses } = batchGotSchema.parse(response);
    return asked.reduce((units, [table, { Keys, ...read }]) => {
      const found = Responses[table] ?? [];
      const missing = Keys.length - found.length;
      const read4K = found.reduce((total, item) => total + roundedUp(sizeOf(item)), missing);
      return units + read4K * factorOf(read);
    }, 0);
  }
  if (WRITES.has(name)) return 0;
  throw new Error(`nobody has said what ${operation} costs`);
}

function roundedUp(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / UNIT_BYTES));
}

function factorOf({ ConsistentRead }: { readonly ConsistentRead?: boolean | undefined }): number {
  return ConsistentRead === true ? 1 : EVENTUALLY_CONSISTENT_FACTOR;
}
