import { changeOf, type Decision } from './change.ts';
import type { Instant } from './instant.ts';
import { endingOf, isParent, isStarting, type Job } from './job.ts';
import { refuseCommand } from './refuse-command.ts';
import { type Said, withComment } from './said.ts';

/**
 * Somebody wants the job to stop before its next op. It goes on with the op that runs; nothing of that is
 * interrupted. Asking twice is asking once.
 */
export function requestPause(job: Job, said: Said, now: Instant): Decision<null> {
  const mayPause = job.status === 'RUNNING' || isStarting(job) || isParent(job);
  if (!mayPause || endingOf(job) !== undefined || job.again?.kind === 'rollback') {
    return refuseCommand(job, 'pause');
  }
  if (job.pauseRequested !== undefined) return { ok: true, change: null, answer: null };
  const { actor, comment } = said;
  const asked = { actor, ...(comment === undefined ? {} : { comment }) };
  const change = changeOf('ask for a pause', job, { ...job, pauseRequested: asked }, now, {
    actor,
    entries: [
      { kind: 'decision', message: withComment(`Pauses before its next op, as ${actor} asked`, comment) },
    ],
  });
  return { ok: true, change, answer: null };
}
