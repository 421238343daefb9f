import { secondsOf } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { Op } from '../op/op.ts';
import type { Transition } from './change.ts';
import { type Change, changeOf } from './change.ts';
import type { Instant } from './instant.ts';
import { commonOf, type Decided, type Job, type LiveJob, type SettledJob } from './job.ts';
import type { JobError } from './job-error.ts';
import type { OwedEffect } from './owed-effect.ts';
import { toUndo } from './plan.ts';

/** What every end has, whatever the status. */
export interface EndParts {
  readonly job: LiveJob;
  readonly spec: JobSpec;
  readonly now: Instant;
}

/** The fields of a settled job that follow from its specification and the moment. */
export function endedAt({ spec, now }: EndParts) {
  return { step: 'END', endedAt: now, retainUntil: now + secondsOf(spec.retention) * 1000 } as const;
}

/** The one entry that settles an attempt, with the head it settles. */
export function settleChange(
  transition: Transition,
  parts: EndParts,
  next: SettledJob,
  message: string,
  actor: string,
  owed: readonly OwedEffect[] = [],
): Change {
  return changeOf(transition, parts.job, { ...next, owed: [...owed] }, parts.now, {
    actor,
    entries: [{ kind: 'status', from: parts.job.status, to: next.status, message }],
  });
}

/** The end that was decided, now that rollbacks and POST ops have run. */
export function decidedEnd(parts: EndParts, decided: Decided, rollback: Job['rollback']): SettledJob {
  const { job } = parts;
  const common = { ...commonOf(job), rollback, ...endedAt(parts) };
  if (decided.status === 'CANCELED_WHILE_RUNNING') {
    const cancel = job.status === 'QUEUED' || job.status === 'RUNNING' ? undefined : job.cancel;
    if (cancel === undefined) throw new Error('a job that nobody cancelled cannot end as cancelled');
    return { ...common, status: decided.status, cancel };
  }
  return {
    ...common,
    status: decided.status,
    error: errorAfterRollback(decided.error ?? NO_ERROR, rollback),
    retryable: decided.retryable,
    ...(decided.retryAfter === undefined ? {} : { retryAfter: decided.retryAfter }),
  };
}

const NO_ERROR: JobError = { code: 'InternalError', message: 'the job failed without saying why' };

/** A rollback that failed is for a person: the error says so beside what had failed first. */
function errorAfterRollback(error: JobError, rollback: Job['rollback']): JobError {
  if (rollback !== 'failed') return error;
  return { ...error, message: `${error.message}; a rollback failed too: manual intervention is required` };
}

/** Whether the same job may do better another time: not after what no rerun changes. */
export function isWorthRerun({ code }: JobError): boolean {
  return code !== 'Fatal' && code !== 'PreconditionFailed';
}

/** Rollback outcome of a job that is cut off: what is undone by then stays undone. */
export function rollbackLeft(spec: JobSpec, ops: readonly Op[]): Job['rollback'] {
  if (toUndo(spec, ops).length > 0) return 'needed';
  return ops.some((op) => op.index >= spec.ops.length) ? 'ok' : 'none';
}

/** Rollback outcome of a job whose rollbacks have run. */
export function rollbackDone(spec: JobSpec, ops: readonly Op[]): Job['rollback'] {
  const rollbacks = ops.filter((op) => op.index >= spec.ops.length);
  if (rollbacks.some((op) => op.status !== 'success')) return 'failed';
  if (toUndo(spec, ops).length > 0) return 'needed';
  return rollbacks.length > 0 ? 'ok' : 'none';
}
