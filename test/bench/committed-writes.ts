import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Item } from '../../functions/adapters/dynamodb/item.ts';
import type { AwsCall } from './aws-calls.ts';
import { storedItemSchema } from './stored-item.ts';
import type { StreamRecord } from './table-stream.ts';

/** One item that was written, and whether in a transaction, which costs twice as much. */
export interface CommittedWrite extends StreamRecord {
  readonly transactional: boolean;
}

/** One request that wrote: a transaction, or a put of one item. */
export interface Commit {
  /** Partition of its first item. A job's change has the job's own head there. */
  readonly partition: string;
  readonly writes: readonly CommittedWrite[];
}

const PUT = 'DynamoDB_20120810.PutItem';
const TRANSACTION = 'DynamoDB_20120810.TransactWriteItems';

/** Requests that write; anything else that a job's functions send is refused by read-units.ts. */
export const WRITING: ReadonlySet<string> = new Set([PUT, TRANSACTION]);

const putSchema = z.object({ Item: storedItemSchema });
const deleteSchema = z.object({ Key: storedItemSchema });
const transactionSchema = z.object({
  TransactItems: z.array(z.object({ Put: putSchema.optional(), Delete: deleteSchema.optional() })),
});

/**
 * What the calls committed, each item with its images. The calls say what was written together, and
 * the stream alone knows what was there before. Throws if the stream lacks something that a call wrote.
 */
export function commitsOf(calls: readonly AwsCall[], records: readonly StreamRecord[]): readonly Commit[] {
  const unmatched = new Set(records);
  return calls.flatMap((call): readonly Commit[] => {
    if (!WRITING.has(call.operation) || call.status !== 200) return [];
    const transactional = call.operation === TRANSACTION;
    const writes = writtenBy(call).map(({ key, after }): CommittedWrite => {
      const record = [...unmatched].find(
        (candidate) =>
          nameOf(candidate.after ?? candidate.before) === nameOf(key) &&
          isDeepStrictEqual(candidate.after, after),
      );
      if (record === undefined) throw new Error(`the stream has no record of a write of ${nameOf(key)}`);
      unmatched.delete(record);
      return { ...record, transactional };
    });
    const [first] = writes;
    return first === undefined ? [] : [{ partition: partitionOf(first), writes }];
  });
}

/** The partition that an item is in. */
export function partitionOf({ before, after }: StreamRecord): string {
  return (after ?? before)?.['pk']?.S ?? '';
}

interface Written {
  readonly key: Item;
  /** None: it was deleted. */
  readonly after?: Item;
}

function writtenBy({ operation, request }: AwsCall): readonly Written[] {
  if (operation === PUT) {
    const { Item: after } = putSchema.parse(request);
    return [{ key: after, after }];
  }
  return transactionSchema.parse(request).TransactItems.map(({ Put, Delete }) => {
    if (Put !== undefined) return { key: Put.Item, after: Put.Item };
    if (Delete !== undefined) return { key: Delete.Key };
    throw new Error('a transaction that neither puts nor deletes: nobody has said what it costs');
  });
}

function nameOf(item: Item | undefined): string {
  return `${item?.['pk']?.S} ${item?.['sk']?.S}`;
}
