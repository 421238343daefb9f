import type { Instant } from '../job/instant.ts';
import type { Run, Schedule, ScheduleChange, ScheduleId } from '../schedule/schedule.ts';

/** A page of a project's schedules, oldest first. */
export interface SchedulePage {
  readonly schedules: readonly Schedule[];
  readonly next?: ScheduleId;
}

/** Recurring schedules and their runs. Every deciding read is strongly consistent. */
export interface ScheduleStore {
  readSchedule(id: ScheduleId): Promise<Schedule | null>;
  readRun(id: ScheduleId, run: Pick<Run, 'at' | 'trigger'>): Promise<Run | null>;
  /** The latest first, at most `limit`. */
  readRuns(id: ScheduleId, limit: number): Promise<readonly Run[]>;
  /** Without those that are removed; the listing may lag behind. */
  listSchedules(
    project: string,
    page: { readonly after?: ScheduleId; readonly limit: number },
  ): Promise<SchedulePage>;
  /** Schedules of the project, counted up to `upTo`; the count may lag. */
  countSchedules(project: string, upTo: number): Promise<number>;
  /** Schedules that somebody must look at since before `now`, earliest first. */
  listDueSchedules(shard: number, now: Instant, limit: number): Promise<readonly ScheduleId[]>;

  /**
   * One change, one transaction, guarded by the version of the head and of the run. False: others were in
   * the way and nothing was written.
   */
  commitSchedule(change: ScheduleChange): Promise<boolean>;
}
