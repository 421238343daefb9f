import { paginateQuery } from '@aws-sdk/client-dynamodb';
import type { StoredLine } from '../../../core/ports/line-store.ts';
import type { Place } from '../../../core/semaphore/line.ts';
import {
  type Hold,
  type Semaphore,
  type SemaphoreKey,
  textOfKey,
  type Wait,
} from '../../../core/semaphore/semaphore.ts';
import { getItems } from './get-items.ts';
import { type Item, storedKey } from './item.ts';
import type { JobTable } from './job-table.ts';
import { HOLD, semaphoreHeadKey, semaphorePartition, WAIT, waitKey } from './keys.ts';
import { holdOf, semaphoreOf, waitOf } from './line-items.ts';
import { queryItems } from './query-items.ts';

/** One of the first two in line is not the job that decides. */
const FIRST_IN_LINE = 2;

export async function readLines(
  table: JobTable,
  keys: readonly SemaphoreKey[],
): Promise<readonly StoredLine[]> {
  const semaphores = await readSemaphores(table, keys);
  return Promise.all(
    keys.map(async (key) => {
      const semaphore = semaphores.get(textOfKey(key)) ?? null;
      const isLineEmpty = semaphore === null || semaphore.waiting === 0;
      return { semaphore, first: isLineEmpty ? [] : await readWaits(table, key, FIRST_IN_LINE) };
    }),
  );
}

/** The heads that there are, by the text of their key. */
export async function readSemaphores(
  table: JobTable,
  keys: readonly SemaphoreKey[],
): Promise<ReadonlyMap<string, Semaphore>> {
  // DynamoDB refuses to read an item twice in one request.
  const distinct = [...new Map(keys.map((key) => [textOfKey(key), key])).values()];
  const semaphores = (await getItems(table, distinct.map(semaphoreHeadKey))).map(semaphoreOf);
  return new Map(semaphores.map((semaphore) => [textOfKey(semaphore), semaphore]));
}

export async function readHolds(table: JobTable, key: SemaphoreKey, limit: number): Promise<readonly Hold[]> {
  return (await itemsOf(table, key, HOLD, limit)).map(holdOf);
}

export async function readWaits(table: JobTable, key: SemaphoreKey, limit: number): Promise<readonly Wait[]> {
  return (await itemsOf(table, key, WAIT, limit)).map(waitOf);
}

/** Counts from the place towards the front: so the place itself is left out, whether or not it is there. */
export async function countBefore(
  { client, tableName }: JobTable,
  key: SemaphoreKey,
  place: Place,
  limit: number,
): Promise<number> {
  if (limit < 1) return 0;
  const pages = paginateQuery(
    { client },
    {
      TableName: tableName,
      ...sortKeysBeginWith(key, WAIT),
      ExclusiveStartKey: storedKey(waitKey(key, place)),
      ScanIndexForward: false,
      Select: 'COUNT',
      Limit: limit,
      ConsistentRead: true,
    },
  );
  let count = 0;
  for await (const page of pages) {
    count += page.Count ?? 0;
    if (count >= limit) return limit;
  }
  return count;
}

async function itemsOf(
  table: JobTable,
  key: SemaphoreKey,
  prefix: string,
  limit: number,
): Promise<readonly Item[]> {
  if (limit < 1) return [];
  const items: Item[] = [];
  const query = { ...sortKeysBeginWith(key, prefix), Limit: limit, ConsistentRead: true };
  for await (const item of queryItems(table, query)) {
    if (items.push(item) === limit) break;
  }
  return items;
}

function sortKeysBeginWith(key: SemaphoreKey, prefix: string) {
  return {
    KeyConditionExpression: 'pk = :semaphore AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':semaphore': { S: semaphorePartition(key) }, ':prefix': { S: prefix } },
  };
}
