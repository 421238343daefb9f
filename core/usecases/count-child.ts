import { closeChildren as decideClose } from '../children/close-children.ts';
import { type Group, type GroupRef, groupOfChild, isComplete, outcomeOfChild } from '../children/group.ts';
import { CHILDREN_FAILED } from '../children/outcome-of-children.ts';
import { regainSlot as decideRegain, settleChildren as decideSettle } from '../children/settle-children.ts';
import { type Change, changeOf } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import { isLive, isRegaining, isWaiting, type Job } from '../job/job.ts';
import type { JobError } from '../job/job-error.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import { needsOf } from '../job/needs.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { readLinesOf } from './read-facts.ts';
import { readJob } from './read-job.ts';

type Families = Pick<Deps, 'store' | 'surroundings'>;

/**
 * The end of a child counts in its group, once. Where none may fail, the first that does has the others
 * cancelled; the last one lets the parent go on.
 */
export async function countChild(deps: Families, job: Job): Promise<readonly Change[]> {
  const { parent } = job;
  if (parent === undefined || job.children !== undefined || isLive(job) || isWaiting(job)) return [];
  const ref = groupOfChild(parent);
  const open = await deps.store.readGroup(ref);
  if (open === null) return [];
  const outcome = outcomeOfChild(job, open.verb);
  const group = await deps.store.countChild(ref, parent.child, outcome);
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

/** No more children are made, and the others are cancelled. Null: the parent does not wait for them any more. */
export async function closeGroup(deps: Families, ref: GroupRef, error: JobError): Promise<Change | null> {
  const { change } = await changeJob(deps, async () => {
    const [job, group] = await Promise.all([deps.store.readJob(ref.jobId), deps.store.readGroup(ref)]);
    if (job === null || group === null || !isLive(job)) return { change: null };
    return { change: decideClose(job, ref, group, error, deps.surroundings.now()) };
  });
  return change;
}

/** The parent goes on, if all children of the group have ended. Null: nothing changes for it. */
export async function settleGroup(deps: Families, ref: GroupRef): Promise<Change | null> {
  const { change } = await changeJob(deps, async () => {
    const found = await readJob(deps, ref.jobId);
    const group = found === null ? null : await deps.store.readGroup(ref);
    if (found === null || group === null) return { change: null };
    const { job, spec } = found;
    const [op] = await deps.store.readSomeOps(job.id, ref.attempt, [ref.op]);
    const slot = 'slot' in job ? job.slot?.need : undefined;
    const needs = needsOf(spec).filter(({ index }) => index === slot);
    const lines = await readLinesOf(deps, needs);
    const now = deps.surroundings.now();
    return { change: decideSettle(job, op ?? null, group, { now, spec, lines }) };
  });
  return change;
}

/** A parent that was granted its slot again goes on. Null: it waits for none, or still stands in line. */
export async function regainSlot(deps: Families, jobId: JobId): Promise<Change | null> {
  const { change } = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found === null || !isRegaining(found.job)) return { change: null };
    const { job, spec } = found;
    const [op] = await deps.store.readSomeOps(job.id, job.attempt, [job.activeOp]);
    if (op?.status !== 'running') return { change: null };
    const ref = { jobId, attempt: job.attempt, op: op.index, try: op.try };
    const group = await deps.store.readGroup(ref);
    if (group === null) return { change: null };
    const now = deps.surroundings.now();
    return { change: decideRegain(job, op, group, { now, spec, lines: new Map() }) };
  });
  return change;
}

/** A parent reads CHILD_RUNNING once one of its children has started. */
export async function announceChild(deps: Families, { parent }: Job): Promise<Change | null> {
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
