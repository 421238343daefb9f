import type { JobSpec } from '../contract/job-spec.ts';
import type { FailedOp, Op } from '../op/op.ts';
import { answerTrap } from './answer-trap.ts';
import { type Change, changeOf, type OpWrite } from './change.ts';
import { failedOp } from './handle-op-failure.ts';
import { trapPolicyOf } from './hold-op.ts';
import { type Instant, isoOf } from './instant.ts';
import {
  type BusyJob,
  type Decided,
  isHeld,
  isLive,
  type Job,
  type LiveJob,
  type PausedJob,
  type TrappedJob,
} from './job.ts';
import type { JobError } from './job-error.ts';
import { JOBPLANE } from './journal-entry.ts';
import { type LivenessPolicy, nextSegment, SEGMENT_MAX_MS } from './live-segment.ts';
import { EFFECT_OWED_MS, type OwedEffect, startOf } from './owed-effect.ts';
import { plannedCall } from './plan.ts';
import { planEntry, recover, standingEnd } from './plan-recovery.ts';
import { runOn } from './resume-job.ts';

/**
 * Time is over for a job whose execution waits: its trap's timeout answers, its pause has lasted too
 * long, or the execution gets too old and hands the wait over to the next. Null: nothing of that yet.
 *
 * @param ops of the attempt; in a manual rollback those of all attempts
 */
export function endHold(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  context: { readonly now: Instant; readonly liveness: LivenessPolicy },
): Change | null {
  const { now } = context;
  if (!isLive(job) || job.ending !== undefined) return null;
  if (job.status === 'TRAPPED' && job.trap.until !== undefined && job.trap.until <= now) {
    return answerByTimeout(job, spec, ops, now);
  }
  if (job.status === 'PAUSED' && job.pause.until <= now) return endPause(job, spec, ops, now);
  const waits = isHeld(job) || (job.status !== 'QUEUED' && job.heldUntil !== undefined);
  if (!waits || job.segment.committedAt + SEGMENT_MAX_MS > now) return null;
  return handOver(job, context);
}

function answerByTimeout(job: TrappedJob, spec: JobSpec, ops: readonly Op[], now: Instant): Change | null {
  const planned = plannedCall(spec, job.activeOp);
  const op = ops.find(({ attempt, index }) => attempt === job.attempt && index === job.activeOp);
  if (planned === undefined || op?.status !== 'tried') return null;
  const { onTimeout, maxRetries } = trapPolicyOf(planned);
  const isUsedUp = onTimeout === 'retry' && (op.trapRetries ?? 0) >= maxRetries;
  const decision = answerTrap(
    job,
    spec,
    ops,
    {
      answer: isUsedUp ? 'abort' : onTimeout,
      actor: JOBPLANE,
      comment: isUsedUp ? `nobody answered, ${maxRetries} times` : 'nobody answered in time',
      isTimeout: true,
    },
    now,
  );
  return decision.ok ? decision.change : null;
}

/**
 * Nobody resumed it within its window: it has failed, and what it did is undone. A job whose end was
 * decided before it was paused goes on to that end.
 */
function endPause(job: PausedJob, spec: JobSpec, ops: readonly Op[], now: Instant): Change {
  const why = `nobody resumed it by ${isoOf(job.pause.until)}`;
  if (job.decided !== undefined) return runOn(job, ops, { actor: JOBPLANE, comment: why }, now);
  const error: JobError = { code: 'PauseExpired', message: why };
  const active = ops.find(({ attempt, index }) => attempt === job.attempt && index === job.activeOp);
  const closed = active?.status === 'tried' ? closedOp(spec, active, now) : null;
  const settledOps = closed === null ? ops : ops.map((op) => (op === active ? closed : op));
  // What stops in POST never undoes RUN.
  const isInPost = spec.ops[job.activeOp]?.step === 'POST';
  const decided: Decided = standingEnd(job) ?? {
    status: isInPost ? 'COMPLETED_WITH_ERROR' : 'FAILED',
    error,
    retryable: true,
    undo: !isInPost && spec.rollback.onFailure,
    post: true,
  };
  const raised = { name: error.code, cause: error.message };
  const { job: busy, plan } = recover({ ...job, decided }, spec, settledOps, raised, now);
  // The token that it kept is told that the job does not go on; recovery follows.
  const interrupt: OwedEffect = { kind: 'interrupt', op: job.activeOp, by: now + EFFECT_OWED_MS };
  const next: BusyJob = {
    ...busy,
    opsRun: busy.opsRun + (closed === null ? 0 : 1),
    owed: [...startOf(job.owed), interrupt],
  };
  const ends = planEntry(next, next, plan, spec).message;
  const writes: OpWrite[] =
    closed === null || active === undefined ? [] : [{ before: active.version, op: closed }];
  return changeOf('end pause', job, next, now, {
    actor: JOBPLANE,
    ops: writes,
    entries: [
      { kind: 'status', from: job.status, to: next.status, message: `The pause is over: ${why}. ${ends}` },
    ],
  });
}

function closedOp(spec: JobSpec, op: Extract<Op, { status: 'tried' }>, now: Instant): FailedOp | null {
  const planned = plannedCall(spec, op.index);
  return planned === undefined ? null : failedOp({ ...op, version: op.version + 1 }, planned, now);
}

/** The next execution's Handle op failure keeps a token of its own; this one has nothing left to do. */
function handOver(
  job: LiveJob,
  { now, liveness }: { readonly now: Instant; readonly liveness: LivenessPolicy },
): Change {
  const { attempt, segment } = job;
  const following = nextSegment(job.segments, segment.group, now, liveness);
  const stop: OwedEffect = { kind: 'stop', attempt, segment, by: now + EFFECT_OWED_MS };
  const next: LiveJob = { ...job, ...following, owed: [...following.owed, stop] };
  return changeOf('continue in next segment', job, next, now, {
    actor: JOBPLANE,
    entries: [{ kind: 'decision', message: 'Its execution gets too old: the next one waits on' }],
  });
}
