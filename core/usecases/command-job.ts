import { type Refused, refused } from '../contract/error-codes.ts';
import type { AdvanceFacts } from '../job/advance-job.ts';
import type { Change, Decision } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readAdvanceFacts } from './read-facts.ts';
import { readJob } from './read-job.ts';

export type Commanded<Answer> = { readonly ok: true; readonly answer: Answer; readonly job: Job } | Refused;

/**
 * Gives a waiting job a command: it is decided on the job as it is and on everything that it needs,
 * committed, and what follows is carried out.
 *
 * @returns the job as it is then, which is more than its own commit where it could go on at once
 */
export async function commandJob<Answer>(
  deps: Deps,
  jobId: JobId,
  decide: (job: Job, facts: AdvanceFacts) => Decision<Answer> | Promise<Decision<Answer>>,
): Promise<Commanded<Answer>> {
  const decided = await changeJob(
    deps,
    async (): Promise<Commanded<Answer> & { readonly change: Change | null }> => {
      const found = await readJob(deps, jobId);
      if (found === null) return { ...refused('JobNotFound', `There is no job ${jobId}.`), change: null };
      const facts = await readAdvanceFacts(deps, found.job, found.spec);
      const decision = await decide(found.job, facts);
      if (!decision.ok) return { ...decision, change: null };
      return { ...decision, job: decision.change?.job ?? found.job };
    },
  );
  if (!decided.ok) return { ok: false, refusal: decided.refusal };
  const { answer, change, job } = decided;
  if (change === null) return { ok: true, answer, job };
  await carryOut(deps, change);
  return { ok: true, answer, job: (await deps.store.readJob(jobId)) ?? job };
}
