import { isDeepStrictEqual } from 'node:util';
import {
  type ChildLink,
  type ChildOutcome,
  type Group,
  type GroupRef,
  groupOfChild,
} from '../../../core/children/group.ts';
import type { Change } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { isRegaining, type Job, type ParentJob } from '../../../core/job/job.ts';
import { isSettled, type Status } from '../../../core/job/status.ts';
import type { Op } from '../../../core/op/op.ts';
import { textOfKey } from '../../../core/semaphore/semaphore.ts';
import type { CommittedChange } from './commit-checks.ts';
import { isAllMade, type KnownChild, type KnownGroup, nameOfGroup, storedGroup } from './family-ledger.ts';
import { familyOutcome } from './family-outcome.ts';
import { inputSeen } from './input-checks.ts';
import type { Ledger } from './ledger.ts';
import { nameOfRun, Runs, undoneBy } from './runs.ts';
import { hold } from './violation.ts';

const CHILDREN = 'children';

/** What must hold of a change of a parent or a child, before it is in the ledger. */
export function checkFamily(ledger: Ledger, committed: CommittedChange): void {
  const { change } = committed;
  checkOpens(ledger, committed);
  checkJoins(ledger, change);
  checkCloses(ledger, committed);
  checkOpEnds(ledger, committed);
  checkKeeps(ledger, change);
  checkAsks(ledger, change);
  checkRegains(committed);
  checkUndone(ledger, committed);
}

/** What must hold of a parent once its change is in the ledger. */
export function checkParent(ledger: Ledger, { job, transition, group: write }: Change): void {
  const words = `after '${transition}' job ${job.id}, ${job.status}`;
  const waits = isWaitingForChildren(job);
  hold('slotless', !waits || job.children !== undefined, () => `${words}, waits for no children`);
  if (waits || isRegaining(job)) {
    const needs = ledger.get(job.id)?.needs ?? [];
    const slot = job.holds.find(({ need }) => needs[need]?.kind === 'slot');
    const isGranted = isRegaining(job) && job.place === undefined;
    hold('slotless', slot === undefined || isGranted, () => `${words}, holds its slot`);
  }
  if (job.children === undefined) return;
  const group = ledger.families.get({ jobId: job.id, attempt: job.attempt, ...job.children });
  hold('awaitsChildren', group !== undefined, () => `${words}, waits for children that there are not`);
  const isOver = job.status === 'CANCELING' || isSettled(job.status);
  hold('familyEnds', !isOver || group?.closed !== undefined, () => `${words}, and its children go on`);
  if (write?.kind !== 'close') return;
  const cascades = job.owed.some(
    (effect) => effect.kind === 'cascade' && (effect.force === true) === (write.closed.how === 'forced'),
  );
  hold('familyEnds', cascades, () => `${words}, closes its group, and nobody cancels its children`);
}

function isWaitingForChildren(job: Job): job is ParentJob {
  return job.status === 'CHILD_QUEUED' || job.status === 'CHILD_RUNNING';
}

/** The group of an op is there with the try, for as many children as it has items; or as there are to undo. */
function checkOpens(ledger: Ledger, { change, before, spec }: CommittedChange): void {
  const { job, group: write } = change;
  const opened = write?.kind === 'open' ? write.group : undefined;
  const started = change.ops.find(
    ({ op }) =>
      op.action === CHILDREN && op.status === 'running' && op.try !== before?.ops.get(nameOfRun(op))?.try,
  );
  const words = () =>
    `'${change.transition}' of job ${job.id} opens ${opened === undefined ? 'no group' : nameOfGroup(opened)} of ${opened?.total}`;
  if (started === undefined) {
    hold('madeOnce', opened === undefined, words);
    return;
  }
  const { op } = started;
  const ref = { jobId: job.id, attempt: job.attempt, op: op.index, try: op.try };
  const undone = undoneBy(op, spec.ops.length);
  const expected =
    undone === undefined
      ? itemsOf(ledger, job.id, op, spec.ops[op.index]?.children?.items ?? [])
      : [...ledger.families.of(job.id)]
          .filter(({ ref: of }) => of.attempt === undone.attempt && of.op === undone.index)
          .reduce((sum, { total }) => sum + total, 0);
  hold('madeOnce', (opened?.total ?? 0) === expected, () => `${words()}, and not of ${expected}`);
  if (opened === undefined) return;
  hold('madeOnce', isDeepStrictEqual(plain(storedGroup(emptyGroup(ref, opened))), plain(opened)), words);
  hold('madeOnce', ledger.families.get(ref) === undefined, () => `${words()}, which there is`);
}

