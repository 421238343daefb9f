import { type Group, groupOfChild, isComplete, outcomeOfChild } from '../children/group.ts';
import { CHILDREN_FAILED } from '../children/outcome-of-children.ts';
import type { Change } from '../job/change.ts';
import { isSettledJob, type Job } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';
import { closeGroup } from './close-group.ts';
import { settleGroup } from './settle-group.ts';

type Families = Pick<Deps, 'store' | 'surroundings'>;

/**
 * The end of a child counts in its group, once. Where none may fail, the first that does has the others
 * cancelled; the last one lets the parent go on.
 */
export async function countChild(deps: Families, job: Job): Promise<readonly Change[]> {
  const { parent } = job;
  if (parent === undefined || job.children !== undefined || !isSettledJob(job)) return [];
  const group = await deps.store.countChild(groupOfChild(parent), parent.child, outcomeOfChild(job));
  return group === null ? [] : whatFollows(deps, group);
}

/** What a group's counters have come to lets happen. */
export async function whatFollows(deps: Families, group: Group): Promise<readonly Change[]> {
  const closed = await closeAfterFailure(deps, group);
  const settled = isComplete(group) ? await settleGroup(deps, group) : null;
  return [closed, settled].filter((change) => change !== null);
}

async function closeAfterFailure(deps: Families, group: Group): Promise<Change | null> {
  if (group.unsuccessful === 0 || group.closed !== undefined || isComplete(group)) return null;
  const spec = await deps.store.readSpec(group.jobId);
  const op = spec?.ops[group.op];
  if (group.verb === 'undo' || op?.children?.onChildFailure !== 'cancelRest') return null;
  const message = 'a child did not succeed, and the others were cancelled for it';
  return closeGroup(deps, group, { code: CHILDREN_FAILED, message });
}
