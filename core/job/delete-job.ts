import { refused } from '../contract/error-codes.ts';
import { type Change, changeOf, type Decision } from './change.ts';
import { ruling } from './commands.ts';
import type { Instant } from './instant.ts';
import { isLive, isWaiting, type Job } from './job.ts';
import { refuseBeforeChildren } from './next-attempt.ts';
import { EFFECT_OWED_MS } from './owed-effect.ts';
import { refuseCommand } from './refuse-command.ts';

/**
 * A settled job is deleted: from this commit on it is gone to every caller, and the removal of its
 * items is owed.
 */
export function deleteJob(job: Job, actor: string, now: Instant, message = 'Job deleted'): Decision<null> {
  if (isLive(job) || isWaiting(job) || ruling(job.status, 'delete') !== 'allowed')
    return refuseCommand(job, 'delete');
  if (job.parent !== undefined) {
    return refused(
      'ChildOfParent',
      `Job ${job.id} is a child of job ${job.parent.id} and leaves with its root, job ${job.root}.`,
    );
  }
  if (job.children !== undefined) return refuseBeforeChildren(job, 'delete');
  return { ok: true, change: markForDeletion(job, actor, now, message), answer: null };
}

/** A settled job is gone, and its children with it: their removal is a part of its own. */
export function markForDeletion(job: Job, actor: string, now: Instant, message = 'Job deleted'): Change {
  const next: Job = { ...job, owed: [...job.owed, { kind: 'delete', by: now + EFFECT_OWED_MS }] };
  return changeOf('mark for deletion', job, next, now, {
    actor,
    entries: [{ kind: 'note', message }],
  });
}

/** Whether the job only still exists because its removal is not finished. */
export function isDeleted(job: Job): boolean {
  return job.owed.some((effect) => effect.kind === 'delete');
}
