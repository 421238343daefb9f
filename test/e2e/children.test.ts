import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { isSettled } from '../../core/job/status.ts';
import { childrenOf, family } from './support/children-api.ts';
import { eventually } from './support/eventually.ts';
import { handsOf } from './support/hands.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';
import { lockLine, whyOf } from './support/lines-api.ts';
import { broken, type Part, say, undoneBy, work } from './support/parts.ts';
import { sweepMeanwhile } from './support/sweep.ts';
import { TWO_SWEEPS_MS } from './support/two-sweeps.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const admin = api.as('admin');
const { complete, fail } = handsOf(api.as('worker'));

let stopSweeping: () => Promise<void>;

beforeAll(() => {
  stopSweeping = sweepMeanwhile(stack);
});
afterAll(() => stopSweeping());

/** A child that does what its item says. */
const obeying: Part = {
  ops: [say('begin', undoneBy('undone')), { name: 'work', action: 'manual-work', input: { $item: '' } }],
};

/** Ids of the children, once as many are there. */
async function made(id: string, count: number): Promise<readonly string[]> {
  return eventually(`job ${id} has ${count} children`, TWO_SWEEPS_MS, async () => {
    const ids = (await childrenOf(api, id)).items.flatMap((child) => child.id ?? []);
    return ids.length === count ? ids : null;
  });
}

async function statuses(ids: readonly string[]) {
  return Promise.all(ids.map(async (id) => (await api.job(id)).status));
}

describe.concurrent('a job with children', () => {
  test('has one for each item, waits for all of them, and goes on', async () => {
    const id = await api.submit([
      say('before'),
      family('all', ['eu', 'us', 'asia'], {
        ops: [{ name: 'say', action: 'log', input: { message: { $item: '' } } }],
      }),
      say('after'),
    ]);
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK', progress: { opsRun: 3 } });
    const { children, items } = await childrenOf(api, id);
    expect(children).toMatchObject({
      total: 3,
      created: 3,
      settled: 3,
      unsuccessful: 0,
      statuses: { COMPLETED_OK: 3 },
    });
    const ids = items.flatMap((child) => child.id ?? []);
    expect(await Promise.all(ids.map((child) => api.logs(child)))).toEqual([['eu'], ['us'], ['asia']]);
    expect(await api.job(ids[0] ?? '')).toMatchObject({
      parent: id,
      root: id,
      origin: 'parent',
      status: 'COMPLETED_OK',
    });
    expect((await api.ops(id))[1]).toMatchObject({
      status: 'success',
      result: { total: 3, statuses: { COMPLETED_OK: 3 } },
    });
  });

  test('reads CHILD_QUEUED until one of them has started, then CHILD_RUNNING, with counts', async () => {
    const id = await api.submit([family('both', [1, 2], { hold: true, ops: [work('work')] })]);
    const [one, two] = await made(id, 2);
    expect(await api.statusIs(id, 'CHILD_QUEUED')).toMatchObject({
      children: { total: 2, created: 2, settled: 0 },
    });
    await api.command(one ?? '', 'confirm');
    await api.statusIs(id, 'CHILD_RUNNING');
    expect(await whyOf(api, id)).toMatchObject({
      standsAt: 'children',
      summary: expect.stringContaining('0 of 2'),
    });
    await complete(one ?? '', 0);
    await api.command(two ?? '', 'confirm');
    await complete(two ?? '', 0);
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK' });
  });

  test('takes its items from the result of an earlier op', async () => {
    const id = await api.submit([
      work('list'),
      family(
        'each',
        { $from: 'ops.list.result.sites' },
        { ops: [{ name: 'say', action: 'log', input: { message: { $item: 'name' } } }] },
      ),
    ]);
    await complete(id, 0, { sites: [{ name: 'docs' }, { name: 'blog' }] });
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK' });
    const ids = (await childrenOf(api, id)).items.flatMap((child) => child.id ?? []);
    expect((await Promise.all(ids.map((child) => api.logs(child)))).flat()).toEqual(['docs', 'blog']);
  });

  test('has grandchildren', async () => {
    const inner = family('inner', [{ $item: 'a' }, { $item: 'b' }], {
      ops: [{ name: 'say', action: 'log', input: { message: { $item: '' } } }],
    });
    const id = await api.submit([
      family(
        'outer',
        [
          { a: 'one', b: 'two' },
          { a: 'three', b: 'four' },
        ],
        { ops: [inner] },
      ),
    ]);
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK' });
    const parents = (await childrenOf(api, id)).items.flatMap((child) => child.id ?? []);
    const leaves = (await Promise.all(parents.map((parent) => childrenOf(api, parent)))).flatMap(
      ({ items }) => items,
    );
    const said = await Promise.all(leaves.map((leaf) => api.logs(leaf.id ?? '')));
    expect(said.flat()).toEqual(['one', 'two', 'three', 'four']);
    expect(await api.job(leaves[0]?.id ?? '')).toMatchObject({ root: id, parent: parents[0] });
  });

  test('that cannot be made of its item is unsuccessful, and says why', async () => {
    const id = await api.submit([
      family('some', [{ name: 'good' }, {}], { name: { $item: 'name' }, ops: [say('hi')] }),
    ]);
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_WITH_WARNINGS' });
    const { items } = await childrenOf(api, id);
    expect(items).toMatchObject([
      { status: 'COMPLETED_OK', name: 'good' },
      { status: 'FAILED_TO_START', error: { code: 'ItemMissing' } },
    ]);
  });

  test('ends at once where there are no items', async () => {
    const id = await api.submit([family('none', [], { ops: [say('never')] }), say('after')]);
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK' });
    expect((await childrenOf(api, id)).items).toEqual([]);
  });
});

