import { closeChildren as decideClose } from '../children/close-children.ts';
import type { GroupRef } from '../children/group.ts';
import type { Change } from '../job/change.ts';
import { isLive } from '../job/job.ts';
import type { JobError } from '../job/job-error.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';

/** No more children are made, and the others are cancelled. Null: the parent does not wait for them any more. */
export async function closeGroup(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  ref: GroupRef,
  error: JobError,
): Promise<Change | null> {
  const { change } = await changeJob(deps, async () => {
    const [job, group] = await Promise.all([deps.store.readJob(ref.jobId), deps.store.readGroup(ref)]);
    if (job === null || group === null || !isLive(job)) return { change: null };
    return { change: decideClose(job, ref, group, error, deps.surroundings.now()) };
  });
  return change;
}