function emptyGroup(ref: GroupRef, { verb, total }: Group): KnownGroup {
  return { ref, verb, total, children: new Map(), closed: undefined, lastCounted: undefined, movedAt: 0 };
}

/** How many items there are; none where there is no list. */
function itemsOf(ledger: Ledger, jobId: JobId, op: Op, declared: Parameters<typeof inputSeen>[3]): number {
  const items = inputSeen(ledger, jobId, op, declared);
  return items.ok && Array.isArray(items.input) ? items.input.length : 0;
}

/** A job becomes the child of an open group, at a place that nobody has. */
function checkJoins(ledger: Ledger, { job, child, transition }: Change): void {
  if (child === undefined) return;
  const group = ledger.families.get(child);
  const words = () => `'${transition}' makes job ${job.id} child ${child.child} of ${nameOfGroup(child)}`;
  const isOwn =
    child.id === job.id &&
    job.parent?.child === child.child &&
    nameOfGroup(groupOfChild(job.parent)) === nameOfGroup(child);
  hold('madeOnce', isOwn, words);
  hold('madeOnce', transition === (group?.verb === 'undo' ? 'roll back job' : 'submit job'), words);
  hold(
    'closedMakesNone',
    group !== undefined && group.closed === undefined,
    () => `${words()}, which is closed`,
  );
  if (group === undefined) return;
  hold(
    'madeOnce',
    child.child < group.total && !group.children.has(child.child),
    () => `${words()}, which there is`,
  );
}

const CLOSES: Partial<Record<Change['transition'], NonNullable<Group['closed']>['how']>> = {
  'cancel job': 'canceled',
  'abend job': 'canceled',
  'await children': 'canceled',
  'force end': 'forced',
  'close children': 'failed',
};

function checkCloses(ledger: Ledger, { change, before }: CommittedChange): void {
  const { job, group: write, transition } = change;
  if (transition === 'start children') {
    const group = before && awaitedBy(ledger, before.head);
    const hasStarted = [...(group?.children.values() ?? [])].some(
      ({ link }) => link.id !== undefined && ledger.get(link.id)?.head.startedAt !== undefined,
    );
    hold('awaitsChildren', hasStarted, () => `job ${job.id} is ${job.status}, and no child has started`);
  }
  if (write?.kind !== 'close') return;
  const words = () => `'${transition}' closes ${nameOfGroup(write.ref)}, ${write.closed.how}`;
  const awaited = before && awaitedBy(ledger, before.head);
  hold(
    'closedMakesNone',
    awaited !== undefined && nameOfGroup(awaited.ref) === nameOfGroup(write.ref),
    words,
  );
  hold('closedMakesNone', awaited?.closed === undefined && write.closed.how === CLOSES[transition], words);
}

/** An op ends only after all the children that it will ever have, and as they did. */
function checkOpEnds(ledger: Ledger, { change, before, spec }: CommittedChange): void {
  for (const { op } of change.ops) {
    const known = before?.ops.get(nameOfRun(op));
    if (op.action !== CHILDREN || known?.status !== 'running' || op.status === 'running') continue;
    const group = ledger.families.get({ jobId: op.jobId, attempt: op.attempt, op: op.index, try: known.try });
    if (group === undefined) continue;
    const words = () => `'${change.transition}' ends op ${op.index} of job ${op.jobId} as ${op.status}`;
    const left = [...group.children.values()].filter((child) => !hasEnded(ledger, group, child));
    hold('awaitsChildren', isAllMade(group) && left.length === 0, () => {
      return `${words()}, and ${left.map(({ link }) => link.id).join(', ') || 'others'} have not`;
    });
    if (op.status !== 'success' && op.status !== 'tried') continue;
    const outOfTime = known.outOfTime?.error;
    const expected =
      outOfTime !== undefined || group.closed !== undefined
        ? 'fails'
        : familyOutcome(
            endsOf(ledger, group),
            group.verb === 'undo' ? undefined : spec.ops[op.index]?.children,
          );
    const found = op.status === 'tried' ? 'fails' : op.tolerated === true ? 'tolerated' : 'ok';
    hold('familyOutcome', found === expected, () => {
      return `${words()}, ${found}, and should be ${expected}: ${JSON.stringify(storedGroup(group).counts)}`;
    });
    const isOfClock = op.status === 'tried' && op.error.code === outOfTime?.code && op.byClock === true;
    hold('familyOutcome', outOfTime === undefined || isOfClock, () => `${words()}, and it was out of time`);
  }
}

