import type { SchedulePage } from '../../../core/ports/schedule-store.ts';
import type { Run, Schedule, ScheduleId } from '../../../core/schedule/schedule.ts';
import { getItem, getItems } from './get-items.ts';
import { textOf } from './item.ts';
import type { JobTable } from './job-table.ts';
import { RUN, runKey, scheduleIdOf, scheduleKey, schedulePartition, schedulesKey, TABLE } from './keys.ts';
import { queryByClass } from './query-by-class.ts';
import { queryItems } from './query-items.ts';
import { runOf, scheduleOf } from './schedule-items.ts';

export async function readSchedule(table: JobTable, id: ScheduleId): Promise<Schedule | null> {
  const item = await getItem(table, scheduleKey(id));
  return item === undefined ? null : scheduleOf(item);
}

export async function readRun(
  table: JobTable,
  id: ScheduleId,
  run: Pick<Run, 'at' | 'trigger'>,
): Promise<Run | null> {
  const item = await getItem(table, runKey(id, run));
  return item === undefined ? null : runOf(item);
}

export async function readRuns(table: JobTable, id: ScheduleId, limit: number): Promise<readonly Run[]> {
  if (limit < 1) return [];
  const runs: Run[] = [];
  const found = queryItems(table, {
    KeyConditionExpression: 'pk = :schedule AND begins_with(sk, :runs)',
    ExpressionAttributeValues: { ':schedule': { S: schedulePartition(id) }, ':runs': { S: RUN } },
    ScanIndexForward: false,
    Limit: limit,
    ConsistentRead: true,
  });
  for await (const item of found) {
    if (runs.push(runOf(item)) === limit) break;
  }
  return runs;
}

/** The index says which schedules there are, and their heads how they are. */
export async function listSchedules(
  table: JobTable,
  project: string,
  page: { readonly after?: ScheduleId; readonly limit: number },
): Promise<SchedulePage> {
  // One more than wanted tells whether there is a next page.
  const items = await queryByClass(table, schedulesKey(project), {
    after: page.after,
    limit: page.limit + 1,
    order: 'up',
  });
  const ids = items.slice(0, page.limit).map((item) => scheduleIdOf(textOf(item, TABLE.partitionKey.name)));
  const heads = (await getItems(table, ids.map(scheduleKey))).map(scheduleOf);
  const schedules = heads
    .filter(({ removed }) => !removed)
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  const last = ids.at(-1);
  return last === undefined || items.length <= page.limit ? { schedules } : { schedules, next: last };
}

/** The index has an entry for each that is not removed. */
export async function countSchedules(table: JobTable, project: string, upTo: number): Promise<number> {
  const items = await queryByClass(table, schedulesKey(project), {
    after: undefined,
    limit: upTo,
    order: 'up',
  });
  return items.length;
}
