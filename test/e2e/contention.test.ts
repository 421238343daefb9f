import { setTimeout as delay } from 'node:timers/promises';
import { GetExecutionHistoryCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { eventually } from './support/eventually.ts';
import { JobsApi } from './support/jobs-api.ts';
import { lockLine } from './support/lines-api.ts';
import { localAws } from './support/local-aws.ts';
import { killAtRandom } from './support/random-kills.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const admin = api.as('admin');
const worker = api.as('worker');

const work = { name: 'work', action: 'manual-work' };
const say = { name: 'say', action: 'log', input: { message: 'x' } };

/** Everything that a job goes through from its submission to its end. */
const FUNCTIONS = ['perform-op', 'finish-job', 'submit-job', 'sweep'];

const TEST_MS = 240_000;
const SETTLES_MS = 200_000;

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

async function transitionsOf(id: string): Promise<number> {
  const { sfn } = localAws(stack);
  const { executions = [] } = await sfn.send(
    new ListExecutionsCommand({ stateMachineArn: stack.stateMachines.job, maxResults: 1_000 }),
  );
  const [execution, ...others] = executions.filter(({ name }) => name?.startsWith(id));
  expect(others).toEqual([]);
  const { events = [] } = await sfn.send(
    new GetExecutionHistoryCommand({ executionArn: execution?.executionArn, maxResults: 1_000 }),
  );
  return events.filter(({ type }) => type?.endsWith('StateEntered') || type === 'MapIterationStarted').length;
}

describe('contention, while processes are killed', () => {
  test(
    '50 jobs on one exclusive lock run one at a time, in the order of their ranks',
    async () => {
      const run = `lock-${Date.now()}`;
      const lock = { locks: [{ name: run }] };
      const holder = await api.submit([work], lock);
      await api.opIs(holder, 0, 'running');
      const bodies = Array.from({ length: 50 }, (_, n) => ({
        name: `${run}-${n}`,
        project: 'web',
        ops: [say],
        priority: n % 3 === 0 ? -1 : 0,
        ...lock,
      }));
      const ids: string[] = [];
      for (let from = 0; from < bodies.length; from += 5) {
        const batch = bodies.slice(from, from + 5).map((body) => submitSurely(body.name, body));
        ids.push(...(await Promise.all(batch)));
      }
      const inOrder = await eventually('all stand in line', 60_000, async () => {
        const { waiters } = await lockLine(api, run);
        return waiters.length === ids.length ? waiters : null;
      });
      expect(new Set(inOrder)).toEqual(new Set(ids));

      const finished = (async () => {
        await worker.call('POST', `/jobs/${holder}/ops/0/complete`, { attempt: 1, try: 1 });
        for (const id of inOrder) {
          expect((await api.settled(id, SETTLES_MS)).status).toBe('COMPLETED_OK');
        }
      })();
      const killed = await killAtRandom(stack, FUNCTIONS, finished);
      await finished;
      const runs = await Promise.all(inOrder.map(ranAt));
      for (const [position, { from }] of runs.entries()) {
        expect(from).toBeGreaterThanOrEqual(runs[position - 1]?.to ?? 0);
      }
      expect(killed).toBeGreaterThan(0);
      expect(await lockLine(api, run)).toEqual({ holders: [], waiters: [] });
    },
    TEST_MS,
  );

  test(
    '40 jobs in a queue with maxRunning 4 never show more than 4 running',
    async () => {
      const queue = `four-${Date.now()}`;
      await admin.call('PUT', `/queues/${queue}`, { project: 'web', maxRunning: 4 });
      let most = 0;
      let isOver = false;
      const watched = (async () => {
        while (!isOver) {
          const answer = await api.call('GET', `/queues?project=web&name=${queue}`);
          const [found] = z
            .object({ items: z.array(z.looseObject({ running: z.int() })) })
            .parse(answer.body).items;
          most = Math.max(most, found?.running ?? 0);
          await delay(100);
        }
      })();
      const finished = (async () => {
        const ids: string[] = [];
        for (let n = 0; n < 40; n += 4) {
          const batch = [n, n + 1, n + 2, n + 3].map((position) =>
            submitSurely(`${queue}-${position}`, {
              name: `${queue}-${position}`,
              project: 'web',
              queue,
              ops: [{ name: 'wait', action: 'wait', input: { seconds: 1 } }],
            }),
          );
          ids.push(...(await Promise.all(batch)));
        }
        for (const id of ids) expect((await api.settled(id, SETTLES_MS)).status).toBe('COMPLETED_OK');
        return ids;
      })();
      const killed = await killAtRandom(stack, FUNCTIONS, finished);
      const ids = await finished;
      isOver = true;
      await watched;
      expect(most).toBe(4);
      const runs = await Promise.all(ids.map(ranAt));
      for (const { from } of runs) {
        expect(runs.filter((run) => run.from <= from && from < run.to).length).toBeLessThanOrEqual(4);
      }
      expect(killed).toBeGreaterThan(0);
    },
    TEST_MS,
  );
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
  expect(await transitionsOf(waiter)).toBe(await transitionsOf(holder));
});