/** Six children that end in six ways. */
const MIXED = ['ok', 'ok', 'fails', 'rejected', 'expires', 'abends'] as const;

describe.concurrent('children that do not all succeed', () => {
  const one = (rest: Part = {}) =>
    family('all', ['ok', 'ok', 'bad'], { ops: [say('begin', undoneBy('undone')), work('work')] }, rest);

  const run = async (op: Part, more: Part[] = []) => {
    const id = await api.submit([op, ...more]);
    const [first, second, third] = await made(id, 3);
    await complete(first ?? '', 1);
    await complete(second ?? '', 1);
    await fail(third ?? '', 1, 'Broken');
    return { id, children: [first ?? '', second ?? '', third ?? ''] };
  };

  test.each<[what: string, rest: Part, expected: string]>([
    ['are allowed to, by default', {}, 'COMPLETED_WITH_WARNINGS'],
    ['are allowed to within a number', { tolerate: { count: 1 } }, 'COMPLETED_WITH_WARNINGS'],
    ['are allowed to within a share', { tolerate: { percent: 34 } }, 'COMPLETED_WITH_WARNINGS'],
    ['fail the op beyond a number', { tolerate: { count: 0 } }, 'FAILED'],
    ['fail the op beyond a share', { tolerate: { percent: 33 } }, 'FAILED'],
  ])('%s', async (_what, rest, expected) => {
    const { id, children } = await run(one(rest));
    const job = await api.settled(id);
    expect(job.status).toBe(expected);
    // Those that completed are undone with their parent.
    const undone = expected === 'FAILED' ? 'ROLLED_BACK' : 'COMPLETED_OK';
    expect(await statuses(children)).toEqual([undone, undone, 'FAILED']);
    expect(job.rollback.outcome).toBe(expected === 'FAILED' ? 'ok' : 'none');
  });

  test('fail the op where all of them do', async () => {
    const id = await api.submit([family('all', [1, 2], { ops: [broken('no')] })]);
    expect(await api.settled(id)).toMatchObject({ status: 'FAILED', error: { code: 'ChildrenFailed' } });
  });

  test('cancel the rest where none may fail', async () => {
    const id = await api.submit([family('all', [1, 2, 3], obeying, { onChildFailure: 'cancelRest' })]);
    const [first, second, third] = await made(id, 3);
    await complete(first ?? '', 1);
    await api.settled(first ?? '');
    await fail(second ?? '', 1, 'Broken');
    expect(await api.settled(id)).toMatchObject({ status: 'FAILED', error: { code: 'ChildrenFailed' } });
    expect(await statuses([first ?? '', second ?? '', third ?? ''])).toEqual([
      'ROLLED_BACK',
      'FAILED',
      'CANCELED_WHILE_RUNNING',
    ]);
  });

  test('may be rejected, expired or abended, and count as unsuccessful', async () => {
    const id = await api.submit([
      family('mixed', MIXED, {
        labels: { kind: { $item: '' } },
        schedule: { startWithin: 'PT15S' },
        approval: { approvers: ['group:release-managers'] },
        ops: [work('work')],
      }),
    ]);
    const ids = await made(id, MIXED.length);
    const approver = api.as('approver');
    const decide = (child: number, verb: string) => approver.command(ids[child] ?? '', verb);
    await Promise.all([
      decide(0, 'approve'),
      decide(1, 'approve'),
      decide(2, 'approve'),
      decide(3, 'reject'),
      decide(5, 'approve'),
    ]);
    await complete(ids[0] ?? '', 0);
    await complete(ids[1] ?? '', 0);
    await fail(ids[2] ?? '', 0, 'Broken');
    await api.opIs(ids[5] ?? '', 0, 'running');
    await api.command(ids[5] ?? '', 'cancel', { force: true }).catch(() => {});
    const job = await api.settled(id);
    expect(job.status).toBe('COMPLETED_WITH_WARNINGS');
    expect((await statuses(ids)).slice(0, 5)).toEqual([
      'COMPLETED_OK',
      'COMPLETED_OK',
      'FAILED',
      'REJECTED',
      'EXPIRED',
    ]);
  });
});

