import { describe, expect, it } from 'vitest';
import { familyName } from '../../../core/children/family-name.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { endOfFamily, lookAtFamily } from '../../../core/usecases/end-of-family.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { StoredFamily } from './stored-family.ts';

const CANCEL = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
const HOUR = 3_600_000;

describe('an execution of child-jobs that ended without a word', () => {
  it('and had not made all children abends the parent, which cancels those there are', async () => {
    const family = await StoredFamily.begun();
    const ref = family.input();
    expect(await endOfFamily(family.world.deps, ref, 'ABORTED')).toBe(true);
    expect(await family.parent.head()).toMatchObject({
      status: 'ABENDED',
      error: { message: expect.stringContaining('its children were not made: ABORTED') },
    });
    // The parent's own execution is alive: nobody waits for it any more.
    const stopped = family.world.executions.recorded.stopped.map(({ jobId }) => jobId);
    expect(new Set(stopped)).toEqual(new Set([family.parent.id]));
    expect(await family.parent.head()).not.toHaveProperty('children');
    expect(await endOfFamily(family.world.deps, ref, 'ABORTED')).toBe(false);
  });

  it('and had made all of them has nothing more to do', async () => {
    const family = await StoredFamily.made();
    expect(await endOfFamily(family.world.deps, family.input(), 'ABORTED')).toBe(false);
    expect(await family.parent.head()).toMatchObject({ status: 'CHILD_QUEUED' });
  });

  it('and whose last call makes all of them at this moment leaves the parent as it is', async () => {
    const family = await StoredFamily.begun();
    const { store, deps } = family.world;
    const commit = store.commit.bind(store);
    store.commit = async (change) => {
      store.commit = commit;
      await family.batches();
      return commit(change);
    };
    expect(await endOfFamily(deps, family.input(), 'ABORTED')).toBe(false);
    expect(await family.parent.head()).toMatchObject({ status: 'CHILD_QUEUED' });
    expect(await family.group()).toMatchObject({ created: 3 });
  });

  it('and whose group is closed is not missed', async () => {
    const family = await StoredFamily.begun();
    await cancelJob(family.world.deps, family.parent.id, CANCEL);
    expect(await endOfFamily(family.world.deps, family.input(), 'ABORTED')).toBe(false);
    expect(await family.parent.head()).toMatchObject({ status: 'CANCELING' });
  });

  it('and was to cancel children has that done here', async () => {
    const family = await StoredFamily.made();
    await cancelJob(family.world.deps, family.parent.id, CANCEL);
    expect(await endOfFamily(family.world.deps, family.input('cancel'), 'ABORTED')).toBe(false);
    expect(await family.group()).toMatchObject({ settled: 3, counts: { CANCELED_BEFORE_START: 3 } });
    expect(family.parent.told('parent')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
  });

  it('of a group that never was is nobody’s', async () => {
    const family = await StoredFamily.begun();
    expect(await endOfFamily(family.world.deps, { ...family.input(), try: 7 }, 'ABORTED')).toBe(false);
  });
});

describe('a look at the execution that works on children', () => {
  it('starts it where it is missing', async () => {
    const family = await StoredFamily.begun();
    const { families } = family.world.executions.recorded;
    const before = families.splice(0, families.length);
    expect(await lookAtFamily(family.world.deps, await family.group())).toBe(false);
    expect(families).toEqual(before);
  });

  it('leaves it alone while it runs', async () => {
    const family = await StoredFamily.begun();
    expect(await lookAtFamily(family.world.deps, await family.group())).toBe(false);
    expect(family.world.executions.recorded.families).toHaveLength(1);
    expect(await family.parent.head()).toMatchObject({ status: 'CHILD_QUEUED' });
  });

  it('abends the parent where it is dead', async () => {
    const family = await StoredFamily.begun();
    family.world.executions.ended.set(familyName(family.input()), 'FAILED');
    expect(await lookAtFamily(family.world.deps, await family.group())).toBe(true);
    expect(await family.parent.head()).toMatchObject({ status: 'ABENDED' });
  });

  it('does what it left, where it was to cancel', async () => {
    const family = await StoredFamily.made();
    await cancelJob(family.world.deps, family.parent.id, CANCEL);
    family.world.executions.ended.set(familyName(family.input('cancel')), 'TIMED_OUT');
    expect(await lookAtFamily(family.world.deps, await family.group())).toBe(false);
    expect(await family.group()).toMatchObject({ settled: 3 });
  });

  it('asks nobody where all children were made', async () => {
    const family = await StoredFamily.made();
    family.world.executions.ended.set(familyName(family.input()), 'SUCCEEDED');
    expect(await lookAtFamily(family.world.deps, await family.group())).toBe(false);
    expect(await family.parent.head()).toMatchObject({ status: 'CHILD_QUEUED' });
  });

  it('lets a parent go on whose children have all ended, where nobody told it', async () => {
    const family = await StoredFamily.made({ items: [1] });
    const { store, deps } = family.world;
    const commit = store.commit.bind(store);
    store.commit = async (change) => {
      if (change.transition === 'complete op' && change.job.id === family.parent.id)
        throw new Error('throttled');
      return commit(change);
    };
    await family.ends(0);
    store.commit = commit;
    expect(await family.parent.op(0)).toMatchObject({ status: 'running' });
    await lookAtFamily(deps, await family.group());
    expect(await family.parent.op(0)).toMatchObject({ status: 'success' });
    expect(family.parent.told('parent')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
  });

  it('belongs to the look at the parent', async () => {
    const family = await StoredFamily.begun();
    family.world.executions.ended.set(familyName(family.input()), 'ABORTED');
    family.world.surroundings.at += HOUR;
    await lookAtJob(family.world.deps, family.parent.id);
    expect(await family.parent.head()).toMatchObject({ status: 'ABENDED' });
  });
});
