import type { JobSpec } from '../contract/job-spec.ts';
import type { FailedOp, Op } from '../op/op.ts';
import { type AdmissionFacts, admit, type Candidate, joinTouched } from './admission.ts';
import { pauseRequestOf } from './begin.ts';
import { type Change, changeOf } from './change.ts';
import { depart, departed } from './give-back.ts';
import type { CancelingJob, Ending, Job, LiveJob } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { isStopping, nextSegment, type Serves, servedBy } from './live-segment.ts';
import { decidedOf, leftToUndo, opsToRun, remainingPlan } from './plan.ts';
import { decidedEnd, type EndFacts, endJob, isWorthRerun, rollbackDone, rollbackLeft } from './settle.ts';
import { TornReadError } from './torn-read-error.ts';

/** What the state machine asks last: its ops are done, or its recovery is. */
export interface FinishCommand extends Serves {
  readonly after: 'ops' | 'recovery';
}

/** The lines are of what the job holds, and after PRE of all that RUN needs. */
export type FinishContext = AdmissionFacts & EndFacts;

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
  if (isStopping(live) && command.after === 'ops') {
    return finishCanceling(live, spec, ops, context);
  }
  const decided = decidedOf(live);
  const left = remainingPlan(live, spec, ops);
  if (decided?.status === 'ROLLED_BACK' && left.length > 0) return goOnUndoing(live, left.length, context);
  if (decided !== undefined) {
    const ending = decidedEnd(live, decided, rollbackDone(live, spec, ops));
    return endJob('settle job', live, ending, context, 'end last');
  }
  // Somebody may have ended and removed the job between the reads of its head and its ops.
  if (left.length > 0) throw new TornReadError(`the job cannot end: ops ${left.join(', ')} are not final`);
  if (live.segment.group === 'PRE' && opsToRun(live, spec, ['RUN', 'POST']).length > 0) {
    return handOver(live, context);
  }
  return endJob('settle job', live, naturalEnd(live, spec, ops), context, 'end last');
}

/**
 * PRE is done: what it held of its queue is given back, and admission decides about RUN. A job that
 * held something lines up again once that is done, in a transaction of its own.
 */
function handOver(job: LiveJob, context: FinishContext): Change {
  const departure = depart(job, context);
  const candidate: Candidate = {
    job: departed(job, departure),
    group: 'RUN',
    held: false,
    lineUp: job.holds.length === 0,
  };
  const passed = job.again?.kind === 'rerun' && job.again.gatesPassed === true;
  const admission = admit(candidate, context.spec, passed ? 'line' : 'approval', context);
  if (admission.kind === 'ends') {
    return endJob('expire job', job, admission.ending, context, 'end last');
  }
  const { message, dependsOn } = admission;
  const asked = pauseRequestOf(job);
  const starts = admission.job.status === 'QUEUED' && admission.job.waitReason === 'starting';
  const next = starts ? { ...admission.job, ...asked } : admission.job;
  const forgotten = starts || asked.pauseRequested === undefined ? '' : '; it waits, so it is not paused';
  return changeOf('hand over to RUN', job, next, context.now, {
    actor: JOBPLANE,
    semaphores: [...departure.semaphores, ...admission.semaphores],
    touched: joinTouched(departure.touched, admission.touched),
    dependsOn,
    entries: [
      { kind: 'status', from: job.status, to: next.status, message: `PRE is done. ${message}${forgotten}` },
    ],
  });
}

/** More is to be undone than one execution takes: the next one goes on. */
function goOnUndoing(job: LiveJob, left: number, { now, liveness }: FinishContext): Change {
  const next: LiveJob = { ...job, ...nextSegment(job.segments, 'RECOVER', now, liveness) };
  return changeOf('continue in next segment', job, next, now, {
    actor: JOBPLANE,
    entries: [{ kind: 'decision', message: `${left} rollbacks are left, in the next execution` }],
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
  if (job.segment.group === 'RUN' || opsToRun(job, spec, ['RUN', 'POST']).length === 0) {
    const natural = naturalEnd(job, spec, ops);
    const ending = { ...natural, message: `${natural.message}, before it could be canceled` };
    return endJob('settle job', job, ending, context, 'end last');
  }
  if (job.decided.undo && leftToUndo(spec, ops).length > 0) {
    const next: CancelingJob = {
      ...job,
      ...nextSegment(job.segments, 'RECOVER', context.now, context.liveness),
    };
    return changeOf('hand over to RECOVER', job, next, context.now, {
      actor: JOBPLANE,
      entries: [{ kind: 'decision', message: 'PRE is done and will be undone: the job is canceling' }],
    });
  }
  const ending = decidedEnd(job, job.decided, rollbackLeft(job, spec, ops));
  return endJob('settle job', job, ending, context, 'end last');
}

/** Every op is final and none of them stopped the job: how well it went. */
function naturalEnd(job: LiveJob, spec: JobSpec, ops: readonly Op[]): Ending {
  const common = { rollback: job.rollback, actor: JOBPLANE };
  const standing = job.again?.kind === 'rerun' ? job.again.standing : undefined;
  if (standing !== undefined && standing.status !== 'COMPLETED_WITH_WARNINGS') {
    const message = `Job ended as ${standing.status}: only POST ran again`;
    return { ...common, rollback: rollbackLeft(job, spec, ops), ...standing, message };
  }
  const failures = ops.filter((op): op is FailedOp => op.status === 'error' && op.index < spec.ops.length);
  const unforgiven = failures.find((op) => spec.ops[op.index]?.onError !== 'continue');
  if (unforgiven !== undefined) {
    const { error } = unforgiven;
    const status = 'COMPLETED_WITH_ERROR';
    return {
      ...common,
      rollback: rollbackLeft(job, spec, ops),
      status,
      error,
      retryable: isWorthRerun(error),
      message: `Job ended as ${status}`,
    };
  }
  const tolerated = ops.some((op) => op.status === 'success' && op.tolerated === true);
  const wentWell = failures.length === 0 && standing === undefined && !tolerated;
  const status = wentWell ? 'COMPLETED_OK' : 'COMPLETED_WITH_WARNINGS';
  return { ...common, status, message: `Job ended as ${status}` };
}
