import * as z from 'zod';
import {
  attemptSchema,
  jobIdSchema,
  opIndexSchema,
  serialSchema,
  trySchema,
  versionSchema,
} from './identifiers.ts';
import { instantSchema } from './instant.ts';
import { jobErrorSchema } from './job-error.ts';
import { owedEffectSchema } from './owed-effect.ts';
import { SEGMENT_GROUPS, segmentSchema } from './segment.ts';

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
    'ROLLED_BACK',
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
export const DUE_LANES = ['dates', 'owed', 'liveness', 'retention'] as const;

export type DueLane = (typeof DUE_LANES)[number];

/** The lane and moment under which the index `by-due` holds a job: never later than its real due time. */
const dueEntrySchema = z.strictObject({ lane: z.enum(DUE_LANES), at: instantSchema });

export type DueEntry = z.infer<typeof dueEntrySchema>;

/** Units of a need that the job has, under the fence of their grant; see needs.ts for the index. */
const heldSchema = z.strictObject({
  need: z.int().min(0),
  fence: z.int().min(1),
  /** Of a slot: its rank in line, under which a parent asks for it again. */
  rank: z.int().min(0).optional(),
});

export type Held = z.infer<typeof heldSchema>;

/** How ops went that earlier attempts ran, where it was not all well: this attempt cannot change it. */
const standingSchema = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('COMPLETED_WITH_WARNINGS') }),
  z.strictObject({
    status: z.enum(['COMPLETED_WITH_ERROR', 'FAILED', 'FAILED_RETRYABLE', 'TIMED_OUT']),
    error: jobErrorSchema,
    retryable: z.boolean(),
    retryAfter: instantSchema.optional(),
  }),
]);

export type Standing = z.infer<typeof standingSchema>;

/** How an attempt beyond the first came about. */
const againSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rerun'),
    /** Ops before it count as run: earlier attempts did them. */
    firstOp: opIndexSchema,
    /** RUN's approval, date and dependencies were passed before, and are not asked again. */
    gatesPassed: z.literal(true).optional(),
    /** How the ops before it went, where that was not all well. */
    standing: standingSchema.optional(),
    /** An earlier attempt left something that should have been undone. */
    leftBehind: z.literal(true).optional(),
  }),
  /** A manual rollback: it undoes what all earlier attempts have left. */
  z.strictObject({ kind: z.literal('rollback') }),
]);

export type Again = z.infer<typeof againSchema>;

export const TRAP_ANSWERS = ['retry', 'skip', 'abort', 'pause', 'resume'] as const;

export type TrapAnswer = (typeof TRAP_ANSWERS)[number];

/** The last answer that a trap of the job was given, by somebody or by its timeout (Clarive). */
const lastTrapSchema = z.strictObject({
  op: opIndexSchema,
  answer: z.enum(TRAP_ANSWERS),
  actor: z.string(),
  at: instantSchema,
  comment: z.string().optional(),
});

/** Whose child a job is: the group that counts its end, and its place in it. */
export const childOfSchema = z.strictObject({
  id: jobIdSchema,
  attempt: attemptSchema,
  op: opIndexSchema,
  try: trySchema,
  /** Position among the children of the op, from 0. */
  child: z.int().min(0),
  /** Parents above it: 1 for the child of a root. */
  depth: z.int().min(1),
});

export type ChildOf = z.infer<typeof childOfSchema>;

const common = {
  schema: z.literal(JOB_SCHEMA_VERSION),
  id: jobIdSchema,
  project: z.string(),
  name: z.string(),
  origin: z.enum(ORIGINS),
  owner: z.string(),
  ownerGroups: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  /** Whoever logs out of it cancels the job. */
  sessionId: z.string().optional(),
  queue: z.string(),
  priority: z.int().min(-20).max(19),
  step: z.enum(STEPS),
  attempt: attemptSchema,
  /** None: the first attempt. */
  again: againSchema.optional(),
  /** Segments of this attempt so far. */
  segments: z.int().min(0),
  opsTotal: z.int().min(1),
  opsRun: z.int().min(0),
  natures: z.array(z.string()).optional(),
  warnings: z.int().min(0),
  rollback: z.enum(ROLLBACK_OUTCOMES),
  receivedAt: instantSchema,
  /** When RUN may start; none: at once. */
  scheduledAt: instantSchema.optional(),
  /** A job whose RUN has not started by then is EXPIRED; none: never. */
  maxStartAt: instantSchema.optional(),
  /** The window that `maxStartAt` is made of: kept for another date and another attempt. */
  startWithinSeconds: z.int().min(1).optional(),
  lastTrap: lastTrapSchema.optional(),
  /** What it holds, in the order of its needs. Empty for a job that needs nothing that has a limit. */
  holds: z.array(heldSchema).default([]),
  /** Priorities that were given to single ops, by op index; see change-priority.ts. */
  opPriorities: z.record(z.string(), z.int().min(-20).max(19)).optional(),
  /** Jobs wait for this one's end: it owes them to be told. */
  hasDependents: z.literal(true).optional(),
  /** Moments for which a one-time schedule exists, or is owed. */
  alarms: z.array(instantSchema).optional(),
  /** The real start of the first step. */
  startedAt: instantSchema.optional(),
  root: jobIdSchema,
  parent: childOfSchema.optional(),
  /** Children of this try of an op have not all ended: nothing that the job holds is given back before. */
  children: z.strictObject({ op: opIndexSchema, try: trySchema }).optional(),
  version: versionSchema,
  logSerial: serialSchema,
  owed: z.array(owedEffectSchema),
  dueEntry: dueEntrySchema.optional(),
};

