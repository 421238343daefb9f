import { type JobSpec, jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { type Job, jobSchema } from '../../../core/job/job.ts';
import { type Op, opSchema } from '../../../core/op/op.ts';

/** Instants of the samples, in the order they happen. */
export const RECEIVED = Date.UTC(2026, 10, 1, 8, 0, 0);
export const STARTED = RECEIVED + 2_500;
export const OP_ENDED = STARTED + 1_000;
export const ENDED = STARTED + 60_000;

export const JOB_ID = '01JAAAAAAAAAAAAAAAAAAAAAAA';

/** Statuses that a stored job can have today. */
export type JobStatus = Job['status'];

const LIVE = {
  segment: { group: 'RUN', number: 1, committedAt: RECEIVED, tries: 1 },
  liveness: { at: RECEIVED + 300_000, afterSeconds: 300 },
};
const BEGUN = { ...LIVE, startedAt: STARTED };
const HELD = { ...BEGUN, activeOp: 0 };
const ENDED_JOB = { step: 'END', startedAt: STARTED, endedAt: ENDED, retainUntil: ENDED + 1 };
const CANCEL = { cancel: { actor: 'ada', reason: 'wrong version' } };
const ERROR = { code: 'DiskFull', message: 'no space left' };
const FAILED = { ...ENDED_JOB, error: ERROR, retryable: false };
const DECIDED_CANCEL = { status: 'CANCELED_WHILE_RUNNING', retryable: false, undo: true, post: false };

const DATE = ENDED + 3_600_000;
const WAITS = { step: 'INIT', group: 'RUN', since: RECEIVED, segments: 0 };
const NEVER_STARTED = { ...FAILED, startedAt: undefined };

const SHAPE: Readonly<Record<JobStatus, object>> = {
  CREATED: { ...WAITS, waitReason: 'confirmation' },
  SCHEDULED: { ...WAITS, waitReason: 'date', scheduledAt: DATE, alarms: [DATE] },
  PENDING: { ...WAITS, waitReason: 'admission' },
  WAITING_APPROVAL: { ...WAITS, waitReason: 'approval', approvalUntil: DATE },
  WAITING_DEPENDENCY: { ...WAITS, waitReason: 'dependencies' },
  WAITING_LOCK: { ...WAITS, waitReason: 'lock' },
  QUEUED: { ...LIVE, waitReason: 'starting' },
  RUNNING: BEGUN,
  CHILD_QUEUED: HELD,
  CHILD_RUNNING: HELD,
  PAUSED: { ...HELD, pause: { since: OP_ENDED, until: DATE } },
  TRAPPED: { ...HELD, trap: { since: OP_ENDED, from: 'RUNNING', until: DATE } },
  TRAP_PAUSED: { ...HELD, trap: { since: OP_ENDED, from: 'RUNNING', leftMs: 60_000 } },
  CANCELING: { ...BEGUN, ...CANCEL, decided: DECIDED_CANCEL },
  ROLLING_BACK: {
    ...BEGUN,
    rollback: 'running',
    decided: { status: 'FAILED', error: ERROR, retryable: false, undo: true, post: true },
  },
  COMPLETED_OK: ENDED_JOB,
  COMPLETED_WITH_WARNINGS: ENDED_JOB,
  COMPLETED_WITH_ERROR: FAILED,
  FAILED,
  FAILED_RETRYABLE: { ...FAILED, retryable: true, retryAfter: ENDED + 600_000 },
  TIMED_OUT: FAILED,
  ABENDED: { ...FAILED, error: { code: 'Abended', message: 'the execution was aborted' } },
  FAILED_TO_START: NEVER_STARTED,
  EXPIRED: { ...NEVER_STARTED, error: { code: 'Expired', message: 'RUN had not started' } },
  REJECTED: { ...NEVER_STARTED, error: { code: 'Rejected', message: 'rejected by grace' } },
  CANCELED_BEFORE_START: { ...ENDED_JOB, ...CANCEL, startedAt: undefined },
  CANCELED_WHILE_RUNNING: { ...ENDED_JOB, ...CANCEL },
  CANCELED_AFTER_FAILURE: { ...FAILED, ...CANCEL },
  ROLLED_BACK: { ...ENDED_JOB, rollback: 'ok' },
};

/** A job in this status, parsed by the stored schema, so that no test relies on an impossible one. */
export function sampleJob(status: JobStatus, overrides: object = {}): Job {
  const fields = {
    schema: 1,
    id: JOB_ID,
    project: 'web',
    name: 'publish-site',
    origin: 'api',
    owner: 'ada',
    ownerGroups: [],
    labels: {},
    queue: 'default',
    priority: 0,
    status,
    step: 'RUN',
    attempt: 1,
    segments: 1,
    opsTotal: 3,
    opsRun: 0,
    warnings: 0,
    rollback: 'none',
    receivedAt: RECEIVED,
    root: JOB_ID,
    version: 4,
    logSerial: 7,
    holds: [],
    owed: [],
    ...SHAPE[status],
    ...overrides,
  };
  // A field that is undefined is none, so that an override can take one away.
  const given: readonly (readonly [string, unknown])[] = Object.entries(fields);
  return jobSchema.parse(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
}

/** Every status a stored job can have; one that stands in line was just granted what it stood for. */
export const JOB_STATUSES = [
  'CREATED',
  'SCHEDULED',
  'PENDING',
  'QUEUED',
  'WAITING_APPROVAL',
  'WAITING_DEPENDENCY',
  'WAITING_LOCK',
  'RUNNING',
  'CHILD_QUEUED',
  'CHILD_RUNNING',
  'PAUSED',
  'TRAPPED',
  'TRAP_PAUSED',
  'CANCELING',
  'ROLLING_BACK',
  'COMPLETED_OK',
  'COMPLETED_WITH_WARNINGS',
  'COMPLETED_WITH_ERROR',
  'FAILED',
  'FAILED_RETRYABLE',
  'TIMED_OUT',
  'ABENDED',
  'FAILED_TO_START',
  'EXPIRED',
  'REJECTED',
  'CANCELED_BEFORE_START',
  'CANCELED_WHILE_RUNNING',
  'CANCELED_AFTER_FAILURE',
  'ROLLED_BACK',
] as const satisfies readonly JobStatus[];

/** A job of RUN ops with these names; each has a rollback. */
export function sampleSpec(...names: readonly string[]): JobSpec {
  return jobSpecSchema.parse({
    name: 'publish-site',
    project: 'web',
    ops: names.map((name) => ({ name, action: `do-${name}`, rollback: { action: `undo-${name}` } })),
  });
}

/** A stored op in this status. */
export function sampleOp(index: number, status: Op['status'], overrides: object = {}): Op {
  return opSchema.parse({
    schema: 1,
    jobId: JOB_ID,
    attempt: 1,
    index,
    name: `op-${index}`,
    action: `do-${index}`,
    version: 2,
    status,
    ...OP_SHAPE[status],
    ...overrides,
  });
}

const OP_BEGUN = { try: 1, startedAt: STARTED, opFence: 2 };

const OP_SHAPE: Readonly<Record<Op['status'], object>> = {
  queued: { try: 0, token: 'secret' },
  running: { ...OP_BEGUN, token: 'secret', nonce: 'n', tryStartedAt: STARTED, dispatched: true },
  tried: { ...OP_BEGUN, error: ERROR, triedAt: OP_ENDED, held: false },
  success: { ...OP_BEGUN, endedAt: OP_ENDED, warnings: [] },
  error: { ...OP_BEGUN, endedAt: OP_ENDED, error: ERROR, timedOut: false },
  canceled: { ...OP_BEGUN, endedAt: OP_ENDED },
};
