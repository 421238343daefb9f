import { describe, expect, it } from 'vitest';
import { announceChild } from '../../../core/usecases/announce-child.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { countChild } from '../../../core/usecases/count-child.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { setQueue } from '../../../core/usecases/set-queue.ts';
import { regainSlot, settleGroup } from '../../../core/usecases/settle-group.ts';
import { recordingDeps } from './recording-deps.ts';
import { CHILD, StoredFamily } from './stored-family.ts';
import { StoredJob } from './stored-job.ts';

const CANCEL = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
const DEFAULT = { project: 'web', name: 'default' };
const MINUTE = 60_000;

describe('the end of a child', () => {
  it('is counted in its group, and its parent waits on', async () => {
    const family = await StoredFamily.made();
    await family.ends(0);
    await family.ends(1, 'Broken');
    expect(await family.group()).toMatchObject({
      settled: 2,
      unsuccessful: 1,
      counts: { COMPLETED_OK: 1, FAILED: 1 },
    });
    expect(await family.heads()).toMatchObject([{ owed: [] }, { owed: [] }, {}]);
    expect(await family.parent.head()).toMatchObject({
      status: 'CHILD_RUNNING',
      children: { op: 0, try: 1 },
    });
    expect(family.parent.told('parent')).toEqual([]);
  });

  it('is counted once, however often it is told', async () => {
    const family = await StoredFamily.made();
    await family.ends(0);
    const group = await family.group();
    const child = await (await family.child(0)).head();
    expect(await countChild(family.world.deps, child)).toEqual([]);
    expect(await countChild(family.world.deps, child)).toEqual([]);
    expect(await family.group()).toEqual(group);
  });

  it('is not counted before it has ended, nor of a job that is nobody’s child', async () => {
    const family = await StoredFamily.made();
    const group = await family.group();
    for (const child of await family.heads()) await countChild(family.world.deps, child);
    await countChild(family.world.deps, await family.parent.head());
    expect(await family.group()).toEqual(group);
  });

  it('that is the last answers the token of its parent’s op', async () => {
    const family = await StoredFamily.made();
    for (const position of [0, 1, 2]) await family.ends(position);
    expect(family.parent.told('parent')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
    expect(await family.parent.head()).toMatchObject({ status: 'RUNNING', opsRun: 1 });
    await family.parent.succeed(1);
    await family.parent.finish();
    expect(await family.parent.head()).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('is counted by the sweeper where its process died', async () => {
    const family = await StoredFamily.made({ items: [1] });
    const { store, deps, surroundings } = family.world;
    const count = store.countChild.bind(store);
    store.countChild = () => Promise.reject(new Error('throttled'));
    await family.ends(0);
    expect(family.world.owed).toEqual(['count']);
    expect(await (await family.child(0)).head()).toMatchObject({ owed: [{ kind: 'count' }] });
    store.countChild = count;
    surroundings.at += MINUTE;
    expect(await lookAtJob(deps, (await family.child(0)).id)).toMatchObject({ repaired: ['count'] });
    expect(await family.parent.op(0)).toMatchObject({ status: 'success' });
    expect(await (await family.child(0)).head()).toMatchObject({ owed: [] });
  });
});

describe('a child that does not succeed where none may', () => {
  it('has the others cancelled, and the op fails once they have ended', async () => {
    const family = await StoredFamily.made({ onChildFailure: 'cancelRest' });
    await family.ends(1, 'Broken');
    expect(await family.group()).toMatchObject({
      closed: { how: 'failed', error: { code: 'ChildrenFailed' } },
    });
    expect(family.input('cancel')).toMatchObject({ jobId: family.parent.id, try: 1 });
    await family.batches('cancel');
    expect(await family.statuses()).toEqual(['CANCELED_BEFORE_START', 'FAILED', 'CANCELED_BEFORE_START']);
    expect(await family.parent.op(0)).toMatchObject({
      status: 'tried',
      error: {
        code: 'ChildrenFailed',
        message: expect.stringContaining('3 children: 1 FAILED, 2 CANCELED_BEFORE_START'),
      },
    });
    await family.parent.handle(0, 'OpFailed', 'handle');
    expect(family.parent.told('handle')).toEqual([{ kind: 'success', output: { next: 'failed' } }]);
  });

  it('as the last of them leaves nobody to cancel', async () => {
    const family = await StoredFamily.made({ items: [1, 2], onChildFailure: 'cancelRest' });
    await family.ends(0);
    await family.ends(1, 'Broken');
    expect(await family.group()).not.toHaveProperty('closed');
    expect(family.world.executions.recorded.families).toHaveLength(1);
    expect(await family.parent.op(0)).toMatchObject({ status: 'tried', error: { code: 'ChildrenFailed' } });
  });

  it('closes the group once, though several fail', async () => {
    const family = await StoredFamily.made({ items: [1, 2, 3, 4], onChildFailure: 'cancelRest' });
    await family.ends(0, 'Broken');
    const { closed } = await family.group();
    family.world.surroundings.at += MINUTE;
    await family.ends(1, 'Broken');
    expect((await family.group()).closed).toEqual(closed);
    expect(family.world.executions.recorded.families.map(({ verb }) => verb)).toEqual(['run', 'cancel']);
  });

  it('cancels nobody where some may fail', async () => {
    const family = await StoredFamily.made({ tolerate: { count: 0 } });
    await family.ends(0, 'Broken');
    expect(await family.group()).not.toHaveProperty('closed');
  });
});

describe('a parent', () => {
  it('reads CHILD_RUNNING once the first of its children has started', async () => {
    const family = await StoredFamily.made();
    expect(await family.parent.head()).toMatchObject({ status: 'CHILD_QUEUED' });
    await (await family.child(1)).perform(0);
    expect(await family.parent.head()).toMatchObject({ status: 'CHILD_RUNNING' });
    const { version } = await family.parent.head();
    await (await family.child(0)).perform(0);
    expect(await family.parent.head()).toMatchObject({ version });
    const moves = family.world.store
      .journal(family.parent.id)
      .flatMap(({ to }) => (to === undefined ? [] : [to]));
    expect(moves.filter((to) => to === 'CHILD_RUNNING')).toHaveLength(1);
  });

  it('is not told of a child of another attempt, op or job', async () => {
    const family = await StoredFamily.made();
    const child = await (await family.child(0)).head();
    const { parent } = child;
    if (parent === undefined) throw new Error('it is a child');
    for (const other of [{ attempt: 2 }, { op: 1 }]) {
      expect(
        await announceChild(family.world.deps, { ...child, parent: { ...parent, ...other } }),
      ).toBeNull();
    }
    expect(await announceChild(family.world.deps, await family.parent.head())).toBeNull();
    expect(await family.parent.head()).toMatchObject({ status: 'CHILD_QUEUED' });
  });

  it('that cancels lets go of its op once all have ended', async () => {
    const family = await StoredFamily.made();
    await cancelJob(family.world.deps, family.parent.id, CANCEL);
    expect(family.parent.told('parent')).toEqual([]);
    await family.batches('cancel');
    expect(family.parent.told('parent')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
    await expect(family.parent.handle(0, 'Canceled')).rejects.toMatchObject({ name: 'Canceled' });
    await family.parent.recover('Canceled');
    await family.parent.finish('recovery');
    expect(await family.parent.head()).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', owed: [] });
  });

  it('that cancels before any was made goes on at once', async () => {
    const family = await StoredFamily.begun();
    await cancelJob(family.world.deps, family.parent.id, CANCEL);
    expect(family.parent.told('parent')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
    expect(family.world.executions.recorded.families.map(({ verb }) => verb)).toEqual(['run']);
  });

  it('stands in line for its slot behind its children, and goes on with the grant', async () => {
    const world = recordingDeps();
    await setQueue(world.deps, { project: 'web', name: 'children' }, { paused: false, draining: false });
    await setQueue(world.deps, DEFAULT, { paused: false, draining: false, maxRunning: 1 });
    const family = await StoredFamily.begun({ items: [1], job: { ...CHILD, queue: 'children' } }, {}, world);
    const other = await StoredJob.submitted([{ name: 'one' }], world);
    expect(await other.head()).toMatchObject({ waitReason: 'starting' });
    await family.batches();
    await family.ends(0);
    expect(await family.parent.head()).toMatchObject({ status: 'QUEUED', waitReason: 'regaining' });
    expect(await regainSlot(world.deps, family.parent.id)).toBeNull();
    expect(family.parent.told('parent')).toEqual([]);
    await other.succeed(0);
    await other.finish();
    expect(await family.parent.head()).toMatchObject({ status: 'RUNNING', holds: [{}] });
    expect(family.parent.told('parent')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
  });

  it('gives its slot to whoever is next as its children begin, who starts in the same call', async () => {
    const world = recordingDeps();
    await setQueue(world.deps, DEFAULT, { paused: false, draining: false, maxRunning: 1 });
    const all = { name: 'all', children: { items: [1], job: CHILD } };
    const parent = await StoredJob.submitted([all], world);
    const next = await StoredJob.submitted([{ name: 'one' }], world);
    expect(await next.head()).toMatchObject({ waitReason: 'slot' });
    await parent.perform(0);
    expect(await next.head()).toMatchObject({ waitReason: 'starting' });
  });

  it('does not go on twice for one group', async () => {
    const family = await StoredFamily.made({ items: [1] });
    await family.ends(0);
    const before = await family.parent.head();
    expect(await settleGroup(family.world.deps, await family.group())).toBeNull();
    expect(await family.parent.head()).toEqual(before);
  });
});
