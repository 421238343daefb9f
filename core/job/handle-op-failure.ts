import { closing } from '../children/close-children.ts';
import type { Group } from '../children/group.ts';
import { isAwaiting } from '../children/settle-children.ts';
import type { ActionCatalog } from '../contract/action-catalog.ts';
import { secondsOf } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { isRaised } from '../contract/tasks.ts';
import {
  type FailedOp,
  hasBegun,
  isFinal,
  type Op,
  type QueuedOp,
  type RunningOp,
  type TriedOp,
} from '../op/op.ts';
import { retryDelay, UNREACHABLE } from '../op/retry-delay.ts';
import { withToken } from '../op/tokens-of.ts';
import { begin, rollingBack, withoutActiveOp } from './begin.ts';
import { type Change, changeOf, type EntryDraft, nextSerial } from './change.ts';
import { succeed } from './complete-op.ts';
import { holdAgain, pauseJob, trapJob } from './hold-op.ts';
import type { Instant } from './instant.ts';
import { type BusyJob, isHeld, isParent, type Job, type LiveJob } from './job.ts';
import type { JobError } from './job-error.ts';
import { JOBPLANE } from './journal-entry.ts';
import {
  isStopping,
  isToPause,
  isWornOut,
  type LivenessPolicy,
  nextSegment,
  type Serves,
  servedBy,
} from './live-segment.ts';
import { opOfPlan } from './op-of-plan.ts';
import { decidedOf, isTooLate, type PlannedCall, plannedOf } from './plan.ts';
import { TornReadError } from './torn-read-error.ts';
import { wordsOfFailure } from './words-of-failure.ts';

/** What the state machine asks after Perform op ended in an error. */
export interface FailureCommand extends Serves {
  readonly op: number;
  readonly token: string;
  readonly error: { readonly name: string; readonly cause: string };
}

