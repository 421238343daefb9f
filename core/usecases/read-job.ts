import type { JobSpec } from '../contract/job-spec.ts';
import { isDeleted } from '../job/delete-job.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';

/** A job with its specification; null if there is none, or none any more. */
export async function readJob(
  deps: Pick<Deps, 'store'>,
  id: JobId,
): Promise<{ readonly job: Job; readonly spec: JobSpec } | null> {
  const [job, spec] = await Promise.all([deps.store.readJob(id), deps.store.readSpec(id)]);
  return job === null || spec === null || isDeleted(job) ? null : { job, spec };
}
