import type { JobSpec, OpSpec } from '../contract/job-spec.ts';
import type { Instant } from '../job/instant.ts';
import { isLive, isWaiting, type Job, type LiveJob, type SettledJob } from '../job/job.ts';
import type { JobError } from '../job/job-error.ts';
import {
  type BegunOp,
  type FinalOp,
  hasBegun,
  isFinal,
  type Op,
  type RunningOp,
  type TriedOp,
} from './op.ts';
import { isRollback, runOf } from './op-index.ts';
import { opPriority } from './op-priority.ts';
import type { Json } from './references.ts';

/**
 * Ganeti's op statuses, which every op reads in. Its page calls `waiting` by an older name, waitlock.
 *
 * - `queued`: has not begun. - `waiting`: between two tries. - `canceling`: will not go on.
 */
export const OP_STATUSES = [
  'queued',
  'waiting',
  'canceling',
  'running',
  'success',
  'error',
  'canceled',
] as const;

export type OpStatus = (typeof OP_STATUSES)[number];

/** What a caller sees of an op. Instants are milliseconds since the epoch. */
export interface OpView {
  readonly index: number;
  readonly name: string;
  readonly step: OpSpec['step'];
  readonly action: string;
  readonly status: OpStatus;
  readonly attempt: number;
  /** The newest try, from 1; 0 while none has begun. */
  readonly try: number;
  readonly priority: number;
  /** Start of the first try. */
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly result?: Json;
  /** Only of a success that has some. */
  readonly warnings?: readonly string[];
  /** Of an error; of an op that waits, what its last try failed with. */
  readonly error?: JobError;
  /** Of a success: it failed, and whoever answered its trap let the job go on. */
  readonly skipped?: true;
}

/** A rollback, which is an op of its own behind the job's ops. */
export interface RollbackView extends OpView {
  /** Index of the op that it undoes. */
  readonly rollbackOf: number;
  /** The attempt in which that op ran: a manual rollback undoes what earlier ones did. */
  readonly rollbackOfAttempt: number;
}

/** How the follower of a failed op ends, in Ganeti's words (its job processor). */
const PRECEDING_OP_FAILED: JobError = { code: 'PrecedingOpFailed', message: 'Preceding opcode failed' };

/** The error code of a job whose execution ended without telling how its op went. */
const ABENDED = 'Abended';

/**
 * Every op of the job in order, as its current attempt sees it: what earlier attempts did and this one
 * does not do again reads as it went there. Only ops that have begun are stored; the others read what
 * the job says of them, and so do ops that a force or an abend left unfinished, since those commit the
 * head alone.
 *
 * @param ops stored ops of the job, of all attempts, in any order
 */
export function opViews(job: Job, spec: JobSpec, ops: readonly Op[]): readonly OpView[] {
  const begun = runsSeen(job, ops);
  let failedBefore = false;
  const next = spec.ops.findIndex((_op, index) => !begun.has(index));
  return spec.ops.map((opSpec, index) => {
    const op = begun.get(index);
    const view: OpView = {
      ...identityOf(job, opSpec, index, opPriority(job, spec, index)),
      ...(op === undefined ? notBegun(job, failedBefore, index === next) : begunOp(job, op)),
      ...(op === undefined ? {} : { attempt: op.attempt }),
    };
    failedBefore ||= view.status === 'error';
    return view;
  });
}

/** The rollbacks that have begun in the job's current attempt, in the order of undoing: last op first. */
export function rollbackViews(job: Job, spec: JobSpec, ops: readonly Op[]): readonly RollbackView[] {
  const total = spec.ops.length;
  return ownOps(job, ops)
    .filter((op) => isRollback(op.index, total))
    .map((op) => ({ op, run: runOf(op, total) }))
    .toSorted((a, b) => b.run.attempt - a.run.attempt || b.run.index - a.run.index)
    .flatMap(({ op, run }): RollbackView[] => {
      const undone = spec.ops[run.index];
      if (undone === undefined) return [];
      return [
        {
          ...identityOf(job, undone, op.index, opPriority(job, spec, run.index)),
          name: op.name,
          action: op.action,
          ...begunRollback(job, op),
          rollbackOf: run.index,
          rollbackOfAttempt: run.attempt,
        },
      ];
    });
}

/** What had begun in an attempt that is over, as it went there: ops in order, rollbacks behind them. */
export function earlierViews(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  attempt: number,
): readonly (OpView | RollbackView)[] {
  const total = spec.ops.length;
  return ops
    .filter(hasBegun)
    .filter((op) => op.attempt === attempt)
    .toSorted((one, other) => one.index - other.index)
    .flatMap((op) => {
      const run = runOf(op, total);
      const opSpec = spec.ops[run.index];
      if (opSpec === undefined) return [];
      return [
        {
          ...identityOf(job, opSpec, op.index, opPriority(job, spec, run.index)),
          name: op.name,
          action: op.action,
          attempt,
          ...(isFinal(op) ? finalOp(op) : leftByEarlier(op)),
          ...(isRollback(op.index, total) ? { rollbackOf: run.index, rollbackOfAttempt: run.attempt } : {}),
        },
      ];
    });
}

/** What the state of an op adds to what the specification says of it. */
type State = Pick<
  OpView,
  'status' | 'try' | 'startedAt' | 'endedAt' | 'result' | 'warnings' | 'error' | 'skipped'
>;

