import type { ActionCatalog } from '../contract/action-catalog.ts';
import { secondsOf } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { TASK_ERRORS } from '../contract/tasks.ts';
import {
  type FailedOp,
  isFinal,
  OP_SCHEMA_VERSION,
  type Op,
  type RunningOp,
  type TriedOp,
} from '../op/op.ts';
import { retryDelay, UNREACHABLE } from '../op/retry-delay.ts';
import { type Change, changeOf, type EntryDraft, nextSerial } from './change.ts';
import { CLOCK_CODES, succeed } from './complete-op.ts';
import type { Instant } from './instant.ts';
import { type BegunJob, commonOf, type Job, type LiveJob } from './job.ts';
import type { JobError } from './job-error.ts';
import { JOBPLANE } from './journal-entry.ts';
import { type LivenessPolicy, nextSegment, type Serves, servedBy } from './live-segment.ts';
import { type PlannedCall, plannedCall } from './plan.ts';
import { wordsOfFailure } from './words-of-failure.ts';

/** What the state machine asks after Perform op ended in an error. */
export interface FailureCommand extends Serves {
  readonly op: number;
  readonly token: string;
  readonly error: { readonly name: string; readonly cause: string };
}

export interface FailureContext {
  readonly now: Instant;
  /** From [0, 1), for the jitter of the retry policy. */
  readonly random: number;
  readonly catalog: ActionCatalog;
  readonly liveness: LivenessPolicy;
}

/** What the state machine does next; stored with the op, so that a second call says the same. */
export type FailureAnswer =
  | { readonly kind: 'throw'; readonly error: 'Stale' | 'Canceled' | 'Continued' }
  | { readonly kind: 'goOn' }
  | { readonly kind: 'tryAgain'; readonly afterSeconds: number }
  /** The token is kept until the wait is over: too long for a Wait state, and it must be cancellable. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'failed' };

export interface FailureDecision {
  readonly change: Change | null;
  readonly answer: FailureAnswer;
}

/** The longest wait that the state machine's own Wait state takes. */
const WAIT_STATE_MAX_SECONDS = 60;

/**
 * A segment hands over to the next before an execution's limits: 25,000 history events at about 25 a
 * failed try (a Map iteration, two callback tasks, a Choice, a Wait) would allow 1,000; one year.
 */
const SEGMENT_MAX_TRIES = 500;
const SEGMENT_MAX_MS = 300 * 24 * 60 * 60 * 1000;

/** Step Functions' own errors of a task that ran out of time, and ours for them. */
const CLOCK_ERRORS: ReadonlyMap<string, string> = new Map([
  ['States.Timeout', 'Timeout'],
  ['States.HeartbeatTimeout', 'HeartbeatTimeout'],
]);

/**
 * Settles the try if nobody has, decides by the retry policy and `onError` what follows, and
 * commits the decision with the op.
 */
export function handleOpFailure(
  job: Job,
  spec: JobSpec,
  op: Op | null,
  command: FailureCommand,
  context: FailureContext,
): FailureDecision {
  const live = servedBy(job, command);
  const planned = plannedCall(spec, command.op);
  if (live === null || planned === undefined) return just({ kind: 'throw', error: 'Stale' });
  if (live.status === 'CANCELING' && live.segment.group !== 'RECOVER') {
    return just({ kind: 'throw', error: 'Canceled' });
  }
  if (op !== null && isFinal(op)) return just(afterFinal(op, planned));
  if (op?.status === 'running' && live.status !== 'QUEUED' && isWaitOver(op, command, context.catalog)) {
    const done = succeed(live, spec, op, undefined, context.now, JOBPLANE);
    return { change: done.change, answer: { kind: 'goOn' } };
  }
  if (
    op?.status === 'tried' &&
    op.decision !== undefined &&
    !failedToDispatch(op.decision, command, context)
  ) {
    return repeat(live, op, command.token, context.now);
  }
  return decide(
    op === null || op.status === 'tried' ? withTryCounted(live, op) : live,
    planned,
    settledTry(live, planned, op, command, context.now),
    spec,
    command.token,
    context,
  );
}

/** The built-in `wait` ends by the clock of its own try: its timeout is its success. */
function isWaitOver(op: RunningOp, command: FailureCommand, catalog: ActionCatalog): boolean {
  return catalog.get(op.action)?.kind === 'wait' && CLOCK_ERRORS.has(command.error.name);
}

/**
 * Perform op itself failed although the wait was over: a further try, that could not be dispatched.
 * It waits longer than the one before, and counts towards the end of its segment.
 */
