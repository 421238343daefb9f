import { isGroupOf } from '../children/close-children.ts';
import { type Group, isComplete } from '../children/group.ts';
import { abendJob } from '../job/abend-job.ts';
import { isLive } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';
import type { FamilyRef } from '../ports/executions.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { cancelFamily } from './make-children.ts';
import { readEndFacts } from './read-facts.ts';
import { readJob } from './read-job.ts';
import { readOpsOf } from './read-ops.ts';
import { settleGroup } from './settle-group.ts';
import { startFamily } from './start-family.ts';

/**
 * An execution that made, undid or cancelled children has ended without telling us. If not all children were
 * made, nobody else will: the parent is ABENDED. Children that were to be cancelled are cancelled here. True
 * if the parent was settled by this call.
 */
export async function endOfFamily(deps: Deps, ref: FamilyRef, how: string): Promise<boolean> {
  const group = await deps.store.readGroup(ref);
  if (group === null || isComplete(group)) return false;
  if (ref.verb === 'cancel' || ref.verb === 'force') {
    await cancelFamily(deps, group, ref.verb);
    return false;
  }
  return abendParent(deps, ref, how);
}

/** Whether the execution that works on a group's children is alive; true if its death settled the parent. */
export async function lookAtFamily(deps: Deps, group: Group): Promise<boolean> {
  if (isComplete(group)) {
    const settled = await settleGroup(deps, group);
    if (settled !== null) await carryOut(deps, settled);
    return false;
  }
  const { closed } = group;
  const verb = closed === undefined ? group.verb : closed.how === 'forced' ? 'force' : 'cancel';
  if (closed === undefined && group.created === group.total) return false;
  const found = await deps.executions.describeFamily({ ...group, verb });
  if (found.kind === 'missing') await startFamily(deps, group, verb);
  return found.kind === 'closed' && (await endOfFamily(deps, { ...group, verb }, found.how));
}

async function abendParent(deps: Deps, ref: FamilyRef, how: string): Promise<boolean> {
  const { change } = await changeJob(deps, async () => {
    const found = await readJob(deps, ref.jobId);
    if (found === null || !isLive(found.job) || !isGroupOf(found.job, ref)) return { change: null };
    const { job, spec } = found;
    const ops = await readOpsOf(deps, job);
    const facts = await readEndFacts(deps, job, spec);
    if (facts.group === undefined || !lacksChildren(facts.group)) return { change: null };
    const serves = { attempt: job.attempt, group: job.segment.group, number: job.segment.number };
    return {
      change: abendJob(job, ops, { ...serves, how: `its children were not made: ${how}`, stop: true }, facts),
    };
  });
  if (change !== null) await carryOut(deps, change);
  return change !== null;
}

function lacksChildren({ closed, created, total }: Group): boolean {
  return closed === undefined && created < total;
}
