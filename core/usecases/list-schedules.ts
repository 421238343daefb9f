import * as z from 'zod';
import { type ScheduleFacts, type ScheduleShape, scheduleShape } from '../contract/api/schedule-shape.ts';
import type { Refused } from '../contract/error-codes.ts';
import { cursorOf, type Listing, placeOfCursor } from '../contract/page-cursor.ts';
import { isDeleted } from '../job/delete-job.ts';
import type { ScheduleDeps } from '../ports/schedule-deps.ts';
import { type Schedule, scheduleIdSchema } from '../schedule/schedule.ts';

type ReadDeps = Pick<ScheduleDeps, 'store' | 'scheduleStore' | 'surroundings'>;

export interface SchedulesPage {
  readonly ok: true;
  readonly items: readonly ScheduleShape[];
  readonly cursor?: string;
}

/** Runs that are shown of one schedule. */
const RUNS_SHOWN = 20;

/** A page of a project's schedules, oldest first. */
export async function listSchedules(
  deps: ReadDeps,
  project: string,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<SchedulesPage | Refused> {
  const listing: Listing = { of: 'schedules', project, filter: {} };
  const from = page.cursor === undefined ? undefined : placeOfCursor(listing, page.cursor, placeSchema);
  if (from?.ok === false) return from;
  const { schedules, next } = await deps.scheduleStore.listSchedules(project, {
    limit: page.limit,
    ...(from === undefined ? {} : { after: from.place.id }),
  });
  const items = await Promise.all(schedules.map((schedule) => shapeOf(deps, schedule)));
  return { ok: true, items, ...(next === undefined ? {} : { cursor: cursorOf(listing, { id: next }) }) };
}

/** A schedule: those made after it come next. */
const placeSchema = z.strictObject({ id: scheduleIdSchema });

/** One schedule with its latest runs. */
export async function showSchedule(deps: ReadDeps, schedule: Schedule): Promise<ScheduleShape> {
  return shapeOf(deps, schedule, { runs: await deps.scheduleStore.readRuns(schedule.id, RUNS_SHOWN) });
}

/** A schedule with its next runs and its last job. */
export async function shapeOf(
  { store, surroundings }: Pick<ReadDeps, 'store' | 'surroundings'>,
  schedule: Schedule,
  more: Pick<ScheduleFacts, 'runs'> = {},
): Promise<ScheduleShape> {
  const last = schedule.lastJob === undefined ? null : await store.readJob(schedule.lastJob);
  const lastJob = last === null || isDeleted(last) ? null : last;
  return scheduleShape(schedule, { now: surroundings.now(), lastJob, ...more });
}
