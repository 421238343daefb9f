import type { JobSpec } from '../contract/job-spec.ts';
import { isRaised } from '../contract/tasks.ts';
import {
  type CanceledOp,
  type FailedOp,
  hasBegun,
  isFinal,
  type Op,
  type RunningOp,
  type TriedOp,
} from '../op/op.ts';
import { isRollback } from '../op/op-index.ts';
import { begin, rollingBack, withoutActiveOp } from './begin.ts';
import { type Change, changeOf, type EntryDraft, type OpWrite } from './change.ts';
import type { Instant } from './instant.ts';
import { type BusyJob, type Decided, isHeld, isParent, type Job, type LiveJob } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { type LivenessPolicy, nextSegment, type Serves, servedBy } from './live-segment.ts';
import { decidedOf, isSameRun, opsToRun, plannedCall, remainingPlan } from './plan.ts';
import { retryAfterOf } from './retry-after.ts';
import { isWorthRerun } from './settle.ts';
import { wordsOfFailure } from './words-of-failure.ts';

/** What the state machine asks when its ops ended in an error. */
export interface RecoveryCommand extends Serves {
  readonly error: { readonly name: string; readonly cause: string };
}

/** The ops that recovery runs, in order; `Stale`: the execution is not the job's any more. */
export type RecoveryAnswer =
  | { readonly kind: 'throw'; readonly error: 'Stale' }
  | { readonly kind: 'perform'; readonly ops: readonly number[] };

export interface RecoveryDecision {
  readonly change: Change | null;
  readonly answer: RecoveryAnswer;
}

/**
 * Decides how a job ends whose ops did not all go well, before anything is undone, so that a death
 * in between is wound up: rollbacks in reverse order, POST ops after a failure and not after a cancel.
 */
export function planRecovery(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  command: RecoveryCommand,
  { now, liveness }: { readonly now: Instant; readonly liveness: LivenessPolicy },
): RecoveryDecision {
  const live = servedBy(job, command);
  if (live === null) return { change: null, answer: { kind: 'throw', error: 'Stale' } };
  if (isHeld(live) || isParent(live) || live.children !== undefined) return holdOn(live, now, liveness);

  // What an earlier attempt left unfinished when it was cut off stays as it is.
  const active = ops.find(
    (op): op is RunningOp | TriedOp => op.attempt === live.attempt && hasBegun(op) && !isFinal(op),
  );
  const wasDecided = live.status !== 'QUEUED' && live.decided !== undefined;
  // A slow call that planned what is under way by now: the op that it finds goes on.
  const isLate = wasDecided && live.status !== 'CANCELING' && isRaised(command.error.name);
  const closed =
    active === undefined || isLate ? null : closeOp(active, live.status === 'CANCELING', command, now);
  const settledOps = closed === null ? ops : ops.map((op) => (isSameRun(op, closed) ? closed : op));
  const { job: next, plan } = recover(live, spec, settledOps, command.error, now);
  const hasFailed = closed?.status === 'error' && !isRollback(closed.index, spec.ops.length);
  const planned: BusyJob = {
    ...next,
    opsRun: next.opsRun + (hasFailed ? 1 : 0),
    // Its own call of Perform op may still wait to hear what became of it.
    owed: live.owed.filter((effect) => effect.kind === 'answer' && effect.op === closed?.index),
  };
  if (closed === null && wasDecided && planned.status === live.status) {
    return { change: null, answer: { kind: 'perform', ops: plan } };
  }
  const writes: OpWrite[] = closed === null ? [] : [{ before: closed.version - 1, op: closed }];
  const change = changeOf('plan recovery', live, planned, now, {
    actor: JOBPLANE,
    ops: writes,
    entries: [...closedEntry(closed, active), planEntry(live, planned, plan, spec)],
  });
  return { change, answer: { kind: 'perform', ops: plan } };
}

/** Our own task failed while the job waits for somebody, or for its children: the next execution waits on. */
function holdOn(job: LiveJob, now: Instant, liveness: LivenessPolicy): RecoveryDecision {
  const next: LiveJob = { ...job, ...nextSegment(job.segments, job.segment.group, now, liveness) };
  const change = changeOf('continue in next segment', job, next, now, {
    actor: JOBPLANE,
    entries: [{ kind: 'decision', message: 'Its execution failed while it waited: the next one waits on' }],
  });
  return { change, answer: { kind: 'throw', error: 'Stale' } };
}

/** The job with its end decided, if it was not before, and the ops that come before that end. */
export function recover(
  job: LiveJob,
  spec: JobSpec,
  ops: readonly Op[],
  error: RecoveryCommand['error'],
  now: Instant,
): { readonly job: BusyJob; readonly plan: readonly number[] } {
  const own = ops.filter((op) => op.attempt === job.attempt);
  const decided = decidedOf(job) ?? decideEnd(job, spec, own, error, now);
  const busy: BusyJob = { ...withoutActiveOp(begin(job, now)), decided };
  const plan = remainingPlan(busy, spec, ops);
  const rollsBack = plan.some((index) => isRollback(index, spec.ops.length));
  return { job: rollsBack ? rollingBack(busy, decided, now) : busy, plan };
}