function ownOps(job: Job, ops: readonly Op[]): readonly BegunOp[] {
  return ops.filter(hasBegun).filter((op) => op.attempt === job.attempt);
}

/** By index: the runs of this attempt, and where it runs nothing, the latest of an earlier one. */
function runsSeen(job: Job, ops: readonly Op[]): ReadonlyMap<number, BegunOp> {
  const { again } = job;
  const first = again === undefined ? 0 : again.kind === 'rerun' ? again.firstOp : Number.POSITIVE_INFINITY;
  const earlier = ops
    .filter(hasBegun)
    .filter((op) => op.attempt < job.attempt && op.index < first)
    .toSorted((one, other) => one.attempt - other.attempt);
  return new Map([...earlier, ...ownOps(job, ops)].map((op) => [op.index, op]));
}

function identityOf(job: Job, { name, step, action }: OpSpec, index: number, priority: number) {
  return { index, name, step, action, attempt: job.attempt, priority };
}

function notBegun(job: Job, failedBefore: boolean, isNext: boolean): State {
  switch (job.status) {
    // Ganeti's opcode that waits for its locks, or for the jobs it depends on.
    case 'WAITING_DEPENDENCY':
    case 'WAITING_LOCK':
      return { status: isNext ? 'waiting' : 'queued', try: 0 };
    case 'CREATED':
    case 'SCHEDULED':
    case 'PENDING':
    case 'QUEUED':
    case 'WAITING_APPROVAL':
    case 'RUNNING':
    case 'CHILD_QUEUED':
    case 'CHILD_RUNNING':
    case 'PAUSED':
    case 'TRAPPED':
    case 'TRAP_PAUSED':
      return { status: 'queued', try: 0 };
    case 'CANCELING':
      return { status: 'canceling', try: 0 };
    case 'ROLLING_BACK':
      return { status: isBeingCanceled(job) ? 'canceling' : 'queued', try: 0 };
    case 'CANCELED_BEFORE_START':
    case 'CANCELED_WHILE_RUNNING':
    // Nobody let it run: Ganeti's nearest word.
    case 'EXPIRED':
    case 'REJECTED':
      return { status: 'canceled', try: 0 };
    // A completed job ran all its ops: those that this attempt did not begin, an earlier one did.
    case 'COMPLETED_OK':
    case 'COMPLETED_WITH_WARNINGS':
      return { status: 'success', try: 0 };
    case 'ROLLED_BACK':
      return { status: 'canceled', try: 0 };
    default:
      return { status: 'error', try: 0, error: failedBefore ? PRECEDING_OP_FAILED : errorOfEnd(job) };
  }
}

function begunOp(job: Job, op: BegunOp): State {
  if (isFinal(op)) return finalOp(op);
  if (op.attempt < job.attempt) return leftByEarlier(op);
  if (isWaiting(job)) return unfinished(op);
  if (!isLive(job)) return leftUnfinished(job, op);
  return isBeingCanceled(job) ? { ...unfinished(op), status: 'canceling' } : unfinished(op);
}

/** Undoing is what a cancel waits for: a rollback goes on in a job that is being canceled. */
function begunRollback(job: Job, op: BegunOp): State {
  if (isFinal(op)) return finalOp(op);
  return isLive(job) || isWaiting(job) ? unfinished(op) : leftUnfinished(job, op);
}

function isBeingCanceled(job: LiveJob): boolean {
  if (job.status === 'CANCELING') return true;
  return job.status === 'ROLLING_BACK' && job.decided.status === 'CANCELED_WHILE_RUNNING';
}

function finalOp(op: FinalOp): State {
  const ran = { try: op.try, startedAt: op.startedAt, endedAt: op.endedAt };
  switch (op.status) {
    case 'success':
      return {
        ...ran,
        status: 'success',
        ...(op.result === undefined ? {} : { result: op.result }),
        ...(op.warnings.length === 0 ? {} : { warnings: op.warnings }),
        ...(op.skipped === undefined ? {} : { skipped: op.skipped }),
      };
    case 'error':
      return { ...ran, status: 'error', error: op.error };
    case 'canceled':
      return { ...ran, status: 'canceled' };
  }
}

function unfinished(op: RunningOp | TriedOp): State {
  const ran = { try: op.try, startedAt: op.startedAt };
  return op.status === 'running'
    ? { ...ran, status: 'running' }
    : { ...ran, status: 'waiting', error: op.error };
}

/**
 * An op whose item was not written at the end: abended with its job, or cut off by a force. The
 * error tells, and not the status, since an abended job that is canceled later keeps its error.
 */
function leftUnfinished(job: SettledJob, op: RunningOp | TriedOp): State {
  const ran = { try: op.try, startedAt: op.startedAt, endedAt: job.endedAt };
  return 'error' in job && job.error?.code === ABENDED
    ? { ...ran, status: 'error', error: errorOfEnd(job) }
    : { ...ran, status: 'canceled' };
}

/** Cut off by a force or an abend of its attempt, whose head is another's now. */
function leftByEarlier(op: RunningOp | TriedOp): State {
  return { try: op.try, startedAt: op.startedAt, status: 'canceled' };
}

/** The op that the job's error names is another one: here the error stands for the whole job. */
function errorOfEnd({ error }: Extract<SettledJob, { error?: JobError | undefined }>): JobError {
  return { code: error?.code ?? ABENDED, message: error?.message ?? 'the job ended without saying why' };
}
