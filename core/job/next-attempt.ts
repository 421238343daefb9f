import { type Refused, refused } from '../contract/error-codes.ts';
import { LIMITS } from '../contract/limits.ts';
import { type Again, commonOf, type Job, type SettledJob } from './job.ts';

/**
 * The head of a settled job as its next attempt begins: what it still owes of the last one stays owed,
 * and so does what it holds, until that is given back. A job that others depend on tells them at its
 * next end.
 */
export function nextAttempt(job: SettledJob, again: Again): ReturnType<typeof commonOf> {
  const { maxStartAt: _window, opPriorities: _given, ...common } = commonOf(job);
  return {
    ...common,
    attempt: job.attempt + 1,
    again,
    step: 'INIT',
    segments: 0,
    rollback: again.kind === 'rollback' ? 'needed' : 'none',
    owed: job.owed.filter(({ kind }) => STILL_OWED.has(kind)),
  };
}

const STILL_OWED: ReadonlySet<string> = new Set(['stop', 'release', 'schedule', 'unschedule']);

/** What a job that was cut off still waits for. */
export function refuseBeforeChildren({ id, status }: Job, command: string): Refused {
  return refused(
    'ChildrenUnsettled',
    `Job ${id} is ${status}, but not all of its children have ended, and it takes no ${command} before; GET /jobs/${id}/children lists them.`,
  );
}

/** Null: the job may have another attempt. */
export function refuseAttempt(job: Job, command: string): Refused | null {
  const { id, attempt, parent, children } = job;
  if (parent !== undefined) {
    return refused(
      'ChildOfParent',
      `Job ${id} is a child of job ${parent.id} and takes no ${command} by itself: what the parent held for it is given back. Use the parent.`,
    );
  }
  if (children !== undefined) return refuseBeforeChildren(job, command);
  if (attempt < LIMITS.attempts) return null;
  return refused(
    'CommandRefused',
    `Job ${id} has had ${LIMITS.attempts} attempts and takes no ${command}; submit it as a new job.`,
  );
}
