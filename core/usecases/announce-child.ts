import { type Change, changeOf } from '../job/change.ts';
import type { Job } from '../job/job.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';

/** A parent reads CHILD_RUNNING once one of its children has started. */
export async function announceChild(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  { parent }: Job,
): Promise<Change | null> {
  if (parent === undefined) return null;
  const { change } = await changeJob(deps, async () => {
    const job = await deps.store.readJob(parent.id);
    const isCurrent = job?.attempt === parent.attempt && job.children?.op === parent.op;
    if (job?.status !== 'CHILD_QUEUED' || !isCurrent) return { change: null };
    const next: Job = { ...job, status: 'CHILD_RUNNING' };
    const message = 'The first of its children has started';
    return {
      change: changeOf('start children', job, next, deps.surroundings.now(), {
        actor: JOBPLANE,
        entries: [{ kind: 'status', from: job.status, to: next.status, message }],
      }),
    };
  });
  return change;
}
