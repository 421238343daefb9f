import * as z from 'zod';
import { jobIdSchema, opIndexSchema } from '../../job/identifiers.ts';
import { isoOf } from '../../job/instant.ts';
import {
  type Job,
  ORIGINS,
  ROLLBACK_OUTCOMES,
  STEPS,
  TRAP_ANSWERS,
  type TrapPausedJob,
  type TrappedJob,
} from '../../job/job.ts';
import { jobErrorSchema } from '../../job/job-error.ts';
import { STATUSES } from '../../job/status.ts';

const dateSchema = z.iso.datetime();

const datesSchema = z.strictObject({
  receivedAt: dateSchema,
  /** When RUN may start; without it, at once. */
  scheduledAt: dateSchema.optional(),
  /** RUN that has not started by then makes the job EXPIRED. */
  maxStartAt: dateSchema.optional(),
  /** The real start of the first step. */
  startedAt: dateSchema.optional(),
  endedAt: dateSchema.optional(),
});

/** A job as every answer shows it: its head, without what is Jobplane's own business. */
export const jobShapeSchema = z.strictObject({
  id: jobIdSchema,
  project: z.string(),
  name: z.string(),
  origin: z.enum(ORIGINS),
  owner: z.string(),
  labels: z.record(z.string(), z.string()),
  sessionId: z.string().optional(),
  queue: z.string(),
  priority: z.int(),
  status: z.enum(STATUSES),
  step: z.enum(STEPS),
  attempt: z.int(),
  /** Why it waits, while it does. */
  waitReason: z.string().optional(),
  dates: datesSchema,
  progress: z.strictObject({ opsTotal: z.int(), opsRun: z.int() }),
  /** What the job touches; known only after PRE. */
  natures: z.array(z.string()).optional(),
  parent: jobIdSchema.optional(),
  root: jobIdSchema,
  rollback: z.strictObject({ outcome: z.enum(ROLLBACK_OUTCOMES) }),
  warnings: z.int(),
  error: jobErrorSchema.optional(),
  retryable: z.boolean(),
  retryAfter: dateSchema.optional(),
  cancel: z.strictObject({ actor: z.string(), reason: z.string().optional() }).optional(),
  /** Somebody wants it to pause before its next op. */
  pauseRequested: z.literal(true).optional(),
  /** While it is paused: nobody resumed it by `until`, and it has failed. */
  pause: z.strictObject({ since: dateSchema, until: dateSchema }).optional(),
  /** While an op waits for an answer: when its timeout answers, or what is left of a paused countdown. */
  trap: z
    .strictObject({
      op: opIndexSchema,
      since: dateSchema,
      until: dateSchema.optional(),
      leftSeconds: z.int().optional(),
    })
    .optional(),
  /** The last answer that a trap of the job was given, by somebody or by its timeout. */
  lastTrap: z
    .strictObject({
      op: opIndexSchema,
      answer: z.enum(TRAP_ANSWERS),
      actor: z.string(),
      at: dateSchema,
      comment: z.string().optional(),
    })
    .optional(),
  /** How it will end, while rollbacks and POST ops still run. */
  decided: z.strictObject({ status: z.enum(STATUSES), error: jobErrorSchema.optional() }).optional(),
});

export type JobShape = z.output<typeof jobShapeSchema>;

/** Field by field, so that a new field of the head is shown only once somebody says so here. */
export function jobShape(job: Job): JobShape {
  const { id, project, name, origin, owner, labels, queue, priority, status, step, attempt } = job;
  const { opsTotal, opsRun, natures, parent, root, rollback, warnings } = job;
  return {
    id,
    project,
    name,
    origin,
    owner,
    labels,
    ...(job.sessionId === undefined ? {} : { sessionId: job.sessionId }),
    queue,
    priority,
    status,
    step,
    attempt,
    ...('waitReason' in job ? { waitReason: job.waitReason } : {}),
    dates: datesOf(job),
    progress: { opsTotal, opsRun },
    ...(natures === undefined || step === 'INIT' || step === 'PRE' ? {} : { natures }),
    ...(parent === undefined ? {} : { parent: parent.id }),
    root,
    rollback: { outcome: rollback },
    warnings,
    ...('error' in job && job.error !== undefined ? { error: job.error } : {}),
    retryable: 'retryable' in job && job.retryable,
    ...('retryAfter' in job && job.retryAfter !== undefined ? { retryAfter: isoOf(job.retryAfter) } : {}),
    ...('cancel' in job && job.cancel !== undefined ? { cancel: job.cancel } : {}),
    ...holdOf(job),
    ...(job.lastTrap === undefined ? {} : { lastTrap: { ...job.lastTrap, at: isoOf(job.lastTrap.at) } }),
    ...('decided' in job && job.decided !== undefined ? { decided: decidedOf(job.decided) } : {}),
  };
}

function holdOf(job: Job): Pick<JobShape, 'pauseRequested' | 'pause' | 'trap'> {
  const asked = 'pauseRequested' in job && job.pauseRequested !== undefined;
  return {
    ...(asked ? { pauseRequested: true } : {}),
    ...(job.status === 'PAUSED'
      ? { pause: { since: isoOf(job.pause.since), until: isoOf(job.pause.until) } }
      : {}),
    ...(job.status === 'TRAPPED' || job.status === 'TRAP_PAUSED' ? { trap: trapOf(job) } : {}),
  };
}

function trapOf(job: TrappedJob | TrapPausedJob): NonNullable<JobShape['trap']> {
  const common = { op: job.activeOp, since: isoOf(job.trap.since) };
  if (job.status === 'TRAPPED') {
    return { ...common, ...(job.trap.until === undefined ? {} : { until: isoOf(job.trap.until) }) };
  }
  const { leftMs } = job.trap;
  return { ...common, ...(leftMs === undefined ? {} : { leftSeconds: Math.ceil(leftMs / 1000) }) };
}

function datesOf(job: Job): JobShape['dates'] {
  return {
    receivedAt: isoOf(job.receivedAt),
    ...(job.scheduledAt === undefined ? {} : { scheduledAt: isoOf(job.scheduledAt) }),
    ...(job.maxStartAt === undefined ? {} : { maxStartAt: isoOf(job.maxStartAt) }),
    ...(job.startedAt === undefined ? {} : { startedAt: isoOf(job.startedAt) }),
    ...('endedAt' in job ? { endedAt: isoOf(job.endedAt) } : {}),
  };
}

function decidedOf({ status, error }: Pick<NonNullable<JobShape['decided']>, 'status' | 'error'>) {
  return { status, ...(error === undefined ? {} : { error }) };
}