const failure = {
  error: jobErrorSchema,
  retryable: z.boolean(),
  retryAfter: instantSchema.optional(),
};

const COMPLETIONS = ['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS'] as const;
const FAILURES = ['COMPLETED_WITH_ERROR', 'FAILED', 'FAILED_RETRYABLE', 'TIMED_OUT', 'ABENDED'] as const;
/** Ends of a job whose RUN never started. EXPIRED and REJECTED stand still until someone acts. */
const NEVER_STARTED = ['FAILED_TO_START', 'EXPIRED', 'REJECTED'] as const;
const CANCELLATIONS = ['CANCELED_BEFORE_START', 'CANCELED_WHILE_RUNNING'] as const;

const end = { rollback: z.enum(ROLLBACK_OUTCOMES), actor: z.string(), message: z.string() };

/**
 * The end that a job will have once everything it holds is given back, decided before that: a death
 * in between is wound up and never taken for an abend. `actor` and `message` are its journal entry's.
 */
const endingSchema = z.discriminatedUnion('status', [
  z.strictObject({ ...end, status: z.enum(COMPLETIONS) }),
  z.strictObject({ ...end, ...failure, status: z.enum([...FAILURES, ...NEVER_STARTED]) }),
  z.strictObject({ ...end, cancel: cancelRequestSchema, status: z.enum(CANCELLATIONS) }),
  z.strictObject({ ...end, error: jobErrorSchema.optional(), status: z.literal('ROLLED_BACK') }),
]);

export type Ending = z.infer<typeof endingSchema>;

const mayBeEnding = { ending: endingSchema.optional() };

const waiting = {
  /** What waits to start: PRE in its own execution first, RUN after it; RECOVER: a manual rollback. */
  group: z.enum(SEGMENT_GROUPS),
  /** Since when it waits for this. */
  since: instantSchema,
  ...mayBeEnding,
};

/** Its place in a semaphore's line; none once it was granted, until admission decides again. */
const inLine = {
  ...waiting,
  place: z.strictObject({ need: z.int().min(0), rank: z.int().min(0) }).optional(),
};

const withExecution = {
  ...mayBeEnding,
  segment: segmentSchema,
  liveness: livenessSchema,
};

/** Somebody wants the job to stop before its next op. */
const pauseRequestSchema = z.strictObject({ actor: z.string(), comment: z.string().optional() });

const mayPause = { pauseRequested: pauseRequestSchema.optional() };

const begun = {
  ...withExecution,
  startedAt: instantSchema,
  /** The op that has begun and is not final. */
  activeOp: opIndexSchema.optional(),
  /** The active op waits this long before its next try, too long for a Wait state. */
  heldUntil: instantSchema.optional(),
};

/** Handle op failure keeps the token of the active op until somebody acts, or a time is over. */
const held = {
  ...withExecution,
  startedAt: instantSchema,
  activeOp: opIndexSchema,
  decided: decidedSchema.optional(),
};

/** `from`: what the job does again once it is answered. */
const trap = { since: instantSchema, from: z.enum(['RUNNING', 'ROLLING_BACK']) };

const ended = {
  step: z.literal('END'),
  endedAt: instantSchema,
  retainUntil: instantSchema,
};

const createdSchema = z.strictObject({
  ...common,
  ...waiting,
  status: z.literal('CREATED'),
  waitReason: z.literal('confirmation'),
});

const scheduledSchema = z.strictObject({
  ...common,
  ...waiting,
  scheduledAt: instantSchema,
  status: z.literal('SCHEDULED'),
  waitReason: z.literal('date'),
});

