import type { JobSpec } from '../contract/job-spec.ts';
import { fencesOf } from '../job/fences-of.ts';
import type { Job } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';

type Fences = Readonly<Record<string, number>>;

/** Fences of the locks that a job holds, and of those that its ancestors hold for it. */
export async function fencesWithin(deps: Pick<Deps, 'store'>, job: Job, spec: JobSpec): Promise<Fences> {
  const own = fencesOf(job, spec);
  const isInFamily = job.parent !== undefined && Object.keys(spec.family?.inherited ?? {}).length > 0;
  if (job.parent === undefined || !isInFamily) return own;
  const { id } = job.parent;
  const [parent, parentSpec] = await Promise.all([deps.store.readJob(id), deps.store.readSpec(id)]);
  if (parent === null || parentSpec === null) return own;
  return { ...(await fencesWithin(deps, parent, parentSpec)), ...own };
}
