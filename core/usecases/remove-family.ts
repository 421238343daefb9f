import type { Change } from '../job/change.ts';
import { isDeleted, markForDeletion } from '../job/delete-job.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { CHILDREN_OF_A_BATCH } from './start-family.ts';

/** How long one call removes children: its caller has 30 s, and the sweeper goes on with the rest. */
const REMOVE_MS = 10_000;

/** Does what a child still owes to others, before it is gone. */
type PayDebts = (child: Job) => Promise<readonly Change[]>;

/**
 * Removes everything of a job that is marked for deletion, its children first: its links to them are the only
 * way to find them. What does not fit a call stays owed. Returns the commits by which debts of children were paid.
 */
export async function removeFamily(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  job: Job,
  payDebts: PayDebts,
  until: Instant = deps.surroundings.now() + REMOVE_MS,
): Promise<readonly Change[]> {
  const paid: Change[] = [];
  for (const group of await deps.store.listGroups(job.id)) {
    // Those of a rollback are the same as those that it undoes.
    if (group.verb === 'undo') continue;
    for (let from = 0; from < group.total; from += CHILDREN_OF_A_BATCH) {
      const links = await deps.store.readChildren(group, from, from + CHILDREN_OF_A_BATCH);
      const children = await Promise.all(
        links.map(async ({ id }) => (id === undefined ? null : deps.store.readJob(id))),
      );
      for (const child of children) {
        if (child === null) continue;
        if (deps.surroundings.now() > until) return paid;
        const going = await marked(deps, child.id);
        if (going === null) continue;
        paid.push(...(await payDebts(going)), ...(await removeFamily(deps, going, payDebts, until)));
      }
    }
  }
  if (deps.surroundings.now() <= until) await deps.store.removeJob(job);
  return paid;
}

/** The child is gone to every caller. Null: somebody else has removed it. */
async function marked(deps: Pick<Deps, 'store' | 'surroundings'>, id: JobId): Promise<Job | null> {
  const { job } = await changeJob(deps, async () => {
    const current = await deps.store.readJob(id);
    if (current === null || isDeleted(current)) return { change: null, job: current };
    const change = markForDeletion(current, JOBPLANE, deps.surroundings.now());
    return { change, job: change.job };
  });
  return job;
}