describe.concurrent('a parent that is stopped', () => {
  test('by a cancel has all its children settle first, then itself, undone', async () => {
    const id = await api.submit([
      say('first', undoneBy('undo first')),
      family('all', [1, 2, 3], obeying),
      say('never'),
    ]);
    const ids = await made(id, 3);
    await complete(ids[0] ?? '', 1);
    await api.settled(ids[0] ?? '');
    await api.opIs(ids[1] ?? '', 1, 'running');
    await api.command(id, 'cancel', { reason: 'enough' });
    expect(await api.settled(id)).toMatchObject({
      status: 'CANCELED_WHILE_RUNNING',
      rollback: { outcome: 'ok' },
    });
    expect(await statuses(ids)).toEqual(['ROLLED_BACK', 'CANCELED_WHILE_RUNNING', 'CANCELED_WHILE_RUNNING']);
    expect(await api.logs(id)).toEqual(['first', 'undo first']);
    expect(await api.logs(ids[0] ?? '')).toEqual(['begin', 'undone']);
  });

  test('by force ends at once, gives back its lock only behind its children, and undoes nothing', async () => {
    const lock = `family-${Date.now()}`;
    const id = await api.submit([family('all', [1, 2], obeying)], { locks: [{ name: lock }] });
    const ids = await made(id, 2);
    await api.opIs(ids[1] ?? '', 1, 'running');
    await admin.command(id, 'cancel', { force: true });
    expect((await api.job(id)).status).toBe('CANCELED_WHILE_RUNNING');
    await eventually('the children have ended', TWO_SWEEPS_MS, async () =>
      (await statuses(ids)).every(isSettled) ? true : null,
    );
    await eventually('the lock is free', TWO_SWEEPS_MS, async () =>
      (await lockLine(api, lock)).holders.length === 0 ? true : null,
    );
    expect(await statuses(ids)).toEqual(['CANCELED_WHILE_RUNNING', 'CANCELED_WHILE_RUNNING']);
  });

  test('by the timeout of its op cancels the children, and fails once they have ended', async () => {
    const id = await api.submit([family('all', [1, 2], obeying, { timeout: 'PT8S' })]);
    const ids = await made(id, 2);
    const job = await api.settled(id);
    expect(job).toMatchObject({ status: 'TIMED_OUT', error: { code: 'Timeout' } });
    expect(await statuses(ids)).toEqual(['CANCELED_WHILE_RUNNING', 'CANCELED_WHILE_RUNNING']);
  });
});

describe.concurrent('a family', () => {
  test('whose members all use the same queue, resource and lock ends', async () => {
    const queue = `narrow-${Date.now()}`;
    const resource = `press-${Date.now()}`;
    const lock = `door-${Date.now()}`;
    const put = await admin.call('PUT', `/queues/${queue}`, {
      project: 'web',
      maxRunning: 1,
      maxAdmitted: 1,
    });
    expect(put.status).toBe(200);
    expect(
      (await admin.call('PUT', '/resources', { project: 'web', name: resource, capacity: 1 })).status,
    ).toBe(200);
    const needs = { queue, locks: [{ name: lock }], resources: [{ name: resource }] };
    const id = await api.submit(
      [family('all', [1, 2, 3], { ...needs, ops: [say('hi')] }), say('after')],
      needs,
    );
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK' });
    const journal = await api.journal(id);
    expect(journal.map(({ to }) => to)).toContain('CHILD_QUEUED');
  });

  test('leaves with its root, which cannot be deleted before', async () => {
    const id = await api.submit([family('all', [1, 2], { ops: [say('hi')] })]);
    await api.settled(id);
    const [child] = await made(id, 2);
    const refusal = await admin.call('DELETE', `/jobs/${child}`);
    expect([refusal.status, codeOf(refusal)]).toEqual([409, 'ChildOfParent']);
    expect((await admin.call('DELETE', `/jobs/${id}`)).status).toBe(204);
    expect((await admin.call('GET', `/jobs/${child}`)).status).toBe(404);
  });

  test('has at most so many children at once as its op says', async () => {
    const id = await api.submit([family('all', [1, 2, 3], { ops: [work('work')] }, { concurrency: 1 })]);
    const ids = await made(id, 3);
    for (let left = 3; left > 0; left -= 1) {
      const running = await eventually('one of them runs', TWO_SWEEPS_MS, async () => {
        const now = await statuses(ids);
        return now.includes('RUNNING') ? now : null;
      });
      expect(running.filter((status) => status === 'RUNNING')).toHaveLength(1);
      await complete(ids[running.indexOf('RUNNING')] ?? '', 0);
      await api.settled(ids[running.indexOf('RUNNING')] ?? '');
    }
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK' });
  });

  test.each<[what: string, op: Part, code: string]>([
    [
      'locks that come before the parent’s',
      family('all', [1], { locks: [{ name: 'a' }], ops: [say('hi')] }),
      'LockOrder',
    ],
    [
      'too many items',
      family(
        'all',
        Array.from({ length: 10_001 }, () => 0),
        { ops: [say('hi')] },
      ),
      'TooManyChildren',
    ],
    [
      'an action that does not exist',
      family('all', [1], { ops: [{ name: 'x', action: 'nope' }] }),
      'UnknownAction',
    ],
  ])('is refused at submission with %s', async (_what, op, code) => {
    const answer = await api.call('POST', '/jobs', {
      name: 'e2e',
      project: 'web',
      locks: [{ name: 'b' }],
      ops: [op],
    });
    expect(codeOf(answer)).toBe(code);
  });
});
