import * as z from 'zod';
import { nameSchema, type SubmittedSpec, submittedSpecSchema } from '../contract/job-spec.ts';
import { jobIdSchema } from '../job/identifiers.ts';
import { type Instant, instantSchema } from '../job/instant.ts';
import { parseExpression } from './expression.ts';
import { isTimeZone } from './time-zone.ts';

/** Version of the stored shapes; raised, with a reader of the old ones, when they change. */
export const SCHEDULE_SCHEMA_VERSION = 1;

/**
 * How late a firing may come and still make a job, and how long nobody misses one that has not come:
 * EventBridge Scheduler is up to a minute late by itself, and tries again where it cannot get through.
 */
export const GRACE_MS = 5 * 60_000;

/** A ULID, as jobs have them: it sorts by the time the schedule was made. */
export const scheduleIdSchema = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'must be a schedule id: 26 characters of Crockford base 32')
  .brand<'ScheduleId'>();

export type ScheduleId = z.infer<typeof scheduleIdSchema>;

/** What becomes of a run whose predecessor has not settled. */
export const OVERLAPS = ['skip', 'queue', 'cancelOld'] as const;

/** What a schedule submits: a job specification without what its schedule says itself. */
const scheduledJobSchema = submittedSpecSchema.omit({
  project: true,
  schedule: true,
  hold: true,
  dependsOn: true,
  sessionId: true,
});

/** What somebody may set of a schedule. */
export const scheduleSettingsSchema = z.strictObject({
  name: nameSchema,
  expression: z.string().superRefine((text, context) => {
    const read = parseExpression(text);
    if (read.ok) return;
    const params = { code: 'InvalidScheduleExpression' };
    context.addIssue({ code: 'custom', message: read.problem, params });
  }),
  timezone: z
    .string()
    .refine(isTimeZone, {
      error: "must be a name of the IANA time zone database, such as 'Europe/Berlin'",
      params: { code: 'UnknownTimeZone' },
    })
    .default('UTC'),
  enabled: z.boolean().default(true),
  overlap: z.enum(OVERLAPS).default('skip'),
  job: scheduledJobSchema,
});

export type ScheduleSettings = z.infer<typeof scheduleSettingsSchema>;

/** What had a run decided: its time had come, or somebody wanted it now. */
export const TRIGGERS = ['time', 'user'] as const;

export const RUN_OUTCOMES = ['started', 'skipped', 'missed', 'refused'] as const;

const runShape = {
  /** The time that it was for; of several missed ones the first. */
  at: instantSchema,
  trigger: z.enum(TRIGGERS),
  outcome: z.enum(RUN_OUTCOMES),
  /** Of one that started. */
  jobId: jobIdSchema.optional(),
  message: z.string(),
};

/** One entry of a schedule's journal: what became of one run, or of several that were missed. */
export const runSchema = z.strictObject({
  ...runShape,
  schema: z.literal(SCHEDULE_SCHEMA_VERSION),
  scheduleId: scheduleIdSchema,
  decidedAt: instantSchema,
});

export type Run = z.infer<typeof runSchema>;

const owedSchema = z.discriminatedUnion('kind', [
  /** Tell the Scheduler what the head says. */
  z.strictObject({ kind: z.literal('tell'), by: instantSchema }),
  /** Submit the job of a run that was decided, under the id that it was decided with. */
  z.strictObject({
    kind: z.literal('submit'),
    at: instantSchema,
    trigger: z.enum(TRIGGERS),
    jobId: jobIdSchema,
    /** Its last job had not settled: this one waits for that. */
    after: jobIdSchema.optional(),
    /** And that is cancelled. */
    cancels: z.literal(true).optional(),
    /** Who wanted it now. */
    asker: z.string().optional(),
    by: instantSchema,
  }),
]);

export type OwedBySchedule = z.infer<typeof owedSchema>;

export type OwedSubmission = Extract<OwedBySchedule, { kind: 'submit' }>;

/**
 * The head of a schedule: the aggregate that every change rewrites, guarded by `ver`. `version` counts
 * only what somebody edited, so that a run does not make an edit stale.
 */
export const scheduleSchema = z.strictObject({
  name: z.string(),
  expression: z.string(),
  timezone: z.string(),
  enabled: z.boolean(),
  overlap: z.enum(OVERLAPS),
  job: scheduledJobSchema,
  schema: z.literal(SCHEDULE_SCHEMA_VERSION),
  id: scheduleIdSchema,
  project: z.string(),
  version: z.int().min(1),
  ver: z.int().min(1),
  /** Who made or last edited it: its jobs are theirs. */
  owner: z.string(),
  ownerGroups: z.array(z.string()),
  /** Runs are counted from here on; see next-runs.ts. */
  startAt: instantSchema,
  /** The first run of which nothing is known; none: it is disabled, or there are no more. */
  nextRunAt: instantSchema.optional(),
  /** Later runs than that which are decided: their firings overtook it. */
  ahead: z.array(instantSchema),
  lastRun: z.strictObject(runShape).optional(),
  /** The job that it submitted last. */
  lastJob: jobIdSchema.optional(),
  /** Gone to every caller; its head is removed once the Scheduler knows. */
  removed: z.literal(true).optional(),
  owed: z.array(owedSchema),
});

export type Schedule = z.infer<typeof scheduleSchema>;

/** One change of a schedule, committed in one transaction, guarded by the `ver` it was decided on. */
export interface ScheduleChange {
  readonly transition:
    | 'make schedule'
    | 'edit schedule'
    | 'remove schedule'
    | 'decide run'
    | 'settle run'
    | 'note missed runs'
    | 'owe telling'
    | 'clear debt'
    | 'drop schedule';
  /** Null: there must be none. */
  readonly before: number | null;
  readonly schedule: Schedule;
  /** `new`: the run must not be recorded; `started`: it is recorded as one that starts. */
  readonly run?: { readonly before: 'new' | 'started'; readonly run: Run };
}

/** When somebody must look at it if nothing happens before; undefined: nobody need. */
export function dueOf({ owed, nextRunAt }: Schedule): Instant | undefined {
  const moments = [
    ...owed.map(({ by }) => by),
    ...(nextRunAt === undefined ? [] : [nextRunAt + GRACE_MS + 1]),
  ];
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** The job that a run submits. */
export function specOf({ job, project }: Pick<Schedule, 'job' | 'project'>): SubmittedSpec {
  return { ...job, project, hold: false, dependsOn: [] };
}
