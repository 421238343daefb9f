import { advanceJob as decideAdvance } from '../job/advance-job.ts';
import type { Change } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import { isRegaining, isWaiting } from '../job/job.ts';
import { windUp as decideWindUp } from '../job/wind-up.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { readAdvanceFacts, readEndFacts } from './read-facts.ts';
import { readJob } from './read-job.ts';
import { regainSlot } from './settle-group.ts';

/** Lets admission decide again about a job that waits. Null: nothing changed for it. */
export async function advanceJob(
  deps: Pick<Deps, 'store' | 'surroundings' | 'liveness'>,
  jobId: JobId,
): Promise<Change | null> {
  const { change, regains } = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found !== null && isRegaining(found.job)) return { change: null, regains: true };
    if (found === null || !isWaiting(found.job)) return { change: null, regains: false };
    const facts = await readAdvanceFacts(deps, found.job, found.spec);
    return { change: decideAdvance(found.job, facts), regains: false };
  });
  return regains ? regainSlot(deps, jobId) : change;
}

/** The next transaction of a job that gives back what it holds. Null: nothing is left of that. */
export async function windUp(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  jobId: JobId,
): Promise<Change | null> {
  const { change } = await changeJob(deps, async () => {
    // A job that is being deleted gives back what it holds before that.
    const [job, spec] = await Promise.all([deps.store.readJob(jobId), deps.store.readSpec(jobId)]);
    if (job === null || spec === null) return { change: null };
    return { change: decideWindUp(job, await readEndFacts(deps, job, spec)) };
  });
  return change;
}
