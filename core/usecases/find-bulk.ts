import { type Bulk, filterOfBulk } from '../contract/api/bulk.ts';
import type { Job } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';
import { pageOfJobs } from './list-jobs.ts';

/** Jobs that a dry run counts: little less than one page of a listing may read anyway. */
const COUNTED = 1_000;

/** What a bulk would act on if it began now. */
export async function findBulk(
  deps: Pick<Deps, 'store'>,
  project: string,
  bulk: Bulk,
): Promise<{ readonly jobs: readonly Job[]; readonly more: boolean }> {
  const { jobs, place } = await pageOfJobs(deps, project, filterOfBulk(bulk), { limit: COUNTED });
  return { jobs, more: place !== undefined };
}
