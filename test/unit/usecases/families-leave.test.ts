import { describe, expect, it } from 'vitest';
import type { Job } from '../../../core/job/job.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { deleteJob } from '../../../core/usecases/delete-job.ts';
import { fencesWithin } from '../../../core/usecases/fences-within.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { makeChildren } from '../../../core/usecases/make-children.ts';
import { removeFamily } from '../../../core/usecases/remove-family.ts';
import { dyingAfter, type RecordingDeps, recordingDeps } from './recording-deps.ts';
import { CHILD, StoredFamily } from './stored-family.ts';
import { StoredJob } from './stored-job.ts';

const MINUTE = 60_000;
const FORCE = { actor: 'ada', onlyIfQueued: false, force: true, rollback: true };
const NESTED = { name: 'child', ops: [{ name: 'deep', children: { items: [1, 2], job: CHILD } }] };

/** Two children of a root, each with two of their own; all of them have ended. */
async function threeGenerations() {
  const family = await StoredFamily.made({ items: [1, 2], job: NESTED });
  for (const child of await family.children()) {
    await child.perform(0);
    await makeNewest(family.world);
    const grandchildren = family.world.store.heads().filter(({ parent }) => parent?.id === child.id);
    for (const { id } of grandchildren) {
      const grandchild = await StoredJob.stored(family.world, id);
      await grandchild.succeed(0);
      await grandchild.finish();
    }
    await child.finish();
  }
  await family.parent.succeed(1);
  await family.parent.finish();
  return family;
}

async function makeNewest({ deps, executions }: RecordingDeps): Promise<void> {
  const newest = executions.recorded.families.at(-1);
  if (newest === undefined) throw new Error('no children were begun');
  for (const batch of newest.batches) await makeChildren(deps, { ...newest, ...batch });
}

describe('a root that is deleted', () => {
  it('takes all of its descendants with it', async () => {
    const { world, parent } = await threeGenerations();
    expect(world.store.heads()).toHaveLength(7);
    const ids = world.store.heads().map(({ id }) => id);
    expect(await deleteJob(world.deps, parent.id, 'ada')).toEqual({ ok: true });
    expect(world.store.heads()).toEqual([]);
    for (const id of ids) expect(await world.store.listGroups(id)).toEqual([]);
  });

  it('is gone to callers, with its children, while not all of them are removed', async () => {
    const { world, parent } = await threeGenerations();
    const remove = world.store.removeJob.bind(world.store);
    let left = 3;
    world.store.removeJob = async (job: Job) => {
      left -= 1;
      if (left < 0) throw new Error('throttled');
      return remove(job);
    };
    await deleteJob(world.deps, parent.id, 'ada');
    expect(world.owed).toEqual(['delete']);
    expect(world.store.heads().length).toBe(4);
    world.store.removeJob = remove;
    world.surroundings.at += MINUTE;
    expect(await lookAtJob(world.deps, parent.id)).toMatchObject({ repaired: ['delete'] });
    expect(world.store.heads()).toEqual([]);
  });

  it('stops when its time is over, and goes on where it stopped', async () => {
    const { world, parent } = await threeGenerations();
    const { surroundings, store } = world;
    await deleteMarked(world, parent);
    const remove = store.removeJob.bind(store);
    store.removeJob = async (job: Job) => {
      surroundings.at += 4_000;
      return remove(job);
    };
    await removeFamily(world.deps, await parent.head(), async () => []);
    expect(store.heads().length).toBe(4);
    expect(await store.readJob(parent.id)).not.toBeNull();
    await removeFamily(world.deps, await parent.head(), async () => []);
    expect(store.heads().length).toBe(1);
    await removeFamily(world.deps, await parent.head(), async () => []);
    expect(store.heads()).toEqual([]);
  });

  it('has its children give back first what they hold, where whoever ended them died over it', async () => {
    const locks = [{ name: 'a' }, { name: 'b' }];
    const { world, parent, child } = await loneChild({ ...CHILD, locks });
    const waiter = await StoredJob.submitted([{ name: 'one' }], world, { locks: [{ name: 'b' }] });
    expect(await waiter.head()).toMatchObject({ status: 'WAITING_LOCK' });
    await dyingAfter(3, world, () => cancelJob(world.deps, child.id, FORCE));
    expect(await child.head()).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', holds: [{}] });
    await parent.handle(0, 'OpFailed');
    await parent.recover();
    await parent.finish('recovery');

    await deleteJob(world.deps, parent.id, 'ada');
    expect(world.store.heads().map(({ id }) => id)).toEqual([waiter.id]);
    expect(await waiter.head()).toMatchObject({ waitReason: 'starting', holds: [{}] });
  });

  it('cannot be while its children live, and a child not at all', async () => {
    const family = await StoredFamily.made();
    await family.ends(0);
    const { deps } = family.world;
    expect(await deleteJob(deps, (await family.child(0)).id, 'ada')).toMatchObject({
      ok: false,
      refusal: { code: 'ChildOfParent' },
    });
    expect(await deleteJob(deps, family.parent.id, 'ada')).toMatchObject({
      ok: false,
      refusal: { code: 'CommandRefused' },
    });
  });
});

/** A root and its only child, which is at work. */
async function loneChild(job: object) {
  const family = await StoredFamily.made({ items: [1], job });
  const child = await family.child(0);
  await child.perform(0);
  return { world: family.world, parent: family.parent, child };
}

/** The root is marked, and nothing is removed yet. */
async function deleteMarked({ deps, store }: RecordingDeps, { id }: StoredJob): Promise<void> {
  const remove = store.removeJob.bind(store);
  store.removeJob = () => Promise.reject(new Error('throttled'));
  await deleteJob(deps, id, 'ada');
  store.removeJob = remove;
}

describe('what fences a child’s work', () => {
  const job = { ...NESTED, locks: [{ name: 'b' }, { name: 'a' }] };

  it('is the fence of every lock that it holds, or that an ancestor holds for it', async () => {
    const family = await StoredFamily.made({ items: [1], job }, {}, recordingDeps(), {
      locks: [{ name: 'a' }],
    });
    const child = await family.child(0);
    await child.perform(0);
    await makeNewest(family.world);
    const newest = family.world.store.heads().at(-1);
    if (newest === undefined) throw new Error('no grandchild was made');
    const grandchild = await StoredJob.stored(family.world, newest.id);
    await grandchild.perform(0);
    const fencesOf = async (one: StoredJob) => fencesWithin(family.world.deps, await one.head(), one.spec);
    expect(await fencesOf(family.parent)).toEqual({ a: 1 });
    expect(await fencesOf(child)).toEqual({ a: 1, b: 1 });
    expect(await fencesOf(grandchild)).toEqual({ a: 1, b: 1 });
    const [call] = family.world.actions.dispatched;
    expect(call).toMatchObject({ call: { jobId: grandchild.id, fences: { a: 1, b: 1 } } });
  });

  it('is its own alone, where its ancestors hold nothing', async () => {
    const family = await StoredFamily.made({ items: [1], job: { ...CHILD, locks: [{ name: 'b' }] } });
    const child = await family.child(0);
    expect(await fencesWithin(family.world.deps, await child.head(), child.spec)).toEqual({ b: 1 });
  });
});
