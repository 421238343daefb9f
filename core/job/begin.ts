import type { Instant } from './instant.ts';
import {
  type CancelRequest,
  commonOf,
  type Decided,
  isHeld,
  isParent,
  type LiveJob,
  type RollingBackJob,
  type RunningJob,
  type Step,
  type WorkingJob,
} from './job.ts';
import { decidedOf } from './plan.ts';

/** What a job at work has in whatever status: the fields that a move between such statuses starts from. */
export function begunOf(job: LiveJob, now: Instant) {
  const activeOp = 'activeOp' in job ? job.activeOp : undefined;
  return {
    ...commonOf(job),
    startedAt: job.startedAt ?? now,
    segment: job.segment,
    liveness: job.liveness,
    ...(activeOp === undefined ? {} : { activeOp }),
  };
}

/** The job at work: what was held does again what it did, and a manual rollback rolls back from its start. */
export function begin(job: LiveJob, now: Instant, step: Step = job.step): WorkingJob {
  if (isParent(job)) return running(job, now, step);
  if (job.status !== 'QUEUED' && !isHeld(job)) return { ...job, step };
  const decided = decidedOf(job);
  const isUndoing = job.status === 'QUEUED' || ('trap' in job && job.trap.from === 'ROLLING_BACK');
  return isUndoing && decided !== undefined ? rollingBack(job, decided, now, step) : running(job, now, step);
}

/** The job runs on, or again. */
export function running(job: LiveJob, now: Instant, step: Step = job.step): RunningJob {
  const decided = decidedOf(job);
  return {
    ...begunOf(job, now),
    step,
    status: 'RUNNING',
    ...pauseRequestOf(job),
    ...(decided === undefined ? {} : { decided }),
  };
}

/** What the job did is undone, with the end that was decided. */
export function rollingBack(
  job: LiveJob,
  decided: Decided,
  now: Instant,
  step: Step = job.step,
): RollingBackJob {
  const cancel = cancelOf(job);
  return {
    ...begunOf(job, now),
    step,
    status: 'ROLLING_BACK',
    rollback: 'running',
    decided,
    ...(cancel === undefined ? {} : { cancel }),
  };
}

/** Who asked the job to pause before its next op, where it still may. */
export function pauseRequestOf(job: LiveJob): Pick<RunningJob, 'pauseRequested'> {
  const asked = 'pauseRequested' in job ? job.pauseRequested : undefined;
  return asked === undefined ? {} : { pauseRequested: asked };
}

/** Who asked for the end that the job is coming to. */
export function cancelOf(job: LiveJob): CancelRequest | undefined {
  return 'cancel' in job ? job.cancel : undefined;
}

/** The job at work on no op: the one that was is final, or is to be tried again. */
export function withoutActiveOp(job: WorkingJob): WorkingJob {
  const { activeOp: _active, heldUntil: _until, ...rest } = job;
  return rest;
}
