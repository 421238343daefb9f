import { answerTrap as decideAnswer, type TrapCommand } from '../job/answer-trap.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Deps } from '../ports/deps.ts';
import { type Commanded, commandLiveJob } from './command-live-job.ts';

/** Answers a trap. An answer that the job does not take is refused, and in the journal all the same. */
export async function answerTrap(deps: Deps, jobId: JobId, command: TrapCommand): Promise<Commanded<null>> {
  const answered = await commandLiveJob(deps, jobId, (job, spec, ops) =>
    decideAnswer(job, spec, ops, command, deps.surroundings.now()),
  );
  if (!answered.ok) return answered;
  const { answer, job } = answered;
  return answer.kind === 'refused' ? { ok: false, refusal: answer.refusal } : { ok: true, answer: null, job };
}
