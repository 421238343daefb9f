import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { eventually } from './support/eventually.ts';
import { JobsApi } from './support/jobs-api.ts';
import { lockLine } from './support/lines-api.ts';
import { killAtRandom } from './support/random-kills.ts';
import { transitionsOf } from './support/transitions-of.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const admin = api.as('admin');
const worker = api.as('worker');

const work = { name: 'work', action: 'manual-work' };
const say = { name: 'say', action: 'log', input: { message: 'x' } };

/** Everything that a job goes through from its submission to its end. */
const FUNCTIONS = ['perform-op', 'finish-job', 'submit-job'];

const CROWD_MS = 400_000;
const SETTLES_MS = 300_000;

/** A client whose request met a killed process asks again, with the same key. */
async function submitSurely(key: string, body: object): Promise<string> {
  const headers = { 'idempotency-key': key };
  return eventually(`job ${key} is submitted`, 60_000, async () => {
    const answer = await api.call('POST', '/jobs', body, headers);
    if (answer.status >= 500) return null;
    return z.looseObject({ id: z.string() }).parse(answer.body).id;
  });
}

/** When the only op of a job ran. */
async function ranAt(
  id: string,
): Promise<{ readonly id: string; readonly from: number; readonly to: number }> {
  const [op] = await api.ops(id);
  return { id, from: Date.parse(op?.startedAt ?? ''), to: Date.parse(op?.endedAt ?? '') };
}

/** 50 jobs that line up for one lock while it is held, and then have their turns. */
async function jobsOnOneLock(run: string) {
  const lock = { locks: [{ name: run }] };
  const holder = await submitSurely(run, { name: run, project: 'web', ops: [work], ...lock });
  await api.opIs(holder, 0, 'running');
  const bodies = Array.from({ length: 50 }, (_, n) => ({
    name: `${run}-${n}`,
    project: 'web',
    ops: [say],
    priority: n % 3 === 0 ? -1 : 0,
    ...lock,
  }));
  const ids = await submitAll(bodies);
  const inLine = await eventually('all stand in line', 60_000, async () => {
    const { waiters } = await lockLine(api, run);
    return waiters.length === ids.length ? waiters : null;
  });
  await eventually('the holder ends', 60_000, async () => {
    const { status } = await worker.call('POST', `/jobs/${holder}/ops/0/complete`, { attempt: 1, try: 1 });
    return status === 204 || status === 409 ? true : null;
  });
  for (const id of inLine) await api.settled(id, SETTLES_MS);
  return { ids, inLine, runs: await Promise.all(inLine.map(ranAt)), left: await lockLine(api, run) };
}

/** 40 jobs in a queue that runs 4, watched while they run. */
async function jobsInOneQueue(queue: string) {
  await admin.call('PUT', `/queues/${queue}`, { project: 'web', maxRunning: 4 });
  let isOver = false;
  const watched = (async () => {
    let most = 0;
    while (!isOver) {
      const answer = await api.call('GET', `/queues?project=web&name=${queue}`);
      const [found] = queueSchema.parse(answer.body).items;
      most = Math.max(most, found?.running ?? 0);
      await delay(250);
    }
    return most;
  })();
  const bodies = Array.from({ length: 40 }, (_, n) => ({
    name: `${queue}-${n}`,
    project: 'web',
    queue,
    ops: [{ name: 'wait', action: 'wait', input: { seconds: 1 } }],
  }));
  const ids = await submitAll(bodies);
  const statuses = [];
  for (const id of ids) statuses.push((await api.settled(id, SETTLES_MS)).status);
  isOver = true;
  return { most: await watched, statuses, runs: await Promise.all(ids.map(ranAt)) };
}

const queueSchema = z.object({ items: z.array(z.looseObject({ running: z.int() })) });

/** Five clients at once. */
async function submitAll(bodies: readonly { readonly name: string }[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let from = 0; from < bodies.length; from += 5) {
    const batch = bodies.slice(from, from + 5).map((body) => submitSurely(body.name, body));
    ids.push(...(await Promise.all(batch)));
  }
  return ids;
}

describe('a crowd, while processes are killed at random', () => {
  let seen: {
    readonly killed: number;
    readonly lock: Awaited<ReturnType<typeof jobsOnOneLock>>;
    readonly queue: Awaited<ReturnType<typeof jobsInOneQueue>>;
  };

  beforeAll(async () => {
    const crowd = Promise.all([jobsOnOneLock(`lock-${Date.now()}`), jobsInOneQueue(`four-${Date.now()}`)]);
    const { killed, done } = await killAtRandom(stack, FUNCTIONS, crowd);
    seen = { killed, lock: done[0], queue: done[1] };
  }, CROWD_MS);

  test('50 jobs on one exclusive lock run one at a time, in the order of their ranks', async () => {
    const { ids, inLine, runs, left } = seen.lock;
    expect(new Set(inLine)).toEqual(new Set(ids));
    for (const [position, { from, to }] of runs.entries()) {
      expect(to).toBeGreaterThanOrEqual(from);
      expect(from).toBeGreaterThanOrEqual(runs[position - 1]?.to ?? 0);
    }
    expect(left).toEqual({ holders: [], waiters: [] });
  });

  test('40 jobs in a queue with maxRunning 4 never show more than 4 running', async () => {
    const { most, statuses, runs } = seen.queue;
    expect(statuses.filter((status) => status !== 'COMPLETED_OK')).toEqual([]);
    expect(most).toBe(4);
    for (const { from } of runs) {
      expect(runs.filter((run) => run.from <= from && from < run.to).length).toBeLessThanOrEqual(4);
    }
  });

  test('processes were killed meanwhile', () => {
    expect(seen.killed).toBeGreaterThan(0);
  });
});

test('a contended job costs the same transitions as an uncontended one', async () => {
  const lock = { locks: [{ name: `equal-${Date.now()}` }] };
  const holder = await api.submit([work], lock);
  await api.opIs(holder, 0, 'running');
  const waiter = await api.submit([work], lock);
  await worker.call('POST', `/jobs/${holder}/ops/0/complete`, { attempt: 1, try: 1 });
  await api.opIs(waiter, 0, 'running');
  await worker.call('POST', `/jobs/${waiter}/ops/0/complete`, { attempt: 1, try: 1 });
  await Promise.all([api.settled(holder), api.settled(waiter)]);
  expect(await transitionsOf(stack, waiter)).toBe(await transitionsOf(stack, holder));
});