export interface FailureContext {
  readonly now: Instant;
  /** Of the children that the op waits for, if it does. */
  readonly group?: Group;
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
  const planned = plannedOf(job, spec, command.op);
  if (live === null || planned === undefined) return just({ kind: 'throw', error: 'Stale' });
  if (op?.status === 'running' && isAwaiting(live, op))
    return awaitChildren(live, planned, op, command, context);
  if (isStopping(live)) return just({ kind: 'throw', error: 'Canceled' });
  if (op !== null && isFinal(op)) return just(afterFinal(op, planned));
  if (isTooLate(live, planned)) return just({ kind: 'throw', error: 'Canceled' });
  if (isHeld(live)) return hold(live, op, command.token, context.now);
  // A slow call for a try that was decided about: another runs by now.
  if (op?.status === 'running' && isRaised(command.error.name)) {
    return just({ kind: 'tryAgain', afterSeconds: 0 });
  }
  if (command.error.name === 'NotNow') return notNow(live, spec, planned, op, command.token, context.now);
  if (
    op?.status === 'running' &&
    live.status !== 'QUEUED' &&
    !isParent(live) &&
    isWaitOver(op, command, context.catalog)
  ) {
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
  const begun = op !== null && hasBegun(op) ? op : null;
  return decide(
    begun === null || begun.status === 'tried' ? withTryCounted(live, begun) : live,
    planned,
    settledTry(live, planned, op, command, context.now),
    op?.version ?? null,
    command.token,
    context,
  );
}

/** Our own functions failed for a minute: the fan-out is tried again after as long a pause. */
const FAN_OUT_AGAIN_SECONDS = 30;

/**
 * Perform op ended while its op waits for its children. A clock cancels them, and the try fails once they
 * have ended, unless they have by now; the token of this call waits for that. Anything else is our own, and
 * the wait goes on.
 */
function awaitChildren(
  job: LiveJob,
  planned: PlannedCall,
  op: RunningOp,
  command: FailureCommand,
  context: FailureContext,
): FailureDecision {
  const { now } = context;
  if (!CLOCK_ERRORS.has(command.error.name)) {
    const afterSeconds = isRaised(command.error.name) ? 0 : FAN_OUT_AGAIN_SECONDS;
    return just({ kind: 'tryAgain', afterSeconds });
  }
  const isEarly = job.children !== undefined && job.status !== 'CANCELING';
  const earlier = op.outOfTime?.error;
  const error = earlier ?? (isEarly ? errorOfTask(planned, command) : undefined);
  const { group, owed } = isEarly
    ? closing(job, context.group, 'canceled', now)
    : { owed: [], group: undefined };
  const waits: RunningOp = {
    ...op,
    ...withToken(op, command.token),
    version: op.version + 1,
    outOfTime: error === undefined ? {} : { error },
  };
  const change = changeOf('await children', job, { ...job, owed: [...job.owed, ...owed] }, now, {
    actor: JOBPLANE,
    ops: [{ before: op.version, op: waits }],
    ...(group === undefined ? {} : { group }),
    entries:
      error === undefined || earlier !== undefined
        ? []
        : [{ kind: 'decision', message: `${op.name}: ${error.message}; its children are cancelled` }],
  });
  return { change, answer: { kind: 'hold' } };
}

/** Somebody must act before the job goes on: the token of this call waits for that. */
function hold(job: LiveJob, op: Op | null, token: string, now: Instant): FailureDecision {
  if (op?.status !== 'queued' && op?.status !== 'tried') {
    // Somebody acted between the reads of the head and of its op.
    throw new TornReadError(`job ${job.id} is ${job.status}, and its op keeps no token`);
  }
  return { change: holdAgain(job, op, token, now), answer: { kind: 'hold' } };
}

/** Perform op did not start a try: the job is to pause, or the wait before the try is not over. */
function notNow(
  job: LiveJob,
  spec: JobSpec,
  planned: PlannedCall,
  op: Op | null,
  token: string,
  now: Instant,
): FailureDecision {
  const waits = op?.status === 'queued' || op?.status === 'tried' ? op : null;
  if (job.status === 'RUNNING' && isToPause(job)) {
    return { change: pauseJob(job, spec, planned, waits, token, now), answer: { kind: 'hold' } };
  }
  if (waits?.status === 'tried' && waits.decision !== undefined) return repeat(job, waits, token, now);
  return just({ kind: 'tryAgain', afterSeconds: 0 });
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
  decision: NonNullable<TriedOp['decision']>,
  command: FailureCommand,
  context: FailureContext,
): boolean {
  const { name } = command.error;
  return (
    decision.kind === 'tryAgain' && decision.at <= context.now && !isRaised(name) && !CLOCK_ERRORS.has(name)
  );
}

/** Tries are counted by their starts; one that could not be dispatched had none. */
function withTryCounted(job: LiveJob, op: TriedOp | null): LiveJob {
  if (op !== null && op.decision === undefined) return job;
  return { ...job, segment: { ...job.segment, tries: job.segment.tries + 1 } };
}

/** A decision that was committed before is repeated, with what is left of its wait. */
function repeat(job: LiveJob, op: TriedOp, token: string, now: Instant): FailureDecision {
  const at = op.decision?.kind === 'tryAgain' ? op.decision.at : now;
  const afterSeconds = Math.max(0, Math.ceil((at - now) / 1000));
  if (afterSeconds <= WAIT_STATE_MAX_SECONDS) return just({ kind: 'tryAgain', afterSeconds });
  // A wait that the last segment handed over is not on the head yet.
  const next: LiveJob = job.status === 'QUEUED' || isHeld(job) ? job : { ...job, heldUntil: at };
  return { change: holdAgain(job, op, token, now, next), answer: { kind: 'hold' } };
}

/** The try as failed: as it was reported, or by the clock or the service that ended the task. */
function settledTry(
  job: LiveJob,
  planned: PlannedCall,
  op: QueuedOp | RunningOp | TriedOp | null,
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
  if (op === null || op.status === 'queued') {
    return {
      ...opOfPlan(job, planned),
      version: (op?.version ?? 0) + 1,
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
  const byClock = CLOCK_ERRORS.has(command.error.name) ? ({ byClock: true } as const) : {};
  return { ...kept, version: op.version + 1, status: 'tried', error, triedAt: now, held: false, ...byClock };
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
  before: number | null,
  token: string,
  context: FailureContext,
): FailureDecision {
  const seconds = retryDelay({ code: tried.error.code, try: tried.try }, planned.call.retry, context.random);
  const outOfTime = seconds === null ? null : timeoutOf(planned, tried, context.now + seconds * 1000);
  if (seconds !== null && outOfTime === null) {
    return tryAgain(job, planned, tried, before, seconds, token, context);
  }

  const failed: TriedOp = outOfTime === null ? tried : { ...tried, error: outOfTime, byClock: true };
  if (isTrapped(planned, failed.error)) return trap(job, planned, failed, before, token, context);
  const op = failedOp(failed, planned, context.now);
  const rest = withoutActiveOp(begin(job, context.now, planned.step));
  const next: BusyJob = { ...rest, opsRun: rest.opsRun + (planned.kind === 'op' ? 1 : 0), owed: [] };
  const change = changeOf('decide on failure', job, next, context.now, {
    actor: JOBPLANE,
    ops: [{ before, op }],
    entries: [
      ...statusEntry(job, next, planned),
      opEntry(planned, 'error', `${planned.name} failed: ${op.error.code}: ${op.error.message}`),
    ],
  });
  return { change, answer: afterFinal(op, planned) };
}

/** The op whose tries are over, with what the last of them failed with. */
export function failedOp(tried: TriedOp, planned: PlannedCall, now: Instant): FailedOp {
  const { decision: _decision, triedAt: _triedAt, held: _held, byClock, error, ...kept } = tried;
  return {
    ...kept,
    status: 'error',
    endedAt: now,
    error: { ...error, op: planned.index },
    timedOut: byClock === true,
  };
}

/** Codes that say themselves what follows, whatever the op's `onError`. */
const NEVER_TRAPPED: ReadonlySet<string> = new Set(['PreconditionFailed', 'Busy']);

function isTrapped({ call }: PlannedCall, { code }: JobError): boolean {
  return call.onError === 'trap' && !NEVER_TRAPPED.has(code);
}

/** The job waits for an answer; a segment that is worn out hands the wait over to the next. */
function trap(
  job: LiveJob,
  planned: PlannedCall,
  tried: TriedOp,
  before: number | null,
  token: string,
  context: FailureContext,
): FailureDecision {
  const { now } = context;
  const decided = decidedOf(job);
  const begun =
    planned.kind === 'rollback' && decided !== undefined
      ? rollingBack(job, decided, now, planned.step)
      : begin(job, now, planned.step);
  const trapped = trapJob(begun, planned, tried, now);
  const isOver = isWornOut(job.segment, now);
  // An op that could not even be dispatched may be the first of its job, which begins with it.
  const change = changeOf('trap job', begun, isOver ? handedOver(trapped.job, context) : trapped.job, now, {
    actor: JOBPLANE,
    ops: [{ before, op: { ...trapped.op, held: true, ...withToken(trapped.op, token) } }],
    entries: [...statusEntry(job, begun, planned), trapped.entry],
  });
  return { change, answer: isOver ? { kind: 'throw', error: 'Continued' } : { kind: 'hold' } };
}

function handedOver<Next extends LiveJob>(job: Next, { now, liveness }: FailureContext): Next {
  return { ...job, ...nextSegment(job.segments, job.segment.group, now, liveness) };
}

/**
 * A target that cannot be reached is asked again until the op's timeout, counted from its first try,
 * would be over by the next. Null while there is time.
 */
function timeoutOf({ call }: PlannedCall, tried: TriedOp, nextTryAt: Instant): JobError | null {
  if (tried.error.code !== UNREACHABLE || call.timeout === undefined) return null;
  if (nextTryAt < (tried.clockSince ?? tried.startedAt) + secondsOf(call.timeout) * 1000) return null;
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
  const ending = isWornOut(job.segment, now);
  const hold = seconds > WAIT_STATE_MAX_SECONDS && !ending;
  const op: TriedOp = {
    ...tried,
    decision: { kind: 'tryAgain', at },
    held: hold,
    ...(hold ? withToken(tried, token) : {}),
  };
  const waits: BusyJob = {
    ...withoutActiveOp(begin(job, now, planned.step)),
    owed: [],
    activeOp: planned.index,
    ...(hold ? { heldUntil: at } : {}),
  };
  const next = ending ? handedOver(waits, context) : waits;
  const message = `${planned.name} failed, try ${tried.try}: ${tried.error.code}: ${tried.error.message}; next try in ${seconds} s`;
  const change = changeOf(ending ? 'continue in next segment' : 'decide on failure', job, next, now, {
    actor: JOBPLANE,
    ops: [{ before, op }],
    entries: [...statusEntry(job, next, planned), opEntry(planned, 'waiting', message)],
  });
  if (ending) return { change, answer: { kind: 'throw', error: 'Continued' } };
  return { change, answer: hold ? { kind: 'hold' } : { kind: 'tryAgain', afterSeconds: seconds } };
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
export function stopsTheJob(planned: PlannedCall): boolean {
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
