import type { Instant } from '../../../core/job/instant.ts';
import type { DueLane } from '../../../core/job/job.ts';
import type { DuePlace } from '../../../core/ports/job-store.ts';
import type { ScheduleId } from '../../../core/schedule/schedule.ts';
import type { SemaphoreKey } from '../../../core/semaphore/semaphore.ts';
import { type Item, numberOf, storedKey, textOf } from './item.ts';
import type { JobTable } from './job-table.ts';
import {
  dueKey,
  headKey,
  jobIdOf,
  SCHEDULE_LANE,
  SEMAPHORE_LANE,
  scheduleIdOf,
  semaphoreKeyOf,
  TABLE,
} from './keys.ts';
import { queryItems } from './query-items.ts';

const { name: INDEX, partitionKey, sortKey } = TABLE.indexes.byDue;

/**
 * Entries of one moment come in the index's own order, which no one is told and which is not that of
 * ids. A page goes on behind the very entry that it is given, so that not even a thousand of one
 * moment hold a sweep up; an entry that came to that moment since may be left for the next sweep.
 */
export async function listDue(
  table: JobTable,
  lane: DueLane,
  shard: number,
  page: { readonly after?: DuePlace; readonly now: Instant; readonly limit: number },
): Promise<readonly DuePlace[]> {
  const { after, now, limit } = page;
  // DynamoDB refuses to go on from beyond the end; a clock that is behind may ask for that.
  if (after !== undefined && after.at > now) return [];
  const partition = dueKey(lane, shard);
  const start = after === undefined ? undefined : startKey(partition, after);
  const items = await dueItems(table, partition, now, limit, start);
  return items.map((item) => ({
    at: numberOf(item, sortKey.name),
    id: jobIdOf(textOf(item, TABLE.partitionKey.name)),
  }));
}

export async function listDueSemaphores(
  table: JobTable,
  shard: number,
  now: Instant,
  limit: number,
): Promise<readonly SemaphoreKey[]> {
  const items = await dueItems(table, dueKey(SEMAPHORE_LANE, shard), now, limit);
  return items.map((item) => semaphoreKeyOf(textOf(item, TABLE.partitionKey.name)));
}

export async function listDueSchedules(
  table: JobTable,
  shard: number,
  now: Instant,
  limit: number,
): Promise<readonly ScheduleId[]> {
  const items = await dueItems(table, dueKey(SCHEDULE_LANE, shard), now, limit);
  return items.map((item) => scheduleIdOf(textOf(item, TABLE.partitionKey.name)));
}

/** Where the index holds this entry, or held it: it need not be there any more. */
function startKey(partition: string, { at, id }: DuePlace): Item {
  return {
    ...storedKey(headKey(id)),
    [partitionKey.name]: { S: partition },
    [sortKey.name]: { N: String(at) },
  };
}

async function dueItems(
  table: JobTable,
  partition: string,
  now: Instant,
  limit: number,
  start?: Item,
): Promise<readonly Item[]> {
  if (limit < 1) return [];
  const found = queryItems(table, {
    IndexName: INDEX,
    KeyConditionExpression: '#due = :due AND #at <= :now',
    ExpressionAttributeNames: { '#due': partitionKey.name, '#at': sortKey.name },
    ExpressionAttributeValues: { ':due': { S: partition }, ':now': { N: String(now) } },
    ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    Limit: limit,
  });
  const items: Item[] = [];
  for await (const item of found) {
    if (items.push(item) === limit) break;
  }
  return items;
}
