import type { Refused } from '../contract/error-codes.ts';
import type { Deps } from '../ports/deps.ts';
import { quotaMinute, refusedSubmission, refusedWaiting } from '../quota/quotas.ts';

/**
 * Null: the project may submit one more job, which is counted by that. What has been let in is not asked
 * again: children, and attempts of a job that runs again.
 */
export async function refusedByQuota(
  { store, surroundings, quotas }: Pick<Deps, 'store' | 'surroundings' | 'quotas'>,
  project: string,
): Promise<Refused | null> {
  const waiting = await store.countWaiting(project, quotas.waitingJobs);
  const refusal = refusedWaiting(project, waiting, quotas);
  const limit = quotas.submissionsPerMinute;
  if (refusal !== null || limit === undefined) return refusal;
  const now = surroundings.now();
  const isCounted = await store.countSubmission(project, quotaMinute(now), limit);
  return isCounted ? null : refusedSubmission(project, limit, now);
}
