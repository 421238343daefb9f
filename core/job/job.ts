import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema, serialSchema, versionSchema } from './identifiers.ts';
import { instantSchema } from './instant.ts';
import { jobErrorSchema } from './job-error.ts';
import { owedEffectSchema } from './owed-effect.ts';
import { segmentSchema } from './segment.ts';

/** Version of the stored shape; raised, with a reader of the old shape, when it changes. */
export const JOB_SCHEMA_VERSION = 1;

export const STEPS = ['INIT', 'PRE', 'RUN', 'POST', 'END'] as const;

export type Step = (typeof STEPS)[number];

export const ORIGINS = ['api', 'event', 'schedule', 'parent'] as const;

/**
 * - `none`: nothing was done that declared a rollback.
 * - `needed`: something done is not undone. - `running`: being undone.
 * - `ok`: all undone. - `failed`: a rollback failed, a person must act.
 */
export const ROLLBACK_OUTCOMES = ['none', 'needed', 'running', 'ok', 'failed'] as const;

/** How a job will end, once its rollbacks and POST ops have run. */
export const decidedSchema = z.strictObject({
  status: z.enum([
    'COMPLETED_WITH_ERROR',
    'FAILED',
    'FAILED_RETRYABLE',
    'TIMED_OUT',
    'CANCELED_WHILE_RUNNING',
  ]),
  error: jobErrorSchema.optional(),
  retryable: z.boolean(),
  retryAfter: instantSchema.optional(),
  /** Whether completed ops that declared a rollback are undone first. */
  undo: z.boolean(),
  /** Whether POST ops run before the end. */
  post: z.boolean(),
});

export type Decided = z.infer<typeof decidedSchema>;

/** Who asked for the end, and why. */
const cancelRequestSchema = z.strictObject({ actor: z.string(), reason: z.string().optional() });

export type CancelRequest = z.infer<typeof cancelRequestSchema>;

/** When the job's execution is looked at, and the growing time between two looks. */
const livenessSchema = z.strictObject({ at: instantSchema, afterSeconds: z.int().min(1) });

export type Liveness = z.infer<typeof livenessSchema>;

/** One lane for each reason to look, so that a flood of one kind starves no other. */
export const DUE_LANES = ['dates', 'owed', 'liveness'] as const;

export type DueLane = (typeof DUE_LANES)[number];

/** The lane and moment under which the index `by-due` holds a job: never later than its real due time. */
const dueEntrySchema = z.strictObject({ lane: z.enum(DUE_LANES), at: instantSchema });

export type DueEntry = z.infer<typeof dueEntrySchema>;

const common = {
  schema: z.literal(JOB_SCHEMA_VERSION),
  id: jobIdSchema,
  project: z.string(),
  name: z.string(),
  origin: z.enum(ORIGINS),
  owner: z.string(),
  ownerGroups: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  queue: z.string(),
  priority: z.int().min(-20).max(19),
  step: z.enum(STEPS),
  attempt: attemptSchema,
  /** Segments of this attempt so far. */
  segments: z.int().min(0),
  opsTotal: z.int().min(1),
  opsRun: z.int().min(0),
  natures: z.array(z.string()).optional(),
  warnings: z.int().min(0),
  rollback: z.enum(ROLLBACK_OUTCOMES),
  receivedAt: instantSchema,
  /** The real start of the first step. */
  startedAt: instantSchema.optional(),
  root: jobIdSchema,
  parent: jobIdSchema.optional(),
  version: versionSchema,
  logSerial: serialSchema,
  owed: z.array(owedEffectSchema),
  dueEntry: dueEntrySchema.optional(),
};

const withExecution = {
  segment: segmentSchema,
  liveness: livenessSchema,
};

const begun = {
  ...withExecution,
  startedAt: instantSchema,
  /** The op that has begun and is not final. */
  activeOp: opIndexSchema.optional(),
  /** The active op waits this long before its next try, too long for a Wait state. */
  heldUntil: instantSchema.optional(),
};

const ended = {
  step: z.literal('END'),
  endedAt: instantSchema,
  retainUntil: instantSchema,
};

const failed = {
  ...ended,
  error: jobErrorSchema,
  retryable: z.boolean(),
  retryAfter: instantSchema.optional(),
};

const startingSchema = z.strictObject({
  ...common,
  ...withExecution,
  status: z.literal('QUEUED'),
  waitReason: z.literal('starting'),
});

const runningSchema = z.strictObject({
  ...common,
  ...begun,
  status: z.literal('RUNNING'),
  /** Set when RUN failed without anything to undo, and POST ops run before the end. */
  decided: decidedSchema.optional(),
});

const cancelingSchema = z.strictObject({
  ...common,
  ...begun,
  status: z.literal('CANCELING'),
  cancel: cancelRequestSchema,
  decided: decidedSchema,
});

const rollingBackSchema = z.strictObject({
  ...common,
  ...begun,
  status: z.literal('ROLLING_BACK'),
  cancel: cancelRequestSchema.optional(),
  decided: decidedSchema,
});

const completedSchema = z.strictObject({
  ...common,
  ...ended,
  startedAt: instantSchema,
  status: z.enum(['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS']),
});

const failedSchema = z.strictObject({
  ...common,
  ...failed,
  status: z.enum(['COMPLETED_WITH_ERROR', 'FAILED', 'FAILED_RETRYABLE', 'TIMED_OUT', 'ABENDED']),
});

const failedToStartSchema = z.strictObject({ ...common, ...failed, status: z.literal('FAILED_TO_START') });

const canceledSchema = z.strictObject({
  ...common,
  ...ended,
  cancel: cancelRequestSchema,
  status: z.enum(['CANCELED_BEFORE_START', 'CANCELED_WHILE_RUNNING']),
});

const canceledAfterFailureSchema = z.strictObject({
  ...common,
  ...failed,
  cancel: cancelRequestSchema,
  status: z.literal('CANCELED_AFTER_FAILURE'),
});

const commonSchema = z.object(common);

/** What a job keeps through every status: the fields a move to another status starts from. */
export function commonOf(job: Job): z.infer<typeof commonSchema> {
  return commonSchema.parse(job);
}

/**
 * A job's head: the aggregate that every change rewrites, guarded by its version. A field that has
 * no meaning in a status does not exist in it.
 */
export const jobSchema = z.discriminatedUnion('status', [
  startingSchema,
  runningSchema,
  cancelingSchema,
  rollingBackSchema,
  completedSchema,
  failedSchema,
  failedToStartSchema,
  canceledSchema,
  canceledAfterFailureSchema,
]);

export type Job = z.infer<typeof jobSchema>;
export type StartingJob = z.infer<typeof startingSchema>;
export type RunningJob = z.infer<typeof runningSchema>;
export type CancelingJob = z.infer<typeof cancelingSchema>;
export type RollingBackJob = z.infer<typeof rollingBackSchema>;

/** A job with an execution that has begun an op. */
export type BegunJob = RunningJob | CancelingJob | RollingBackJob;

/** A job whose current segment an execution serves, or will. */
export type LiveJob = StartingJob | BegunJob;

export type SettledJob = Exclude<Job, LiveJob>;

export function isLive(job: Job): job is LiveJob {
  return (
    job.status === 'QUEUED' ||
    job.status === 'RUNNING' ||
    job.status === 'CANCELING' ||
    job.status === 'ROLLING_BACK'
  );
}
