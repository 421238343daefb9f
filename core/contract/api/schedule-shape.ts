import * as z from 'zod';
import { jobIdSchema } from '../../job/identifiers.ts';
import { type Instant, isoOf } from '../../job/instant.ts';
import { STATUSES, type Status } from '../../job/status.ts';
import { runsAfter } from '../../schedule/next-runs.ts';
import {
  RUN_OUTCOMES,
  type Run,
  type Schedule,
  scheduleIdSchema,
  scheduleSettingsSchema,
  TRIGGERS,
} from '../../schedule/schedule.ts';

const NEXT_RUNS = 10;

const dateSchema = z.iso.datetime();

/** What became of one run: what the schedule's journal says. */
const runShapeSchema = z.strictObject({
  /** The time that it was for; of several missed ones the first. */
  at: dateSchema,
  /** Its time had come, or somebody wanted it now. */
  trigger: z.enum(TRIGGERS),
  outcome: z.enum(RUN_OUTCOMES),
  /** Of one that started. */
  jobId: jobIdSchema.optional(),
  message: z.string(),
});

/** A schedule as every answer shows it. */
export const scheduleShapeSchema = z.strictObject({
  ...scheduleSettingsSchema.shape,
  id: scheduleIdSchema,
  project: z.string(),
  /** Counts its edits. */
  version: z.int(),
  /** Who made or last edited it: its jobs are theirs. */
  owner: z.string(),
  /** The next ten; none of one that is disabled. */
  nextRuns: z.array(dateSchema),
  lastRun: z
    .strictObject({
      at: dateSchema,
      outcome: z.enum(RUN_OUTCOMES),
      jobId: jobIdSchema.optional(),
      /** Why it did not start. */
      reason: z.string().optional(),
    })
    .optional(),
  /** The job that it submitted last, unless that was deleted. */
  lastJob: z.strictObject({ id: jobIdSchema, status: z.enum(STATUSES) }).optional(),
  /** Only of one that was asked for by its id: the latest 20. */
  runs: z.array(runShapeSchema).optional(),
});

export type ScheduleShape = z.output<typeof scheduleShapeSchema>;

/** What a schedule's head does not say itself. */
export interface ScheduleFacts {
  readonly now: Instant;
  readonly lastJob: { readonly id: Schedule['lastJob'] & string; readonly status: Status } | null;
  readonly runs?: readonly Run[];
}

export function scheduleShape(schedule: Schedule, { now, lastJob, runs }: ScheduleFacts): ScheduleShape {
  const { id, project, name, version, owner, expression, timezone, enabled, overlap, job, lastRun } =
    schedule;
  return {
    id,
    project,
    name,
    version,
    owner,
    expression,
    timezone,
    enabled,
    overlap,
    job,
    nextRuns: enabled ? runsAfter(schedule, now, NEXT_RUNS).map(isoOf) : [],
    ...(lastRun === undefined ? {} : { lastRun: lastRunShape(lastRun) }),
    ...(lastJob === null ? {} : { lastJob: { id: lastJob.id, status: lastJob.status } }),
    ...(runs === undefined ? {} : { runs: runs.map(runShape) }),
  };
}

function runShape({ at, trigger, outcome, jobId, message }: Run): z.output<typeof runShapeSchema> {
  return { at: isoOf(at), trigger, outcome, message, ...(jobId === undefined ? {} : { jobId }) };
}

function lastRunShape({ at, outcome, jobId, message }: NonNullable<Schedule['lastRun']>) {
  return {
    at: isoOf(at),
    outcome,
    ...(jobId === undefined ? { reason: message } : { jobId }),
  };
}
