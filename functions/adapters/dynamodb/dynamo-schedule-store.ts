import type { ScheduleStore } from '../../../core/ports/schedule-store.ts';
import { commitSchedule } from './commit-schedule.ts';
import type { JobTable } from './job-table.ts';
import { listDueSchedules } from './list-due.ts';
import { countSchedules, listSchedules, readRun, readRuns, readSchedule } from './read-schedules.ts';

/** Recurring schedules in the one DynamoDB table that keys.ts describes. */
export function dynamoScheduleStore(table: JobTable): ScheduleStore {
  return {
    readSchedule: (id) => readSchedule(table, id),
    readRun: (id, run) => readRun(table, id, run),
    readRuns: (id, limit) => readRuns(table, id, limit),
    listSchedules: (project, page) => listSchedules(table, project, page),
    countSchedules: (project, upTo) => countSchedules(table, project, upTo),
    listDueSchedules: (shard, now, limit) => listDueSchedules(table, shard, now, limit),
    commitSchedule: (change) => commitSchedule(table, change),
  };
}
