import { changeOf, type Decision } from './change.ts';
import { ruling } from './commands.ts';
import type { Instant } from './instant.ts';
import { isLive, isWaiting, type Job } from './job.ts';
import { EFFECT_OWED_MS } from './owed-effect.ts';
import { refuseCommand } from './refuse-command.ts';

/**
 * A settled job is deleted: from this commit on it is gone to every caller, and the removal of its
 * items is owed.
 */
export function deleteJob(job: Job, actor: string, now: Instant, message = 'Job deleted'): Decision<null> {
  if (isLive(job) || isWaiting(job) || ruling(job.status, 'delete') !== 'allowed')
    return refuseCommand(job, 'delete');
  const next: Job = { ...job, owed: [...job.owed, { kind: 'delete', by: now + EFFECT_OWED_MS }] };
  const change = changeOf('mark for deletion', job, next, now, {
    actor,
    entries: [{ kind: 'note', message }],
  });
  return { ok: true, change, answer: null };
}

/** Whether the job only still exists because its removal is not finished. */
export function isDeleted(job: Job): boolean {
  return job.owed.some((effect) => effect.kind === 'delete');
}
