import { type Refused, refused } from '../contract/error-codes.ts';
import type { Change } from '../job/change.ts';
import { deleteJob as decideDelete } from '../job/delete-job.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Deps } from '../ports/deps.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readJob } from './read-job.ts';

type Decided = { readonly ok: true; readonly change: Change | null } | (Refused & { readonly change: null });

/** Deletes a settled job: gone to every caller with the commit, its items right after it. */
export async function deleteJob(
  deps: Deps,
  jobId: JobId,
  actor: string,
): Promise<{ readonly ok: true } | Refused> {
  const decided = await changeJob(deps, async (): Promise<Decided> => {
    const found = await readJob(deps, jobId);
    if (found === null) return { ...refused('JobNotFound', `There is no job ${jobId}.`), change: null };
    const decision = decideDelete(found.job, actor, deps.surroundings.now());
    return decision.ok ? { ok: true, change: decision.change } : { ...decision, change: null };
  });
  if (!decided.ok) return { ok: false, refusal: decided.refusal };
  if (decided.change !== null) await carryOut(deps, decided.change);
  return { ok: true };
}