const waitingApprovalSchema = z.strictObject({
  ...common,
  ...waiting,
  /** Nobody decided by then: EXPIRED. */
  approvalUntil: instantSchema,
  status: z.literal('WAITING_APPROVAL'),
  waitReason: z.literal('approval'),
});

const waitingDependencySchema = z.strictObject({
  ...common,
  ...waiting,
  status: z.literal('WAITING_DEPENDENCY'),
  waitReason: z.literal('dependencies'),
});

const pendingSchema = z.strictObject({
  ...common,
  ...inLine,
  status: z.literal('PENDING'),
  /** Without a place it is about to line up; `release`: what it held before is given back first. */
  waitReason: z.enum(['admission', 'release']),
});

const queuedSchema = z.strictObject({
  ...common,
  ...inLine,
  status: z.literal('QUEUED'),
  waitReason: z.enum(['resource', 'slot']),
});

const waitingLockSchema = z.strictObject({
  ...common,
  ...inLine,
  status: z.literal('WAITING_LOCK'),
  waitReason: z.literal('lock'),
});

const startingSchema = z.strictObject({
  ...common,
  ...withExecution,
  ...mayPause,
  status: z.literal('QUEUED'),
  waitReason: z.literal('starting'),
});

const runningSchema = z.strictObject({
  ...common,
  ...begun,
  ...mayPause,
  status: z.literal('RUNNING'),
  /** Set when RUN failed without anything to undo, and POST ops run before the end. */
  decided: decidedSchema.optional(),
});

/** Its active op is one of children; it gives its slot back meanwhile, and asks again under the same rank. */
const withChildren = {
  ...common,
  ...begun,
  ...mayPause,
  activeOp: opIndexSchema,
  decided: decidedSchema.optional(),
  slot: z.strictObject({ need: z.int().min(0), rank: z.int().min(0) }).optional(),
};

const childQueuedSchema = z.strictObject({ ...withChildren, status: z.literal('CHILD_QUEUED') });

const childRunningSchema = z.strictObject({ ...withChildren, status: z.literal('CHILD_RUNNING') });

/** Its children have ended, and it stands in line for its slot; without a place it has just got it. */
const regainingSchema = z.strictObject({
  ...withChildren,
  status: z.literal('QUEUED'),
  waitReason: z.literal('regaining'),
  since: instantSchema,
  place: inLine.place,
});

const pausedSchema = z.strictObject({
  ...common,
  ...held,
  status: z.literal('PAUSED'),
  /** Nobody resumed it by `until`: FAILED, and undone. */
  pause: z.strictObject({ since: instantSchema, until: instantSchema }),
});

const trappedSchema = z.strictObject({
  ...common,
  ...held,
  ...mayPause,
  status: z.literal('TRAPPED'),
  cancel: cancelRequestSchema.optional(),
  /** Its timeout answers at `until`; none: it waits for somebody. */
  trap: z.strictObject({ ...trap, until: instantSchema.optional() }),
});

const trapPausedSchema = z.strictObject({
  ...common,
  ...held,
  ...mayPause,
  status: z.literal('TRAP_PAUSED'),
  cancel: cancelRequestSchema.optional(),
  /** What is left of its countdown, which stands still. */
  trap: z.strictObject({ ...trap, leftMs: z.int().min(0).optional() }),
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
  status: z.enum(COMPLETIONS),
});

const failedSchema = z.strictObject({
  ...common,
  ...ended,
  ...failure,
  status: z.enum([...FAILURES, ...NEVER_STARTED]),
});

const canceledSchema = z.strictObject({
  ...common,
  ...ended,
  cancel: cancelRequestSchema,
  status: z.enum(CANCELLATIONS),
});

/** Undone by hand after it had ended; `error` where a rollback failed. */
const rolledBackSchema = z.strictObject({
  ...common,
  ...ended,
  error: jobErrorSchema.optional(),
  status: z.literal('ROLLED_BACK'),
});

const canceledAfterFailureSchema = z.strictObject({
  ...common,
  ...ended,
  ...failure,
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
  createdSchema,
  scheduledSchema,
  waitingApprovalSchema,
  waitingDependencySchema,
  pendingSchema,
  z.discriminatedUnion('waitReason', [queuedSchema, startingSchema, regainingSchema]),
  waitingLockSchema,
  runningSchema,
  childQueuedSchema,
  childRunningSchema,
  pausedSchema,
  trappedSchema,
  trapPausedSchema,
  cancelingSchema,
  rollingBackSchema,
  completedSchema,
  failedSchema,
  canceledSchema,
  canceledAfterFailureSchema,
  rolledBackSchema,
]);