function failedToDispatch(
  decision: { readonly at: Instant },
  command: FailureCommand,
  context: FailureContext,
): boolean {
  const { name } = command.error;
  return decision.at <= context.now && !RAISED.has(name) && !CLOCK_ERRORS.has(name);
}

/** What Perform op raises on purpose, and what its token is answered with. */
const RAISED: ReadonlySet<string> = new Set(TASK_ERRORS);

/** Tries are counted by their starts; one that could not be dispatched had none. */
function withTryCounted(job: LiveJob, op: TriedOp | null): LiveJob {
  if (op !== null && op.decision === undefined) return job;
  return { ...job, segment: { ...job.segment, tries: job.segment.tries + 1 } };
}

/** A decision that was committed before is repeated, with what is left of its wait. */
function repeat(job: LiveJob, op: TriedOp, token: string, now: Instant): FailureDecision {
  const afterSeconds = Math.max(0, Math.ceil(((op.decision?.at ?? now) - now) / 1000));
  if (afterSeconds <= WAIT_STATE_MAX_SECONDS) return just({ kind: 'tryAgain', afterSeconds });
  if (op.held && op.token === token) return just({ kind: 'hold' });
  const held: TriedOp = { ...op, version: op.version + 1, token, held: true };
  // A wait that the last segment handed over is not on the head yet.
  const next: LiveJob =
    job.status === 'QUEUED' || op.decision === undefined ? job : { ...job, heldUntil: op.decision.at };
  const change = changeOf('hold op', job, next, now, {
    actor: JOBPLANE,
    ops: [{ before: op.version, op: held }],
  });
  return { change, answer: { kind: 'hold' } };
}

/** The try as failed: as it was reported, or by the clock or the service that ended the task. */
function settledTry(
  job: LiveJob,
  planned: PlannedCall,
  op: RunningOp | TriedOp | null,
  command: FailureCommand,
  now: Instant,
): TriedOp {
  const error = errorOfTask(planned, command);
  if (op?.status === 'tried') {
    const { decision, ...kept } = op;
    const settled: TriedOp = { ...kept, version: op.version + 1 };
    return decision === undefined
      ? settled
      : { ...settled, try: op.try + 1, error, triedAt: now, held: false };
  }
  if (op === null) {
    return {
      schema: OP_SCHEMA_VERSION,
      jobId: job.id,
      attempt: job.attempt,
      index: planned.index,
      name: planned.name,
      action: planned.call.action,
      version: 1,
      try: 1,
      startedAt: now,
      opFence: nextSerial(job),
      status: 'tried',
      error: CLOCK_ERRORS.has(command.error.name) ? neverStarted(planned) : error,
      triedAt: now,
      held: false,
    };
  }
  const { nonce: _nonce, tryStartedAt: _started, dispatched: _dispatched, ...kept } = op;
  return { ...kept, version: op.version + 1, status: 'tried', error, triedAt: now, held: false };
}

/** Clocks run from the dispatch: where there was none, it was our own function that took too long. */
function neverStarted(planned: PlannedCall): JobError {
  const message = 'could not be dispatched: its task did not start before its clock ran out';
  return { code: UNREACHABLE, message, op: planned.index };
}

function errorOfTask(planned: PlannedCall, command: FailureCommand): JobError {
  const { name } = command.error;
  const clock =
    planned.call.heartbeat === undefined && CLOCK_ERRORS.has(name) ? 'Timeout' : CLOCK_ERRORS.get(name);
  if (clock === 'Timeout') {
    return { code: clock, message: `no answer within the timeout`, op: planned.index };
  }
  if (clock !== undefined) {
    return { code: clock, message: `no heartbeat within ${planned.call.heartbeat}`, op: planned.index };
  }
  const message = `could not be dispatched: ${wordsOfFailure(command.error)}`;
  return { code: UNREACHABLE, message, op: planned.index };
}

function decide(
  job: LiveJob,
  planned: PlannedCall,
  tried: TriedOp,
  spec: JobSpec,
  token: string,
  context: FailureContext,
): FailureDecision {
  const before = tried.version === 1 ? null : tried.version - 1;
  const seconds = retryDelay({ code: tried.error.code, try: tried.try }, planned.call.retry, context.random);
  const outOfTime = seconds === null ? null : timeoutOf(planned, tried, context.now + seconds * 1000);
  if (seconds !== null && outOfTime === null) {
    return tryAgain(job, planned, tried, before, seconds, token, context);
  }

  const { decision: _decision, error: lastError, triedAt: _triedAt, held: _held, ...kept } = tried;
  const error = outOfTime ?? lastError;
  const failed: FailedOp = {
    ...kept,
    status: 'error',
    endedAt: context.now,
    error: { ...error, op: planned.index },
    timedOut: CLOCK_CODES.has(error.code),
  };
  const begun = begunOf(job, planned, context.now);
  const { activeOp: _active, heldUntil: _until, ...rest } = begun;
  const next: BegunJob = {
    ...rest,
    opsRun: rest.opsRun + (planned.index < spec.ops.length ? 1 : 0),
    owed: [],
  };
  const change = changeOf('decide on failure', job, next, context.now, {
    actor: JOBPLANE,
    ops: [{ before, op: failed }],
    entries: [
      ...statusEntry(job, next, planned),
      opEntry(planned, 'error', `${planned.name} failed: ${error.code}: ${error.message}`),
    ],
  });
  return { change, answer: afterFinal(failed, planned) };
}

