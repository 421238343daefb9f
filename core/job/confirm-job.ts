import { type AdvanceFacts, admitFrom, candidateOf } from './advance-job.ts';
import type { Decision } from './change.ts';
import { endingOf, type Job } from './job.ts';
import { refuseCommand } from './refuse-command.ts';
import { type Said, withComment } from './said.ts';

/** A job that stands as CREATED may go on: to its approval, its date, or its queue (Ooyala Flex). */
export function confirmJob(job: Job, said: Said, facts: AdvanceFacts): Decision<null> {
  if (job.status !== 'CREATED' || endingOf(job) !== undefined) return refuseCommand(job, 'confirm');
  const candidate = { ...candidateOf(job), held: false };
  const change = admitFrom('confirm job', job, candidate, 'approval', facts, {
    actor: said.actor,
    why: withComment(`Confirmed by ${said.actor}`, said.comment),
  });
  return { ok: true, change, answer: null };
}
