import type { GroupRef } from '../children/group.ts';
import { regainSlot as decideRegain, settleChildren as decideSettle } from '../children/settle-children.ts';
import type { Change } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import { isRegaining } from '../job/job.ts';
import { needsOf } from '../job/needs.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { readLinesOf } from './read-facts.ts';
import { readJob } from './read-job.ts';

type Families = Pick<Deps, 'store' | 'surroundings'>;

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
