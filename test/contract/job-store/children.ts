import { expect, it } from 'vitest';
import { type ChildItem, childSpec } from '../../../core/children/child-spec.ts';
import {
  type ChildOutcome,
  type Group,
  type GroupRef,
  groupSemaphore,
  newGroup,
} from '../../../core/children/group.ts';
import type { JobSpec, OpSpec } from '../../../core/contract/job-spec.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import { DUE_SHARDS } from '../../../core/ports/job-store.ts';
import {
  CLOSED,
  childSubmission,
  closingForWant,
  closingOf,
  commitAtLast,
  GROUP,
  joining,
  linkOf,
  opening,
  parentOf,
  ROOT_SPEC,
} from '../family-steps.ts';
import {
  commit,
  deletion,
  jobId,
  plainSpec,
  RECEIVED_AT,
  start,
  submission,
  wholeJob,
} from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';
import { changed, commitUsed, holdOf, LOCK, noteWith, used, waitOf, wholeLine } from '../line-steps.ts';

const ID = GROUP.jobId;
const CHILDREN = 25;
const RACERS = 10;
const MAKERS = 5;
const OK: ChildOutcome = { status: 'COMPLETED_OK', unsuccessful: false };
const FAILED: ChildOutcome = { status: 'FAILED', unsuccessful: true };
const GROUP_CONFLICT = { ok: false, conflict: { kind: 'group', ref: GROUP } };

/** Not the group of these tests, in one respect only. */
const OTHER_GROUPS: readonly (readonly [string, GroupRef])[] = [
  ['another job', { ...GROUP, jobId: jobId(2) }],
  ['another attempt', { ...GROUP, attempt: 2 }],
  ['another op', { ...GROUP, op: 1 }],
  ['another try', { ...GROUP, try: 2 }],
];

