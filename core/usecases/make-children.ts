import { newChildSpec } from '../children/child-spec.ts';
import {
  type ChildLink,
  type ChildOutcome,
  GROUP_SCHEMA_VERSION,
  type Group,
  type GroupRef,
  groupOfChild,
  isSameGroup,
} from '../children/group.ts';
import type { Refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { ChildOf, Job } from '../job/job.ts';
import { isSettledJob } from '../job/job.ts';
import type { JobError } from '../job/job-error.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import { leftToUndo, plannedOf } from '../job/plan.ts';
import { beginRollback } from '../job/roll-back-job.ts';
import { submitJob as decideSubmit } from '../job/submit-job.ts';
import { runOf } from '../op/op-index.ts';
import type { Json } from '../op/references.ts';
import type { Deps } from '../ports/deps.ts';
import type { FamilyRef, FamilyVerb } from '../ports/executions.ts';
import { cancelJob } from './cancel-job.ts';
import { carryOut, carryOutJob } from './carry-out.ts';
import { ContendedError, changeJob } from './change-job.ts';
import { closeGroup } from './close-group.ts';
import { whatFollows } from './count-child.ts';
import { readAdmissionFacts, readAdvanceFacts } from './read-facts.ts';
import { readJob } from './read-job.ts';
import { readOpWithInput } from './read-op-with-input.ts';
import { settleGroup } from './settle-group.ts';
import { batchesOf } from './start-family.ts';
import { checkSpec, submissionProblems } from './submit-job.ts';

/** One batch of the children of a group. */
export interface ChildrenBatch extends GroupRef {
  readonly verb: FamilyVerb;
  readonly from: number;
  readonly to: number;
}

/** A parent, its specification, and the group that its children are counted in. */
interface Family {
  readonly parent: Job;
  readonly spec: JobSpec;
  readonly group: Group;
}

/**
 * Makes, undoes or cancels one batch of children. Safe to repeat: each child is made once, whoever died in
 * between. Nothing is done where the group has been closed or is gone.
 */
export async function makeChildren(deps: Deps, batch: ChildrenBatch): Promise<void> {
  const found = await readJob(deps, batch.jobId);
  const group = found === null ? null : await deps.store.readGroup(batch);
  if (found === null || group === null) return;
  const family: Family = { parent: found.job, spec: found.spec, group };
  switch (batch.verb) {
    case 'run':
      if (group.closed === undefined) await runChildren(deps, family, batch);
      return goOn(deps, group);
    case 'undo':
      if (group.closed === undefined) await undoChildren(deps, family, batch);
      return goOn(deps, group);
    case 'cancel':
    case 'force':
      return cancelChildren(deps, family, batch);
  }
}

/** Every batch of a group's children is cancelled, one after the other; those that have ended stay. */
export async function cancelFamily(deps: Deps, group: Group, verb: 'cancel' | 'force'): Promise<void> {
  for (const batch of batchesOf(group.total)) await makeChildren(deps, { ...group, ...batch, verb });
}

/**
 * A batch has failed for good. Where children were being made or undone, those there are are cancelled, and
 * the op fails; where they were being cancelled, the others still are.
 */
export async function giveUpChildren(deps: Deps, ref: FamilyRef, why: string): Promise<void> {
  if (ref.verb === 'cancel' || ref.verb === 'force') {
    const group = await deps.store.readGroup(ref);
    if (group !== null) await cancelFamily(deps, group, ref.verb);
    return;
  }
  const error: JobError = { code: 'InternalError', message: `its children could not all be made: ${why}` };
  const closed = await closeGroup(deps, ref, error);
  if (closed !== null) await carryOut(deps, closed);
  const settled = await settleGroup(deps, ref);
  if (settled !== null) await carryOut(deps, settled);
}

async function runChildren(deps: Deps, family: Family, { from, to }: ChildrenBatch): Promise<void> {
  const { parent, spec, group } = family;
  const planned = plannedOf(parent, spec, group.op);
  const { input } = await readOpWithInput(deps, parent, spec, planned, group.op);
  const items = input.ok && Array.isArray(input.input) ? input.input : [];
  for (const child of await missing(deps, group, from, to)) {
    const item = items[child];
    const isOpen = item === undefined || (await runChild(deps, family, child, item));
    if (!isOpen) return;
  }
}

/** False: the group takes no more. */
async function runChild(deps: Deps, { parent, spec, group }: Family, child: number, item: Json) {
  const place = placeOf(parent, group, child);
  const childItem = { parent: place, item };
  const made = newChildSpec(spec, childItem);
  const problems = made.ok ? checkSpec(deps, made.spec) : null;
  if (!made.ok) return passOver(deps, linkOf(group, child), made);
  if (problems !== null) return passOver(deps, linkOf(group, child), errorOf(problems));
  const id = deps.surroundings.jobId();
  const link: ChildLink = { ...linkOf(group, child), id };
  const family = { childItem, root: parent.root, link };
  const submitter = { user: parent.owner, groups: parent.ownerGroups };
  const store = (lineUp: boolean) =>
    changeJob(
      deps,
      async () => {
        const facts = await readAdmissionFacts(deps, made.spec);
        const refused = submissionProblems(made.spec, facts);
        if (refused !== null) return { change: null, refused };
        return { change: decideSubmit(id, made.spec, submitter, { ...facts, family, lineUp }) };
      },
      // Its group was closed, or another call has made this child; a lost answer meets its own job.
      (conflict) =>
        conflict.kind === 'group' || (conflict.kind === 'version' && conflict.current?.id === id)
          ? { change: null, conflict }
          : null,
    );
  const stored = await store(true).catch((error: unknown) => {
    if (!(error instanceof ContendedError)) throw error;
    // What many ask for at once must not keep anybody from being made: the place in line is owed.
    return store(false);
  });
  if (stored.change !== null) {
    await carryOut(deps, stored.change);
    return true;
  }
  if ('conflict' in stored) {
    const { conflict } = stored;
    if (conflict.kind === 'version' && conflict.current !== null) await carryOutJob(deps, conflict.current);
    return isStillOpen(deps, group);
  }
  return passOver(deps, linkOf(group, child), errorOf(stored.refused));
}

function errorOf({ refusal: { code, detail } }: Refused): JobError {
  return { code, message: detail };
}

/** The item makes no valid job. */
function passOver(deps: Deps, link: ChildLink, { code, message }: JobError): Promise<boolean> {
  return pass(deps, { ...link, error: { code, message } }, 'FAILED_TO_START');
}

async function undoChildren(deps: Deps, family: Family, { from, to }: ChildrenBatch): Promise<void> {
  const { parent, spec, group } = family;
  const total = spec.ops.length;
  const of = runOf({ attempt: group.attempt, index: group.op }, total);
  const groups = await deps.store.listGroups(parent.id, { attempt: of.attempt, op: of.index });
  for (const position of await missing(deps, group, from, to)) {
    const link = await linkAt(deps, groups, position);
    const isOpen = await undoChild(deps, family, position, link?.id);
    if (!isOpen) return;
  }
}

/** The child at this position of all tries of the op, one after the other. */
async function linkAt(
  deps: Deps,
  groups: readonly Group[],
  position: number,
): Promise<ChildLink | undefined> {
  let before = 0;
  for (const group of groups) {
    const at = position - before;
    if (at < group.total) return (await deps.store.readChildren(group, at, at + 1))[0];
    before += group.total;
  }
  return undefined;
}

async function undoChild(
  deps: Deps,
  { parent, group }: Family,
  position: number,
  id: ChildLink['id'],
): Promise<boolean> {
  if (id === undefined) return pass(deps, linkOf(group, position), 'COMPLETED_OK');
  const link: ChildLink = { ...linkOf(group, position), id };
  const undone = await changeJob(
    deps,
    async () => {
      const found = await readJob(deps, id);
      if (found === null) return { change: null, status: 'COMPLETED_OK' as const };
      const { job, spec } = found;
      if (!isSettledJob(job)) {
        // Another call of the same batch has begun it; whoever else runs it, it cannot be undone now.
        if (job.parent !== undefined && isSameGroup(groupOfChild(job.parent), group)) {
          return { change: null, status: null };
        }
        throw new Error(`child ${id} is ${job.status} and cannot be undone`);
      }
      const ops = await deps.store.readOps(id, 'all');
      const left = leftToUndo(spec, ops).length;
      if (left === 0) return { change: null, status: job.status };
      const facts = await readAdvanceFacts(deps, job, spec, ops);
      const said = { actor: JOBPLANE, comment: `with its parent, job ${parent.id}` };
      const change = beginRollback(job, spec, left, said, facts, placeOf(parent, group, position));
      return { change: { ...change, child: link }, status: job.status };
    },
    (conflict) => (conflict.kind === 'group' ? { change: null, status: null } : null),
  );
  if (undone.change !== null) await carryOut(deps, undone.change);
  else if (undone.status !== null) return pass(deps, link, undone.status, false);
  return isStillOpen(deps, group);
}

async function cancelChildren(deps: Deps, { group }: Family, batch: ChildrenBatch): Promise<void> {
  const links = await deps.store.readChildren(group, batch.from, batch.to);
  const force = batch.verb === 'force';
  for (const { id, counted } of links) {
    if (id === undefined || counted !== undefined) continue;
    // One that has ended meanwhile refuses, and is not cancelled after its failure.
    const job = await deps.store.readJob(id);
    if (job === null || isSettledJob(job)) continue;
    const reason = `its parent, job ${batch.jobId}, ${force ? 'was ended by force' : 'cancels its children'}`;
    await cancelJob(deps, id, { actor: JOBPLANE, reason, onlyIfQueued: false, force, rollback: true });
  }
}

/** Positions that have no child yet. */
async function missing(deps: Deps, group: Group, from: number, to: number): Promise<readonly number[]> {
  const links = await deps.store.readChildren(group, from, to);
  const made = new Set(links.map(({ child }) => child));
  return Array.from({ length: to - from }, (_each, at) => from + at).filter((child) => !made.has(child));
}

async function isStillOpen(deps: Deps, ref: GroupRef): Promise<boolean> {
  const group = await deps.store.readGroup(ref);
  return group !== null && group.closed === undefined;
}

/** Notes a child that needs no job. False: the group takes no more. */
async function pass(
  deps: Deps,
  link: ChildLink,
  status: ChildOutcome['status'],
  unsuccessful = link.error !== undefined,
): Promise<boolean> {
  return (await deps.store.passChild(link, { status, unsuccessful })) === 'noted';
}

/**
 * Those that needed no job may have been the last, and have no head that owes their count: whoever does the
 * batch looks, and whoever does it again.
 */
async function goOn(deps: Deps, ref: GroupRef): Promise<void> {
  const group = await deps.store.readGroup(ref);
  if (group === null) return;
  for (const change of await whatFollows(deps, group)) await carryOut(deps, change);
}

function linkOf({ jobId, attempt, op, try: number }: GroupRef, child: number): ChildLink {
  return { schema: GROUP_SCHEMA_VERSION, jobId, attempt, op, try: number, child };
}

function placeOf(parent: Job, { attempt, op, try: number }: GroupRef, child: number): ChildOf {
  return { id: parent.id, attempt, op, try: number, child, depth: (parent.parent?.depth ?? 0) + 1 };
}
