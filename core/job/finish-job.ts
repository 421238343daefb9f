import type { JobSpec } from '../contract/job-spec.ts';
import type { FailedOp, Op } from '../op/op.ts';
import { type Change, changeOf } from './change.ts';
import type { Instant } from './instant.ts';
import {
  type CancelingJob,
  commonOf,
  type Job,
  type LiveJob,
  type SettledJob,
  type StartingJob,
} from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { type LivenessPolicy, nextSegment, type Serves, servedBy } from './live-segment.ts';
import { opsOf, remainingPlan, toUndo } from './plan.ts';
import { decidedEnd, endedAt, isWorthRerun, rollbackDone, rollbackLeft, settleChange } from './settle.ts';

/** What the state machine asks last: its ops are done, or its recovery is. */
export interface FinishCommand extends Serves {
  readonly after: 'ops' | 'recovery';
}

export interface FinishContext {
  readonly now: Instant;
  readonly liveness: LivenessPolicy;
}

/**
 * Ends the attempt, or hands a job whose PRE is done over to RUN. Null: nothing is to be done, since
 * this was done before or the execution is not the job's any more.
 */
export function finishJob(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  command: FinishCommand,
  context: FinishContext,
): Change | null {
  const live = servedBy(job, command);
  if (live === null) return null;
  const parts = { job: live, spec, now: context.now };
  if (live.status === 'CANCELING' && live.segment.group !== 'RECOVER' && command.after === 'ops') {
    return finishCanceling(live, spec, ops, context);
  }
  const decided = live.status === 'QUEUED' ? undefined : live.decided;
  if (decided !== undefined) {
    const end = decidedEnd(parts, decided, rollbackDone(spec, ops));
    return settleChange('settle job', parts, end, `Job ended as ${end.status}`, JOBPLANE);
  }
  const left = remainingPlan(live, spec, ops);
  if (left.length > 0) throw new Error(`the job cannot end: ops ${left.join(', ')} are not final`);
  if (live.segment.group === 'PRE' && opsOf(spec, ['RUN', 'POST']).length > 0) return handOver(live, context);
  const end = naturalEnd(live, spec, ops, context.now);
  return settleChange('settle job', parts, end, `Job ended as ${end.status}`, JOBPLANE);
}

/** PRE is done: admission decides again. Nothing is waited for yet, so RUN starts at once. */
function handOver(job: LiveJob, context: FinishContext): Change {
  const next: StartingJob = {
    ...commonOf(job),
    step: 'RUN',
    status: 'QUEUED',
    waitReason: 'starting',
    ...nextSegment(job.segments, 'RUN', context.now, context.liveness),
  };
  return changeOf('hand over to RUN', job, next, context.now, {
    actor: JOBPLANE,
    entries: [{ kind: 'status', from: job.status, to: next.status, message: 'PRE is done, RUN starts' }],
  });
}

/**
 * The cancel came when no op was left to stop. Where the job has nothing more to run, its natural
 * end won the race; a job that has only done its PRE is cancelled before its RUN.
 */
function finishCanceling(
  job: CancelingJob,
  spec: JobSpec,
  ops: readonly Op[],
  context: FinishContext,
): Change {
  const parts = { job, spec, now: context.now };
  if (job.segment.group === 'RUN' || opsOf(spec, ['RUN', 'POST']).length === 0) {
    const end = naturalEnd(job, spec, ops, context.now);
    return settleChange(
      'settle job',
      parts,
      end,
      `Job ended as ${end.status}, before it could be canceled`,
      JOBPLANE,
    );
  }
  if (job.decided.undo && toUndo(spec, ops).length > 0) {
    const next: CancelingJob = {
      ...job,
      ...nextSegment(job.segments, 'RECOVER', context.now, context.liveness),
    };
    return changeOf('hand over to RECOVER', job, next, context.now, {
      actor: JOBPLANE,
      entries: [{ kind: 'decision', message: 'PRE is done and will be undone: the job is canceling' }],
    });
  }
  const end = decidedEnd(parts, job.decided, rollbackLeft(spec, ops));
  return settleChange('settle job', parts, end, `Job ended as ${end.status}`, JOBPLANE);
}

/** Every op is final and none of them stopped the job: how well it went. */
function naturalEnd(job: LiveJob, spec: JobSpec, ops: readonly Op[], now: Instant): SettledJob {
  const common = { ...commonOf(job), startedAt: job.startedAt ?? now, ...endedAt({ job, spec, now }) };
  const failures = ops.filter((op): op is FailedOp => op.status === 'error' && op.index < spec.ops.length);
  const unforgiven = failures.find((op) => spec.ops[op.index]?.onError !== 'continue');
  if (unforgiven !== undefined) {
    const { error } = unforgiven;
    return { ...common, status: 'COMPLETED_WITH_ERROR', error, retryable: isWorthRerun(error) };
  }
  return { ...common, status: failures.length > 0 ? 'COMPLETED_WITH_WARNINGS' : 'COMPLETED_OK' };
}