/** 3, of families: what a parent holds is given back only after its children, and theirs. */
function checkKeeps(ledger: Ledger, { job, semaphores, transition }: Change): void {
  for (const { semaphore, deleteHolds } of semaphores) {
    if (!deleteHolds.some(({ jobId }) => jobId === job.id) || transition === 'release by force') continue;
    const isLent = semaphore.kind === 'slot' && transition === 'start op';
    const living = isLent ? undefined : livingBelow(ledger, job.id);
    hold('holdsForChildren', living === undefined, () => {
      return `'${transition}' of job ${job.id} gives ${textOfKey(semaphore)} back, and job ${living} below it lives`;
    });
  }
}

/** A child asks for nothing that is held above it, and for nothing that comes before that. */
function checkAsks(ledger: Ledger, { job, semaphores, transition }: Change): void {
  if (job.parent === undefined) return;
  for (const { semaphore, putHolds, putWaits } of semaphores) {
    if (![...putHolds, ...putWaits].some(({ jobId }) => jobId === job.id)) continue;
    const name = textOfKey(semaphore);
    const words = () => `'${transition}' of job ${job.id} asks for ${name}`;
    if (semaphore.kind === 'group') {
      const { concurrency } = ledger.get(job.parent.id)?.spec.ops[job.parent.op]?.children ?? {};
      hold(
        'capacity',
        semaphore.capacity === concurrency,
        () => `${words()}, which is ${semaphore.capacity} wide`,
      );
    }
    if (semaphore.kind !== 'lock' && semaphore.kind !== 'resource') continue;
    for (const { head, needs } of ledger.ancestors(job)) {
      const held = head.holds.flatMap(({ need }) => needs[need] ?? []);
      const above = held.find(
        (need) => (need.kind === 'lock' || need.kind === 'resource') && need.name >= name,
      );
      hold(
        'inherits',
        above === undefined,
        () => `${words()}, and job ${head.id} above holds ${above?.name}`,
      );
    }
  }
}

/** A parent goes on only with the slot that it had. */
function checkRegains({ change, before }: CommittedChange): void {
  const head = before?.head;
  if (head === undefined || !('slot' in head) || head.slot === undefined) return;
  const { job } = change;
  if (isWaitingForChildren(job) || isRegaining(job)) {
    hold('slotless', isDeepStrictEqual(job.slot, head.slot), () => `'${change.transition}' forgets its slot`);
    return;
  }
  const { need } = head.slot;
  const isBack = job.holds.some((held) => held.need === need);
  hold('slotless', isBack || job.status !== 'RUNNING', () => {
    return `'${change.transition}' makes job ${job.id} ${job.status} without its slot`;
  });
}

/** Where everything is said to be undone, nothing is left of any child. */
function checkUndone(ledger: Ledger, { change, before, attempt }: CommittedChange): void {
  const { job } = change;
  if (
    !isSettled(job.status) ||
    before === undefined ||
    isSettled(before.head.status) ||
    job.rollback !== 'ok'
  )
    return;
  for (const group of ledger.families.of(job.id)) {
    const isMeant =
      attempt.kind === 'rollback' ? group.ref.attempt < job.attempt : group.ref.attempt === job.attempt;
    if (group.verb === 'undo' || !isMeant) continue;
    for (const { link } of group.children.values()) {
      const left = link.id === undefined ? 0 : leftOf(ledger, link.id);
      hold(
        'undone',
        left === 0,
        () => `job ${job.id} is undone, and ${left} ops of its child ${link.id} are not`,
      );
    }
  }
}