/** How the job stands once it is decided how it ends, as a journal entry. */
export function planEntry(before: Job, after: BusyJob, plan: readonly number[], spec: JobSpec): EntryDraft {
  const rollbacks = plan.filter((index) => isRollback(index, spec.ops.length)).length;
  const posts = plan.length - rollbacks;
  const outcome = after.decided?.status ?? 'unknown';
  const message = `Ends as ${outcome} after ${counted(rollbacks, 'rollback')} and ${counted(posts, 'POST op')}`;
  if (before.status === after.status) return { kind: 'decision', message };
  return { kind: 'status', from: before.status, to: after.status, message };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The op that was cut off, by the cancel or by an error that nobody recorded. */
function closeOp(
  op: RunningOp | TriedOp,
  canceled: boolean,
  command: RecoveryCommand,
  now: Instant,
): CanceledOp | FailedOp {
  const { schema, jobId, attempt, index, name, action, opFence, startedAt, lateTry } = op;
  const noted = lateTry === undefined ? {} : { lateTry };
  const kept = { schema, jobId, attempt, index, name, action, opFence, startedAt, ...noted };
  const common = { ...kept, version: op.version + 1, try: op.try, endedAt: now };
  if (canceled) return { ...common, status: 'canceled' };
  const error =
    op.status === 'tried' ? op.error : { code: 'InternalError', message: wordsOfFailure(command.error) };
  return {
    ...common,
    status: 'error',
    error: { ...error, op: index },
    timedOut: op.status === 'tried' && op.byClock === true,
  };
}

/** The job's end by the op that failed: its error code first, then its `onError`. */
function decideEnd(
  job: LiveJob,
  spec: JobSpec,
  ops: readonly Op[],
  raised: RecoveryCommand['error'],
  now: Instant,
): Decided {
  const standing = standingEnd(job);
  if (standing !== undefined) return standing;
  const failed = ops.find((op): op is FailedOp => op.status === 'error' && stopped(spec, op));
  if (failed === undefined) {
    const error = { code: 'InternalError', message: wordsOfFailure(raised) };
    if (isOnlyPostLeft(job, spec, ops)) {
      return { status: 'COMPLETED_WITH_ERROR', error, retryable: true, undo: false, post: true };
    }
    return { status: 'FAILED', error, retryable: true, undo: spec.rollback.onFailure, post: true };
  }
  const onError = spec.ops[failed.index]?.onError;
  const { error } = failed;
  if (error.code === 'PreconditionFailed' || onError === 'finish') {
    return { status: 'COMPLETED_WITH_ERROR', error, retryable: isWorthRerun(error), undo: false, post: true };
  }
  const common = { error, retryable: isWorthRerun(error), undo: spec.rollback.onFailure, post: true };
  if (failed.timedOut) return { ...common, status: 'TIMED_OUT' };
  if (error.code !== 'Busy') return { ...common, status: 'FAILED' };
  return { ...common, status: 'FAILED_RETRYABLE', retryAfter: retryAfterOf(error, now) };
}

/** The failure that an earlier attempt left standing: whatever becomes of POST, the job ends with it. */
export function standingEnd({ again }: LiveJob): Decided | undefined {
  const standing = again?.kind === 'rerun' ? again.standing : undefined;
  if (standing === undefined || standing.status === 'COMPLETED_WITH_WARNINGS') return undefined;
  return { ...standing, undo: false, post: true };
}

/** The failure that ended its step, and not one that was allowed to happen. */
function stopped(spec: JobSpec, op: FailedOp): boolean {
  const planned = plannedCall(spec, op.index);
  return planned?.kind === 'op' && planned.step !== 'POST' && planned.call.onError !== 'continue';
}

/** What fails in POST never undoes RUN, whoever is to blame. */
function isOnlyPostLeft(job: LiveJob, spec: JobSpec, ops: readonly Op[]): boolean {
  const done = new Set(ops.filter(isFinal).map((op) => op.index));
  return opsToRun(job, spec, ['PRE', 'RUN']).every((index) => done.has(index));
}

function closedEntry(closed: CanceledOp | FailedOp | null, active: Op | undefined): readonly EntryDraft[] {
  if (closed === null || active === undefined) return [];
  const to = closed.status === 'canceled' ? 'canceled' : 'error';
  const from = active.status === 'running' ? 'running' : 'waiting';
  const message =
    closed.status === 'error' ? `${closed.name} failed: ${closed.error.message}` : `${closed.name} canceled`;
  return [{ kind: 'op', op: { index: closed.index, name: closed.name }, from, to, message }];
}