/**
 * A target that cannot be reached is asked again until the op's timeout, counted from its first try,
 * would be over by the next. Null while there is time.
 */
function timeoutOf({ call }: PlannedCall, tried: TriedOp, nextTryAt: Instant): JobError | null {
  if (tried.error.code !== UNREACHABLE || call.timeout === undefined) return null;
  if (nextTryAt < tried.startedAt + secondsOf(call.timeout) * 1000) return null;
  return { code: 'Timeout', message: `not reached within ${call.timeout}: ${tried.error.message}` };
}

function tryAgain(
  job: LiveJob,
  planned: PlannedCall,
  tried: TriedOp,
  before: number | null,
  seconds: number,
  token: string,
  context: FailureContext,
): FailureDecision {
  const { now } = context;
  const at = now + seconds * 1000;
  const ending = job.segment.tries >= SEGMENT_MAX_TRIES || now - job.segment.committedAt >= SEGMENT_MAX_MS;
  const hold = seconds > WAIT_STATE_MAX_SECONDS && !ending;
  const op: TriedOp = {
    ...tried,
    decision: { kind: 'tryAgain', at },
    held: hold,
    ...(hold ? { token } : {}),
  };
  const begun = begunOf(job, planned, now);
  const next: BegunJob = {
    ...begun,
    owed: [],
    activeOp: planned.index,
    ...(hold ? { heldUntil: at } : {}),
    ...(ending ? nextSegment(job.segments, job.segment.group, now, context.liveness) : {}),
  };
  const message = `${planned.name} failed, try ${tried.try}: ${tried.error.code}: ${tried.error.message}; next try in ${seconds} s`;
  const change = changeOf(ending ? 'continue in next segment' : 'decide on failure', job, next, now, {
    actor: JOBPLANE,
    ops: [{ before, op }],
    entries: [...statusEntry(job, next, planned), opEntry(planned, 'waiting', message)],
  });
  if (ending) return { change, answer: { kind: 'throw', error: 'Continued' } };
  return { change, answer: hold ? { kind: 'hold' } : { kind: 'tryAgain', afterSeconds: seconds } };
}

/** The job as begun: an op that could not even start counts as started by its failed dispatch. */
function begunOf(job: LiveJob, planned: PlannedCall, now: Instant): BegunJob {
  if (job.status !== 'QUEUED') {
    const { heldUntil: _held, ...rest } = job;
    return rest;
  }
  return {
    ...commonOf(job),
    status: 'RUNNING',
    step: planned.step,
    startedAt: job.startedAt ?? now,
    segment: job.segment,
    liveness: job.liveness,
  };
}

/** Where an op that is final leads: its execution goes on, or ends and recovers. */
function afterFinal(op: Op, planned: PlannedCall): FailureAnswer {
  if (op.status === 'canceled') return { kind: 'throw', error: 'Canceled' };
  if (op.status !== 'error' || !stopsTheJob(planned)) return { kind: 'goOn' };
  return { kind: 'failed' };
}

/**
 * A failed rollback is recorded and the others still run; a failed POST op never undoes RUN; and
 * `continue` says so itself. Everything else ends the step.
 */
function stopsTheJob(planned: PlannedCall): boolean {
  return planned.kind === 'op' && planned.step !== 'POST' && planned.call.onError !== 'continue';
}

function statusEntry(job: Job, next: Job, planned: PlannedCall): readonly EntryDraft[] {
  if (job.status === next.status) return [];
  return [{ kind: 'status', from: job.status, to: next.status, message: `${planned.name} starts` }];
}

function opEntry(planned: PlannedCall, to: string, message: string): EntryDraft {
  return { kind: 'op', op: { index: planned.index, name: planned.name }, from: 'running', to, message };
}

function just(answer: FailureAnswer): FailureDecision {
  return { change: null, answer };
}