export type Job = z.infer<typeof jobSchema>;
export type StartingJob = z.infer<typeof startingSchema>;
export type RunningJob = z.infer<typeof runningSchema>;
export type CancelingJob = z.infer<typeof cancelingSchema>;
export type RollingBackJob = z.infer<typeof rollingBackSchema>;

export type PausedJob = z.infer<typeof pausedSchema>;
export type TrappedJob = z.infer<typeof trappedSchema>;
export type TrapPausedJob = z.infer<typeof trapPausedSchema>;

/** A job whose active op waits for its children. */
export type ParentJob = z.infer<typeof childQueuedSchema> | z.infer<typeof childRunningSchema>;

/** A parent whose children have ended: it asks for its slot again before it goes on. */
export type RegainingJob = z.infer<typeof regainingSchema>;

/** A job with an execution at work on its ops. */
export type WorkingJob = RunningJob | CancelingJob | RollingBackJob;

/** A job whose execution waits for nobody outside it, but maybe for the job's children. */
export type BusyJob = WorkingJob | ParentJob;

/** A job whose execution waits for somebody: Handle op failure keeps the token of its active op. */
export type HeldJob = PausedJob | TrappedJob | TrapPausedJob;

/** A job with an execution that has begun. */
export type BegunJob = BusyJob | HeldJob | RegainingJob;

/** A job whose current segment an execution serves, or will. */
export type LiveJob = StartingJob | BegunJob;

export type CreatedJob = z.infer<typeof createdSchema>;
export type ScheduledJob = z.infer<typeof scheduledSchema>;
export type WaitingApprovalJob = z.infer<typeof waitingApprovalSchema>;
export type WaitingDependencyJob = z.infer<typeof waitingDependencySchema>;

/** A job in a semaphore's line, or just granted what it stood for. */
export type JobInLine =
  | z.infer<typeof pendingSchema>
  | z.infer<typeof queuedSchema>
  | z.infer<typeof waitingLockSchema>;

/** A job that has no execution: a row that waits. */
export type WaitingJob = CreatedJob | ScheduledJob | WaitingApprovalJob | WaitingDependencyJob | JobInLine;

export type UnsettledJob = LiveJob | WaitingJob;

export type SettledJob = Exclude<Job, UnsettledJob>;

export function isLive(job: Job): job is LiveJob {
  switch (job.status) {
    case 'QUEUED':
      return job.waitReason === 'starting' || job.waitReason === 'regaining';
    case 'RUNNING':
    case 'CHILD_QUEUED':
    case 'CHILD_RUNNING':
    case 'PAUSED':
    case 'TRAPPED':
    case 'TRAP_PAUSED':
    case 'CANCELING':
    case 'ROLLING_BACK':
      return true;
    default:
      return false;
  }
}

/** Ended, or standing still until someone acts. */
export function isSettledJob(job: Job): job is SettledJob {
  return !isLive(job) && !isWaiting(job);
}

/** Whether somebody must act, or time, before the job's execution goes on. */
export function isHeld(job: Job): job is HeldJob {
  return job.status === 'PAUSED' || job.status === 'TRAPPED' || job.status === 'TRAP_PAUSED';
}

export function isWaiting(job: Job): job is WaitingJob {
  switch (job.status) {
    case 'QUEUED':
      return job.waitReason !== 'starting' && job.waitReason !== 'regaining';
    case 'CREATED':
    case 'SCHEDULED':
    case 'WAITING_APPROVAL':
    case 'WAITING_DEPENDENCY':
    case 'PENDING':
    case 'WAITING_LOCK':
      return true;
    default:
      return false;
  }
}

/** Whether the execution of its segment is on its way. */
export function isStarting(job: Job): job is StartingJob {
  return job.status === 'QUEUED' && job.waitReason === 'starting';
}

/** Whether the job waits for its children, or for its slot behind them. */
export function isParent(job: Job): job is ParentJob | RegainingJob {
  return job.status === 'CHILD_QUEUED' || job.status === 'CHILD_RUNNING' || isRegaining(job);
}

export function isRegaining(job: Job): job is RegainingJob {
  return job.status === 'QUEUED' && job.waitReason === 'regaining';
}

/** The job's place in a semaphore's line, if it stands in one. */
export function placeOf(job: Job): NonNullable<JobInLine['place']> | undefined {
  return 'place' in job ? job.place : undefined;
}

/** The end that was decided and waits for what the job holds to be given back. */
export function endingOf(job: Job): Ending | undefined {
  return 'ending' in job ? job.ending : undefined;
}