/** Its end is told to its group as it is, and only once nothing below it lives. */
export function checkCount(ledger: Ledger, ref: GroupRef, position: number, outcome: ChildOutcome): void {
  const group = ledger.families.get(ref);
  const child = group?.children.get(position);
  if (group === undefined || child === undefined || child.counted !== undefined) return;
  const known = child.link.id === undefined ? undefined : ledger.get(child.link.id);
  const words = () =>
    `child ${position} of ${nameOfGroup(ref)} counts as ${JSON.stringify(outcome)}, and is ${known?.head.status}`;
  hold('madeOnce', known !== undefined && isOf(group, known.head) && isSettled(known.head.status), words);
  if (known === undefined) return;
  const { status } = known.head;
  hold('madeOnce', outcome.status === status || status === 'CANCELED_AFTER_FAILURE', words);
  hold('madeOnce', outcome.unsuccessful === isUnsuccessful(group, known.head), words);
  const living = livingBelow(ledger, known.head.id);
  hold('awaitsChildren', living === undefined, () => `${words()}, and job ${living} below it lives`);
}

/** A child is passed over only if its item makes none, or nothing of it is left to undo. */
export function checkPass(ledger: Ledger, group: KnownGroup, link: ChildLink): void {
  const words = () => `child ${link.child} of ${nameOfGroup(link)} is passed over`;
  hold('closedMakesNone', group.closed === undefined, () => `${words()}, and its group is closed`);
  hold('madeOnce', (group.verb === 'run') === (link.error !== undefined) && link.child < group.total, words);
  const left = link.id === undefined ? 0 : leftOf(ledger, link.id);
  hold('undone', left === 0, () => `${words()}, and ${left} ops of it are left to undo`);
}

/** The counters are what the children are. */
export function checkStoredGroup(ledger: Ledger, ref: GroupRef, stored: Group | null): void {
  const known = ledger.families.get(ref);
  const expected = known === undefined ? null : storedGroup(known);
  hold('countedOnce', isDeepStrictEqual(plain(stored), plain(expected)), () => {
    return `${nameOfGroup(ref)} is stored as ${JSON.stringify(stored)}, and is ${JSON.stringify(expected)}`;
  });
}

/** A job below this one that has not ended. */
function livingBelow(ledger: Ledger, id: JobId): JobId | undefined {
  for (const group of ledger.families.of(id)) {
    for (const child of group.children.values()) {
      const { link } = child;
      if (link.id === undefined) continue;
      if (!hasEnded(ledger, group, child)) return link.id;
      const below = livingBelow(ledger, link.id);
      if (below !== undefined) return below;
    }
  }
  return undefined;
}

/** Whether what the child was made for is over; it may be undone since. */
export function hasEnded(ledger: Ledger, group: KnownGroup, { link, counted }: KnownChild): boolean {
  const known = link.id === undefined ? undefined : ledger.get(link.id);
  if (known === undefined || known.removed || counted !== undefined) return true;
  return isSettled(known.head.status) || !isOf(group, known.head);
}

function isOf({ ref }: KnownGroup, { parent }: Job): boolean {
  return parent !== undefined && nameOfGroup(groupOfChild(parent)) === nameOfGroup(ref);
}

/** How the children of a group ended, by what they are. */
function endsOf(ledger: Ledger, group: KnownGroup): readonly Pick<ChildOutcome, 'unsuccessful'>[] {
  return [...group.children.values()].map(({ link, counted }) => {
    const head = link.id === undefined ? undefined : ledger.get(link.id)?.head;
    if (head !== undefined && isOf(group, head)) return { unsuccessful: isUnsuccessful(group, head) };
    return { unsuccessful: counted?.unsuccessful === true };
  });
}

const COMPLETED: ReadonlySet<Status> = new Set(['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS']);

function isUnsuccessful({ verb }: KnownGroup, { status, rollback }: Job): boolean {
  return verb === 'undo' ? rollback === 'needed' || rollback === 'failed' : !COMPLETED.has(status);
}

function leftOf(ledger: Ledger, id: JobId): number {
  const known = ledger.get(id);
  if (known === undefined || known.removed) return 0;
  return new Runs(known.spec, known.ops, known.head.attempt).leftToUndo().length;
}

function awaitedBy(ledger: Ledger, { id: jobId, attempt, children }: Job): KnownGroup | undefined {
  return children && ledger.families.get({ jobId, attempt, ...children });
}

/** Without what is undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
