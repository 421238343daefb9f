import { describe, expect, it } from 'vitest';
import { TASK_CONTRACT } from '../../../core/contract/tasks.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { giveUpChildren, makeChildren } from '../../../core/usecases/make-children.ts';
import { setQueue } from '../../../core/usecases/set-queue.ts';
import { failing } from '../../support/job-run.ts';
import { recordingDeps } from './recording-deps.ts';
import { CHILD, StoredFamily, UNDONE } from './stored-family.ts';
import { StoredJob } from './stored-job.ts';

const CANCEL = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
const FORCE = { ...CANCEL, force: true };
const NAMED = { name: { $item: 'name' }, ops: [{ name: 'step', action: 'build', input: { $item: '' } }] };

describe('a batch of children', () => {
  it('is started with the op, of positions and not of items, 25 at most', async () => {
    const items = Array.from({ length: 60 }, (_, index) => ({ name: `site-${index}` }));
    const family = await StoredFamily.begun({ items });
    const { id } = family.parent;
    expect(family.world.executions.recorded.families).toEqual([
      {
        contract: TASK_CONTRACT,
        jobId: id,
        attempt: 1,
        op: 0,
        try: 1,
        verb: 'run',
        batches: [
          { from: 0, to: 25 },
          { from: 25, to: 50 },
          { from: 50, to: 60 },
        ],
      },
    ]);
    expect(await family.parent.op(0)).toMatchObject({ dispatched: true });
    expect(family.world.actions.dispatched).toEqual([]);
  });

  it('makes a child of each item, its parent’s in everything that is not its own, and starts it', async () => {
    const family = await StoredFamily.made({ items: [{ name: 'eu' }, { name: 'us' }], job: NAMED });
    const { id } = family.parent;
    expect(await family.heads()).toMatchObject(
      ['eu', 'us'].map((name, child) => ({
        name,
        project: 'web',
        owner: 'ada',
        ownerGroups: ['web:operator'],
        origin: 'parent',
        root: id,
        parent: { id, attempt: 1, op: 0, try: 1, child, depth: 1 },
        status: 'QUEUED',
        waitReason: 'starting',
      })),
    );
    expect(await family.group()).toMatchObject({ total: 2, created: 2, settled: 0 });
    expect(family.world.executions.recorded.started).toHaveLength(3);
    expect((await family.child(1)).spec.ops[0]).toMatchObject({ input: { name: 'us' } });
  });

  it('makes each of them once, however often it is repeated', async () => {
    const family = await StoredFamily.made();
    const before = await family.heads();
    await family.batches();
    await family.batches();
    expect(await family.heads()).toEqual(before);
    expect(await family.group()).toMatchObject({ created: 3 });
    expect(family.world.store.heads()).toHaveLength(4);
  });

  it('makes what a batch that died left over', async () => {
    const family = await StoredFamily.begun();
    const { batches: _all, ...of } = family.input();
    await makeChildren(family.world.deps, { ...of, from: 1, to: 2 });
    expect(await family.group()).toMatchObject({ created: 1 });
    await family.batches();
    const places = (await family.heads()).map(({ parent }) => parent?.child);
    expect(places).toEqual([0, 1, 2]);
  });

  it('makes none once its group is closed, also where it is in the middle of it', async () => {
    const family = await StoredFamily.begun({ items: [1, 2, 3, 4] });
    const { store, deps } = family.world;
    const commit = store.commit.bind(store);
    let made = 0;
    store.commit = async (change) => {
      const done = await commit(change);
      made += change.child === undefined ? 0 : 1;
      if (made === 2) {
        made += 1;
        await cancelJob(deps, family.parent.id, CANCEL);
      }
      return done;
    };
    await family.batches();
    expect(await family.group()).toMatchObject({ created: 2, closed: { how: 'canceled' } });
    await family.batches();
    expect(await family.group()).toMatchObject({ created: 2 });
  });

  it('does nothing for a parent that is gone, or a group that never was', async () => {
    const family = await StoredFamily.made();
    const { store, deps } = family.world;
    const { batches: _all, ...of } = family.input();
    const stored = JSON.stringify(store.heads());
    await makeChildren(deps, { ...of, try: 2, from: 0, to: 3 });
    await makeChildren(recordingDeps().deps, { ...of, from: 0, to: 3 });
    expect(JSON.stringify(store.heads())).toBe(stored);
  });

  it('refuses an item that makes no valid job: it is counted, and says why', async () => {
    const family = await StoredFamily.made({
      items: [{ name: 'eu' }, { wrong: 1 }, { name: 'a#b' }],
      job: NAMED,
    });
    const links = await family.world.store.readChildren(await family.group(), 0, 3);
    expect(links).toMatchObject([
      { child: 0 },
      { child: 1, counted: 'FAILED_TO_START', error: { code: 'ItemMissing' } },
      { child: 2, counted: 'FAILED_TO_START', error: { code: 'InvalidName' } },
    ]);
    expect(links.map(({ id }) => id === undefined)).toEqual([false, true, true]);
    expect(await family.group()).toMatchObject({
      created: 3,
      settled: 2,
      unsuccessful: 2,
      counts: { FAILED_TO_START: 2 },
    });
    await family.batches();
    expect(await family.group()).toMatchObject({ created: 3, settled: 2 });
    await family.ends(0);
    expect(await family.parent.op(0)).toMatchObject({ status: 'success', tolerated: true });
  });

  it.each([
    [
      'an action’s input',
      { ...CHILD, ops: [{ name: 'say', action: 'log', input: { $item: '' } }] },
      'InvalidActionInput',
    ],
    ['a lock', { ...CHILD, locks: [{ name: { $item: 'lock' } }] }, 'LockOrder'],
    ['a queue', { ...CHILD, queue: { $item: 'queue' } }, 'UnknownQueue'],
    ['a resource', { ...CHILD, resources: [{ name: { $item: 'lock' } }] }, 'UnknownResource'],
  ])('refuses an item for %s that is known only now', async (_what, job, code) => {
    const items = [{ lock: 'a', queue: 'nowhere', message: 7 }];
    const family = await StoredFamily.begun({ items, job }, {}, recordingDeps(), { locks: [{ name: 'b' }] });
    await family.batches();
    const [link] = await family.world.store.readChildren(await family.group(), 0, 1);
    expect(link).toMatchObject({ counted: 'FAILED_TO_START', error: { code } });
    expect(link?.error?.message).not.toBe('');
    expect(await family.parent.op(0)).toMatchObject({ status: 'tried', error: { code: 'ChildrenFailed' } });
  });

  it('lets the parent go on though the call that passed over the last of them died', async () => {
    const family = await StoredFamily.begun({ items: [{ wrong: 1 }], job: NAMED });
    const { store } = family.world;
    const pass = store.passChild.bind(store);
    store.passChild = async (link, outcome) => {
      await pass(link, outcome);
      throw new Error('the process is dead');
    };
    await expect(family.batches()).rejects.toThrow('dead');
    store.passChild = pass;
    expect(await family.group()).toMatchObject({ settled: 1 });
    await family.batches();
    expect(await family.parent.op(0)).toMatchObject({ status: 'tried', error: { code: 'ChildrenFailed' } });
  });

  it('lets no more of them take their turn than the op says', async () => {
    const family = await StoredFamily.made({ concurrency: 2 });
    const waits = async () =>
      (await family.heads()).map((job) => ('waitReason' in job ? job.waitReason : job.status));
    expect((await waits()).filter((reason) => reason === 'starting')).toHaveLength(2);
    await family.ends(0);
    expect((await waits()).filter((reason) => reason === 'starting')).toHaveLength(2);
  });

  it('makes them in a queue that drains as well: their root was admitted', async () => {
    const world = recordingDeps();
    await setQueue(world.deps, { project: 'web', name: 'default' }, { paused: false, draining: false });
    const family = await StoredFamily.begun({}, {}, world);
    await setQueue(world.deps, { project: 'web', name: 'default' }, { paused: false, draining: true });
    await family.batches();
    expect(await family.group()).toMatchObject({ created: 3, settled: 0 });
  });

  it('takes items from an earlier result', async () => {
    const all = { name: 'all', children: { items: { $from: 'ops.list.result.sites' }, job: NAMED } };
    const parent = await StoredJob.submitted([{ name: 'list' }, all]);
    await parent.perform(0);
    await parent.complete(0, { kind: 'succeeded', result: { sites: [{ name: 'eu' }] } });
    await parent.perform(1);
    const [started] = parent.world.executions.recorded.families;
    if (started === undefined) throw new Error('nothing was started');
    await makeChildren(parent.world.deps, { ...started, from: 0, to: 1 });
    expect(parent.world.store.heads().map(({ name }) => name)).toEqual(['publish-site', 'eu']);
  });

  it.each([
    ['no list', { sites: 'eu' }, 'InvalidItems'],
    ['nothing', {}, 'ReferenceMissing'],
    ['too many', { sites: Array.from({ length: 10_001 }, () => 1) }, 'InvalidItems'],
  ])('is none where an earlier result is %s, and the op fails', async (_what, result, code) => {
    const all = { name: 'all', children: { items: { $from: 'ops.list.result.sites' }, job: CHILD } };
    const parent = await StoredJob.submitted([{ name: 'list' }, all]);
    await parent.perform(0);
    await parent.complete(0, { kind: 'succeeded', result });
    await parent.perform(1, 'perform');
    expect(await parent.op(1)).toMatchObject({ status: 'tried', error: { code } });
    expect(parent.told('perform')).toMatchObject([{ kind: 'failure', error: 'OpFailed' }]);
    expect(await parent.head()).toMatchObject({ status: 'RUNNING' });
    expect(parent.world.executions.recorded.families).toEqual([]);
  });

  it('is none where there are no items, and the op succeeds at once', async () => {
    const family = await StoredFamily.begun({ items: [] });
    expect(await family.parent.op(0)).toMatchObject({ status: 'success', result: { total: 0 } });
    expect(family.parent.told('parent')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
    expect(await family.parent.head()).toMatchObject({ status: 'RUNNING' });
  });
});

describe('a batch that cancels children', () => {
  it('cancels those that have not ended, and leaves the others alone', async () => {
    const family = await StoredFamily.made();
    await family.ends(0, 'Broken');
    await (await family.child(1)).perform(0);
    await cancelJob(family.world.deps, family.parent.id, CANCEL);
    await family.batches('cancel');
    expect(await family.statuses()).toEqual(['FAILED', 'CANCELING', 'CANCELED_BEFORE_START']);
    const said = family.world.store.journal((await family.child(2)).id).at(-1)?.message;
    expect(said).toContain(`its parent, job ${family.parent.id}, cancels its children`);
  });

  it('ends them by force where their parent was', async () => {
    const family = await StoredFamily.made();
    await (await family.child(1)).perform(0);
    await cancelJob(family.world.deps, family.parent.id, FORCE);
    await family.batches('force');
    expect(await family.statuses()).toEqual([
      'CANCELED_BEFORE_START',
      'CANCELED_WHILE_RUNNING',
      'CANCELED_BEFORE_START',
    ]);
    expect(await family.group()).toMatchObject({ settled: 3, closed: { how: 'forced' } });
    expect(await family.parent.head()).not.toHaveProperty('children');
  });

  it('is harmless a second time', async () => {
    const family = await StoredFamily.made();
    await cancelJob(family.world.deps, family.parent.id, CANCEL);
    await family.batches('cancel');
    const before = JSON.stringify(family.world.store.heads());
    await family.batches('cancel');
    expect(JSON.stringify(family.world.store.heads())).toBe(before);
  });

  it('reaches the children of children', async () => {
    const nested = { name: 'child', ops: [{ name: 'deep', children: { items: [1, 2], job: CHILD } }] };
    const family = await StoredFamily.made({ items: [1], job: nested });
    const child = await family.child(0);
    await child.perform(0);
    const { batches: _all, ...of } = family.world.executions.recorded.families.at(-1) ?? family.input();
    await makeChildren(family.world.deps, { ...of, from: 0, to: 2 });
    await cancelJob(family.world.deps, family.parent.id, CANCEL);
    await family.batches('cancel');
    expect(await child.head()).toMatchObject({ status: 'CANCELING' });
    await makeChildren(family.world.deps, { ...of, verb: 'cancel', from: 0, to: 2 });
    const last = family.world.store.heads().slice(-2);
    expect(last.map(({ status, parent }) => [status, parent?.depth])).toEqual([
      ['CANCELED_BEFORE_START', 2],
      ['CANCELED_BEFORE_START', 2],
    ]);
    expect(child.told('perform-0')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
  });
});

describe('a batch that undoes children', () => {
  /** Three children ended, one of them failed; then the parent failed and undoes them. */
  async function undoing(job: object = UNDONE) {
    const family = await StoredFamily.made({ job });
    await family.ends(0);
    await family.ends(1);
    await family.ends(2, 'Broken');
    await family.parent.fail(1, 'Broken');
    await family.parent.recover();
    return family;
  }

  it('rolls each back that left something, as its next attempt, and passes over the others', async () => {
    const family = await undoing();
    await family.parent.perform(2);
    expect(await family.parent.head()).toMatchObject({ status: 'ROLLING_BACK', children: { op: 2, try: 1 } });
    await family.batches('undo');
    expect(await family.group(2)).toMatchObject({ verb: 'undo', total: 3, created: 3, settled: 1 });
    expect(await family.heads()).toMatchObject([
      { attempt: 2, again: { kind: 'rollback' }, parent: { op: 2, child: 0 }, status: 'QUEUED' },
      { attempt: 2, again: { kind: 'rollback' }, parent: { op: 2, child: 1 }, status: 'QUEUED' },
      { attempt: 1, status: 'FAILED' },
    ]);
  });

  it('begins none twice, however often it is repeated', async () => {
    const family = await undoing();
    await family.parent.perform(2);
    await family.batches('undo');
    const before = JSON.stringify(family.world.store.heads());
    await family.batches('undo');
    expect(JSON.stringify(family.world.store.heads())).toBe(before);
  });

  it('lets the parent’s rollback end well once all are undone', async () => {
    const family = await undoing();
    await family.parent.perform(2, 'undo');
    await family.batches('undo');
    for (const position of [0, 1]) {
      const child = await family.child(position);
      // The rollback of what the attempt before did.
      await child.succeed(2);
      await child.finish('recovery');
    }
    expect(await family.statuses()).toEqual(['ROLLED_BACK', 'ROLLED_BACK', 'FAILED']);
    expect(await family.parent.op(2)).toMatchObject({ status: 'success', result: { unsuccessful: 0 } });
    expect(family.parent.told('undo')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
    await family.parent.finish('recovery');
    expect(await family.parent.head()).toMatchObject({ status: 'FAILED', rollback: 'ok' });
  });

  it('fails the parent’s rollback where one of them could not be undone', async () => {
    const family = await undoing();
    await family.parent.perform(2);
    await family.batches('undo');
    await (await family.child(0)).succeed(2);
    await (await family.child(0)).finish('recovery');
    const child = await family.child(1);
    await child.perform(2);
    await child.complete(2, failing('Broken'));
    await child.handle(2, 'OpFailed');
    await child.finish('recovery');
    expect(await family.parent.op(2)).toMatchObject({ status: 'tried', error: { code: 'ChildrenFailed' } });
  });

  it('counts one that was never made as undone', async () => {
    const job = { ...UNDONE, name: { $item: 'name' } };
    const family = await StoredFamily.made({ items: [{ name: 'eu' }, { wrong: 1 }], job });
    await family.ends(0);
    await family.parent.fail(1, 'Broken');
    await family.parent.recover();
    await family.parent.perform(2);
    await family.batches('undo');
    expect(await family.group(2)).toMatchObject({ created: 2, settled: 1, unsuccessful: 0 });
  });
});

describe('children that could not all be made', () => {
  it('are cancelled, and their op fails once they have ended', async () => {
    const family = await StoredFamily.begun();
    const { batches: _all, ...of } = family.input();
    await makeChildren(family.world.deps, { ...of, from: 0, to: 2 });
    await giveUpChildren(family.world.deps, of, 'Lambda.Unknown');
    expect(await family.group()).toMatchObject({
      closed: { how: 'failed', error: { code: 'InternalError' } },
    });
    await family.batches('cancel');
    expect(await family.statuses()).toEqual(['CANCELED_BEFORE_START', 'CANCELED_BEFORE_START']);
    expect(await family.parent.op(0)).toMatchObject({
      status: 'tried',
      error: {
        code: 'InternalError',
        message: expect.stringContaining('could not all be made: Lambda.Unknown'),
      },
    });
  });

  it('fail their op at once where none was made', async () => {
    const family = await StoredFamily.begun();
    await giveUpChildren(family.world.deps, family.input(), 'Lambda.Unknown');
    expect(await family.parent.op(0)).toMatchObject({ status: 'tried', error: { code: 'InternalError' } });
    expect(family.parent.told('parent')).toMatchObject([{ kind: 'failure', error: 'OpFailed' }]);
  });

  it('are cancelled all the same where a batch of the cancelling has failed for good', async () => {
    const family = await StoredFamily.begun();
    const { batches: _all, ...of } = family.input();
    await family.batches();
    await cancelJob(family.world.deps, family.parent.id, CANCEL);
    await giveUpChildren(family.world.deps, { ...of, verb: 'cancel' }, 'Lambda.Unknown');
    expect(new Set(await family.statuses())).toEqual(new Set(['CANCELED_BEFORE_START']));
  });

  it('are given up once', async () => {
    const family = await StoredFamily.begun();
    await giveUpChildren(family.world.deps, family.input(), 'Lambda.Unknown');
    const before = JSON.stringify(family.world.store.heads());
    await giveUpChildren(family.world.deps, family.input(), 'Lambda.Unknown');
    expect(JSON.stringify(family.world.store.heads())).toBe(before);
  });
});