export function keepingChildren(open: OpenStore): void {
  it('opens a group with a change of its parent, once', async () => {
    const store = await open();
    expect(await store.readGroup(GROUP)).toBeNull();
    const parent = await parentOf(store, 3);
    expect(await store.readGroup(GROUP)).toEqual(newGroup(GROUP, 'run', 3));
    expect(await store.commit(opening(parent, newGroup(GROUP, 'undo', 4)))).toEqual(GROUP_CONFLICT);
    expect(await store.readGroup(GROUP)).toEqual(newGroup(GROUP, 'run', 3));
    expect(await store.readJob(ID)).toEqual(parent);
  });

  it.each(OTHER_GROUPS)('tells a group from that of %s', async (_what, other) => {
    const store = await open();
    await parentOf(store, 1);
    expect(await store.readGroup(other)).toBeNull();
    expect(await store.commit(joining({ ...linkOf(0), ...other }))).toEqual({
      ok: false,
      conflict: { kind: 'group', ref: other },
    });
    expect(await store.readChildren(other, 0, 9)).toEqual([]);
  });

  it('closes an open group once, and says why for good', async () => {
    const store = await open();
    const parent = await parentOf(store, 3);
    const error = { code: 'Bad', message: '\u{1F600}'.slice(0, 1), op: 0, detail: { tries: [1e300, null] } };
    const closed = { how: 'failed', at: RECEIVED_AT, error } as const;
    const later = await commit(store, closingOf(parent, GROUP, closed));
    expect(await store.readGroup(GROUP)).toEqual({ ...newGroup(GROUP, 'run', 3), closed });
    expect(await store.commit(closingOf(later))).toEqual(GROUP_CONFLICT);
    expect(await store.readGroup(GROUP)).toMatchObject({ closed });
    expect(await store.readJob(ID)).toEqual(later);
  });

  it('closes a group for want of children while it lacks some', async () => {
    const store = await open();
    const parent = await parentOf(store, 2);
    await commit(store, joining(linkOf(0)));
    const later = await commit(store, closingForWant(parent));
    expect(await store.readGroup(GROUP)).toEqual({
      ...newGroup(GROUP, 'run', 2),
      created: 1,
      closed: CLOSED,
    });
    expect(await store.commit(closingForWant(later))).toEqual(GROUP_CONFLICT);
  });

  it('closes no group for want of children that has all of them', async () => {
    const store = await open();
    const parent = await parentOf(store, 1);
    await commit(store, joining(linkOf(0)));
    expect(await store.commit(closingForWant(parent))).toEqual(GROUP_CONFLICT);
    expect(await store.readGroup(GROUP)).toEqual({ ...newGroup(GROUP, 'run', 1), created: 1 });
    expect(await store.readJob(ID)).toEqual(parent);
  });

  it('closes no group that is not there', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    expect(await store.commit(closingOf(job))).toEqual(GROUP_CONFLICT);
    expect(await store.readGroup(GROUP)).toBeNull();
  });

  it('notes a child with its submission, or with why there is none', async () => {
    const store = await open();
    const parent = await parentOf(store, 2);
    const { id: _none, ...unmade } = linkOf(1, {
      error: { code: 'ItemMissing', message: 'no', detail: null },
    });
    await commit(store, joining(linkOf(0)));
    await commit(store, noteWith(parent, { child: unmade }));
    expect(await store.readChildren(GROUP, 0, 2)).toEqual([linkOf(0), unmade]);
    expect(await store.readGroup(GROUP)).toEqual({ ...newGroup(GROUP, 'run', 2), created: 2 });
  });

  it('takes a child at its place once, and writes nothing of the second', async () => {
    const store = await open();
    await parentOf(store, 2);
    await commit(store, joining(linkOf(0)));
    const again = { ...submission(jobId(9)), child: linkOf(0, { id: jobId(9) }) };
    expect(await store.commit(again)).toEqual(GROUP_CONFLICT);
    expect(await store.readJob(jobId(9))).toBeNull();
    expect(await store.readSpec(jobId(9))).toBeNull();
    expect(await store.readChildren(GROUP, 0, 2)).toEqual([linkOf(0)]);
    expect(await store.readGroup(GROUP)).toMatchObject({ created: 1 });
  });

  it('takes no child into a closed group', async () => {
    const store = await open();
    await commit(store, closingOf(await parentOf(store, 2)));
    expect(await store.commit(joining(linkOf(0)))).toEqual(GROUP_CONFLICT);
    expect(await store.readJob(jobId(100))).toBeNull();
    expect(await store.readChildren(GROUP, 0, 2)).toEqual([]);
    expect(await store.readGroup(GROUP)).toMatchObject({ created: 0 });
  });

  it('names of several in the way the job, then the group, then the op', async () => {
    const store = await open();
    const parent = await parentOf(store, 1);
    const ops = (await start(store, ID, 0)).ops.map(({ op }) => ({ before: 1, op }));
    const semaphores = [changed(used(LOCK).semaphore)];
    const group = { kind: 'open', group: newGroup(GROUP, 'run', 1) } as const;
    const conflictOf = async (parts: Parameters<typeof noteWith>[1]) => {
      const answer = await store.commit(noteWith(parent, { ops, semaphores, ...parts }));
      return answer.ok ? null : answer.conflict;
    };
    expect(await conflictOf({ before: 7, group })).toEqual({ kind: 'version', current: parent });
    expect(await conflictOf({ group })).toEqual({ kind: 'group', ref: GROUP });
    expect(await conflictOf({})).toEqual({ kind: 'op', current: null });
  });

  it('counts the end of a child once, whatever it is said to be later', async () => {
    const store = await open();
    await parentOf(store, 3);
    await commit(store, joining(linkOf(0)));
    await commit(store, joining(linkOf(1)));
    const first = counted(3, 2, [OK]);
    expect(await store.countChild(GROUP, 0, OK)).toEqual(first);
    expect(await store.countChild(GROUP, 0, OK)).toEqual(first);
    expect(await store.countChild(GROUP, 0, FAILED)).toEqual(first);
    expect(await store.readChildren(GROUP, 0, 1)).toEqual([linkOf(0, { counted: 'COMPLETED_OK' })]);
    const both = counted(3, 2, [OK, FAILED]);
    expect(await store.countChild(GROUP, 1, FAILED)).toEqual(both);
    expect(await store.readGroup(GROUP)).toEqual(both);
  });

  it('counts by how children ended, and apart from it those that did not succeed', async () => {
    const store = await open();
    await parentOf(store, 3);
    const undone: ChildOutcome = { status: 'FAILED', unsuccessful: false };
    for (const [child, outcome] of [FAILED, undone, FAILED].entries()) {
      await commit(store, joining(linkOf(child)));
      await store.countChild(GROUP, child, outcome);
    }
    expect(await store.readGroup(GROUP)).toMatchObject({
      settled: 3,
      unsuccessful: 2,
      counts: { FAILED: 3 },
    });
  });

  it('counts in a closed group too', async () => {
    const store = await open();
    const parent = await parentOf(store, 3);
    await commit(store, joining(linkOf(0)));
    await commit(store, closingOf(parent));
    const expected = { ...counted(3, 1, [FAILED]), closed: CLOSED };
    expect(await store.countChild(GROUP, 0, FAILED)).toEqual(expected);
  });

  it('counts no child that it does not have', async () => {
    const store = await open();
    await parentOf(store, 3);
    await commit(store, joining(linkOf(0)));
    expect(await store.countChild(GROUP, 1, OK)).toBeNull();
    for (const [, other] of OTHER_GROUPS) expect(await store.countChild(other, 0, OK)).toBeNull();
    expect(await store.readChildren(GROUP, 0, 9)).toEqual([linkOf(0)]);
    expect(await store.readGroup(GROUP)).toMatchObject({ created: 1, settled: 0 });
  });

  it('passes over a child once: it is made and has ended in one', async () => {
    const store = await open();
    await parentOf(store, 3);
    const { id: _none, ...unmade } = linkOf(2, { error: { code: 'ItemMissing', message: 'no' } });
    expect(await store.passChild(unmade, FAILED)).toBe('noted');
    expect(await store.passChild(unmade, FAILED)).toBe('noted');
    expect(await store.readChildren(GROUP, 0, 9)).toEqual([{ ...unmade, counted: 'FAILED' }]);
    expect(await store.readGroup(GROUP)).toEqual(counted(3, 1, [FAILED]));
    expect(await store.countChild(GROUP, 2, OK)).toEqual(counted(3, 1, [FAILED]));
  });

  it('does not pass over a child that was made', async () => {
    const store = await open();
    await parentOf(store, 3);
    await commit(store, joining(linkOf(0)));
    expect(await store.passChild(linkOf(0), FAILED)).toBe('noted');
    expect(await store.readChildren(GROUP, 0, 9)).toEqual([linkOf(0)]);
    expect(await store.readGroup(GROUP)).toMatchObject({ created: 1, settled: 0 });
  });

  it('passes over none in a group that is closed or gone, but knows those before', async () => {
    const store = await open();
    const parent = await parentOf(store, 3);
    await store.passChild(linkOf(0), OK);
    await commit(store, closingOf(parent));
    expect(await store.passChild(linkOf(0), OK)).toBe('noted');
    expect(await store.passChild(linkOf(1), OK)).toBe('closed');
    for (const [, other] of OTHER_GROUPS) {
      expect(await store.passChild({ ...linkOf(1), ...other }, OK)).toBe('closed');
      expect(await store.readChildren(other, 0, 9)).toEqual([]);
    }
    expect(await store.readChildren(GROUP, 0, 9)).toEqual([linkOf(0, { counted: 'COMPLETED_OK' })]);
    expect(await store.readGroup(GROUP)).toEqual({ ...counted(3, 1, [OK]), closed: CLOSED });
  });

  it('counts every child exactly once, when all of them end at once', async () => {
    const store = await open();
    await parentOf(store, CHILDREN);
    const children = Array.from({ length: CHILDREN }, (_, child) => child);
    for (const child of children) await commit(store, joining(linkOf(child)));
    const answers = await Promise.all(
      children.map((child) => store.countChild(GROUP, child, child % 5 === 0 ? FAILED : OK)),
    );
    const ended = children.map((child) => (child % 5 === 0 ? FAILED : OK));
    expect(await store.readGroup(GROUP)).toEqual(counted(CHILDREN, CHILDREN, ended));
    // Whoever counted last sees it: nobody is left who could settle the parent otherwise.
    expect(Math.max(...answers.map((group) => group?.settled ?? 0))).toBe(CHILDREN);
  });

  it('counts a child once that several count at once, or pass over', async () => {
    const store = await open();
    await parentOf(store, 2);
    await commit(store, joining(linkOf(0)));
    await Promise.all(
      Array.from({ length: RACERS }, (_, n) => [
        store.countChild(GROUP, 0, n % 2 === 0 ? OK : FAILED),
        store.passChild(linkOf(1), n % 2 === 0 ? OK : FAILED),
      ]).flat(),
    );
    const group = await store.readGroup(GROUP);
    const links = await store.readChildren(GROUP, 0, 2);
    const ended = links.map((link) => (link.counted === 'FAILED' ? FAILED : OK));
    expect(ended).toHaveLength(2);
    expect(group).toEqual(counted(2, 2, ended));
  });

  it('has as many children as it counts, and none after it is closed, whatever happens at once', async () => {
    const store = await open();
    const parent = await parentOf(store, CHILDREN);
    // Each of them one child after the other, so that some come before the close and some behind it.
    const makers = Array.from({ length: MAKERS }, async (_, maker) => {
      const made: number[] = [];
      for (let child = maker; child < CHILDREN; child += MAKERS) {
        if (await commitAtLast(store, joining(linkOf(child)))) made.push(child);
      }
      return made;
    });
    expect(await commitAtLast(store, closingOf(parent))).toBe(true);
    const closed = await store.readGroup(GROUP);
    const places = (await Promise.all(makers)).flat().sort((one, other) => one - other);
    const joined = places.map((child) => linkOf(child));
    expect(joined.length).toBeLessThan(CHILDREN);
    expect(closed?.created).toBe(joined.length);
    expect(await store.readGroup(GROUP)).toEqual(closed);
    expect(await store.readChildren(GROUP, 0, CHILDREN)).toEqual(joined);
    const jobs = await Promise.all(joined.map(({ child }) => store.readJob(jobId(100 + child))));
    expect(jobs.every((job) => job !== null)).toBe(true);
  });

  it('reads the children from a place up to another, those that there are', async () => {
    const store = await open();
    const other = { ...GROUP, try: 2 };
    await commit(store, opening(await parentOf(store, 20), newGroup(other, 'run', 20)));
    for (const child of [10, 2, 9, 0]) await store.passChild(linkOf(child), OK);
    await store.passChild(linkOf(1, other), OK);
    const places = async (from: number, to: number, ref = GROUP) =>
      (await store.readChildren(ref, from, to)).map(({ child }) => child);
    expect(await places(0, 20)).toEqual([0, 2, 9, 10]);
    expect(await places(1, 10)).toEqual([2, 9]);
    expect(await places(2, 3)).toEqual([2]);
    expect(await places(3, 9)).toEqual([]);
    expect(await places(2, 2)).toEqual([]);
    expect(await places(9, 2)).toEqual([]);
    expect(await places(-5, LIMITS.children * 100)).toEqual([0, 2, 9, 10]);
    expect(await places(LIMITS.children * 100, LIMITS.children * 200)).toEqual([]);
    expect(await places(0, 20, other)).toEqual([1]);
  });

  it('lists the groups of a job by attempt, op and try, however much they hold', async () => {
    const store = await open();
    let job = await commit(store, submission(ID));
    await parentOf(store, 1, { ...GROUP, jobId: jobId(2) });
    // More than one answer of DynamoDB holds, which is 1 MB.
    const error = { code: 'Bad', message: 'no', detail: 'x'.repeat(250_000) };
    const places = [
      [2, 0, 1],
      [1, 10, 1],
      [1, 2, 10],
      [1, 2, 2],
      [10, 0, 1],
      [1, 0, 1],
    ] as const;
    const groups = places.map(([attempt, op, number]): Group => {
      const group = newGroup({ jobId: ID, attempt, op, try: number }, 'run', op);
      return { ...group, closed: { how: 'failed', at: RECEIVED_AT, error } };
    });
    for (const group of groups) job = await commit(store, opening(job, group));
    const listed = await store.listGroups(ID);
    expect(listed.map(({ attempt, op, try: number }) => [attempt, op, number])).toEqual([
      [1, 0, 1],
      [1, 2, 2],
      [1, 2, 10],
      [1, 10, 1],
      [2, 0, 1],
      [10, 0, 1],
    ]);
    expect(listed[0]).toEqual(groups[5]);
    const ofOne = await store.listGroups(ID, { attempt: 1, op: 2 });
    expect(ofOne).toEqual([groups[3], groups[2]]);
    expect(await store.listGroups(ID, { attempt: 1, op: 1 })).toEqual([]);
    expect(await store.listGroups(jobId(3))).toEqual([]);
  });

  it('makes a child’s specification of its item and those above it', async () => {
    const store = await open();
    const { child, grandchild, child2 } = FAMILY;
    await commit(store, submission(ID, { spec: ROOT_SPEC }));
    const childsSpec = specOf(ROOT_SPEC, child);
    await commit(store, childSubmission(ROOT_SPEC, 2, child));
    await commit(store, childSubmission(childsSpec, 3, grandchild));
    await commit(store, childSubmission(childsSpec, 4, child2));
    expect(await store.readSpec(ID)).toEqual(ROOT_SPEC);
    expect(await store.readSpec(jobId(2))).toEqual(childsSpec);
    expect(childsSpec).toMatchObject({ name: 'docs', retention: 'P7D' });
    const [first, second] = await Promise.all([store.readSpec(jobId(3)), store.readSpec(jobId(4))]);
    expect(first).toEqual(specOf(childsSpec, grandchild));
    expect(first).toMatchObject({ name: 'page', project: 'web', ops: [{ input: { site: 'docs/a' } }] });
    expect(second).toMatchObject({ ops: [{ input: { site: null } }] });
    expect(Object.keys(first?.family?.inherited ?? {})).toHaveLength(1);
  });

  it('has no specification of a child whose family is gone', async () => {
    const store = await open();
    await wholeJob(store, ID, plainSpec());
    await commit(store, childSubmission(ROOT_SPEC, 2, FAMILY.child));
    await commit(store, childSubmission(specOf(ROOT_SPEC, FAMILY.child), 3, FAMILY.grandchild));
    await store.removeJob(await commit(store, await deletion(store, ID)));
    expect(await store.readSpec(jobId(2))).toBeNull();
    expect(await store.readSpec(jobId(3))).toBeNull();
    expect(await store.readJob(jobId(3))).not.toBeNull();
  });

  it('throws where a stored item makes no specification, and names the job', async () => {
    const store = await open();
    // Its op has no children.
    await commit(store, submission(ID));
    await commit(store, childSubmission(ROOT_SPEC, 2, FAMILY.child));
    await expect(store.readSpec(jobId(2))).rejects.toThrow(`the stored item of job ${jobId(2)}`);
  });

  it('stores items that only JSON can hold, and null', async () => {
    const store = await open();
    const spec = { ...ROOT_SPEC, ops: ROOT_SPEC.ops.map(takingItems) };
    await commit(store, submission(ID, { spec }));
    const odd = {
      huge: 1e300,
      deep: JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`),
      '': [''],
      half: '\uD800',
    };
    for (const [position, item] of [odd, null].entries()) {
      const childItem = { parent: { ...FAMILY.child.parent, child: position }, item };
      await commit(store, childSubmission(spec, 2 + position, childItem));
      expect(await store.readSpec(jobId(2 + position))).toMatchObject({ ops: [{ input: { item } }] });
    }
  });

  it('keeps in a head whose child the job is, and which children it has', async () => {
    const store = await open();
    const parent = await parentOf(store, 1);
    const job = {
      ...noteWith(parent, {}).job,
      parent: { ...FAMILY.child.parent, id: jobId(7) },
      children: { op: 0, try: 1 },
      holds: [
        { need: 1, fence: 2, rank: RECEIVED_AT },
        { need: 2, fence: 3 },
      ],
    };
    await commit(store, noteWith(parent, { job }));
    expect(await store.readJob(ID)).toEqual(job);
  });

  it('finds a group’s semaphore where it owes a grant, and lists it nowhere', async () => {
    const store = await open();
    const key = groupSemaphore('web', GROUP);
    const semaphore = await commitUsed(store, used(key, [holdOf(1)], [waitOf(2)], { dueAt: RECEIVED_AT }));
    expect(await wholeLine(store, key)).toEqual({ semaphore, holds: [holdOf(1)], waits: [waitOf(2)] });
    expect(await store.listSemaphores('web', 'group', { limit: 10 })).toEqual({ semaphores: [] });
    const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => shard);
    const due = await Promise.all(shards.map((shard) => store.listDueSemaphores(shard, RECEIVED_AT, 10)));
    expect(due.flat()).toEqual([key]);
  });

  it('removes with a job its groups, their children’s places and their semaphores, and no child', async () => {
    const store = await open();
    await wholeJob(store, ID);
    const second = { ...GROUP, op: 1, try: 3 };
    const others = [GROUP, second].map((ref) => groupSemaphore('web', ref));
    const kept = groupSemaphore('web', { ...GROUP, jobId: jobId(2) });
    for (const key of [...others, kept]) await commitUsed(store, used(key, [holdOf(3)], [waitOf(4)]));
    let job = await store.readJob(ID);
    for (const ref of [GROUP, second]) {
      if (job === null) throw new Error('the job is there');
      job = await commit(store, opening(job, newGroup(ref, 'run', CHILDREN)));
    }
    for (let child = 0; child < CHILDREN; child += 1) await store.passChild(linkOf(child, second), OK);
    await commit(store, joining(linkOf(0)));
    await store.removeJob(await commit(store, await deletion(store, ID)));
    expect(await store.listGroups(ID)).toEqual([]);
    expect(await store.readGroup(GROUP)).toBeNull();
    expect(await store.readChildren(second, 0, CHILDREN)).toEqual([]);
    for (const key of others) {
      expect(await wholeLine(store, key)).toEqual({ semaphore: null, holds: [], waits: [] });
    }
    expect((await wholeLine(store, kept)).holds).toHaveLength(1);
    expect(await store.readJob(jobId(100))).not.toBeNull();
    expect(await store.countChild(GROUP, 0, OK)).toBeNull();
  });
}

const FAMILY = {
  child: {
    parent: { id: ID, attempt: 1, op: 0, try: 1, child: 0, depth: 1 },
    item: { name: 'docs', pages: [{ site: 'docs/a' }, { site: null }] },
  },
  grandchild: {
    parent: { id: jobId(2), attempt: 1, op: 0, try: 1, child: 0, depth: 2 },
    item: { site: 'docs/a' },
  },
  child2: {
    parent: { id: jobId(2), attempt: 1, op: 0, try: 1, child: 1, depth: 2 },
    item: { site: null },
  },
};

/** The group of so many children in all and so many that were made, of which these have ended. */
function counted(total: number, created: number, ended: readonly ChildOutcome[]): Group {
  const counts: Group['counts'] = {};
  for (const { status } of ended) counts[status] = (counts[status] ?? 0) + 1;
  const unsuccessful = ended.filter((outcome) => outcome.unsuccessful).length;
  return { ...newGroup(GROUP, 'run', total), created, settled: ended.length, unsuccessful, counts };
}

function specOf(parentSpec: JobSpec, childItem: ChildItem): JobSpec {
  const made = childSpec(parentSpec, childItem);
  if (!made.ok) throw new Error(made.message);
  return made.spec;
}

/** An op whose children do nothing but take their item. */
function takingItems(op: OpSpec): OpSpec {
  if (op.children === undefined) return op;
  const ops = plainSpec().ops.map((each) => ({ ...each, input: { item: { $item: '' } } }));
  return { ...op, children: { ...op.children, job: { ...op.children.job, name: 'any', ops } } };
}
