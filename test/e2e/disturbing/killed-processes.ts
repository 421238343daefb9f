import { setTimeout as delay } from 'node:timers/promises';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { jobIdSchema } from '../../../core/job/identifiers.ts';
import { opKey } from '../../../functions/adapters/dynamodb/keys.ts';
import { type ChildrenCrowd, childrenCrowd } from '../support/children-crowd.ts';
import { eventually } from '../support/eventually.ts';
import { JobsApi } from '../support/jobs-api.ts';
import { killBetween } from '../support/kill-between.ts';
import { lockLine } from '../support/lines-api.ts';
import { localAws } from '../support/local-aws.ts';
import { killAtRandom } from '../support/random-kills.ts';
import { submitSurely } from '../support/submit-surely.ts';
import { sweepNow } from '../support/sweep.ts';
import { TWO_SWEEPS_MS } from '../support/two-sweeps.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const admin = api.as('admin');
const worker = api.as('worker');
const aws = localAws(stack);

const work = { name: 'work', action: 'manual-work' };
const say = { name: 'say', action: 'log', input: { message: 'x' } };

/** Everything that a job goes through from its submission to its end. */
const FUNCTIONS = ['perform-op', 'finish-job', 'submit-job'];

const CROWD_MS = 400_000;
const SETTLES_MS = 300_000;

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
  const holder = await submitSurely(api, run, { name: run, project: 'web', ops: [work], ...lock });
  await api.opIs(holder, 0, 'running');
  const bodies = Array.from({ length: 50 }, (_, n) => ({
    name: `${run}-${n}`,
    project: 'web',
    ops: [say],
    priority: n % 3 === 0 ? -1 : 0,
    ...lock,
  }));
  const ids = await submitAll(bodies);
  const inLine = await eventually('all stand in line', TWO_SWEEPS_MS, async () => {
    const { waiters } = await lockLine(api, run);
    return waiters.length === ids.length ? waiters : null;
  });
  await eventually('the holder ends', TWO_SWEEPS_MS, async () => {
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
    const batch = bodies.slice(from, from + 5).map((body) => submitSurely(api, body.name, body));
    ids.push(...(await Promise.all(batch)));
  }
  return ids;
}

/** The moment is a few milliseconds long: a job may slip through, and another one is tried. */
const JOBS_TRIED = 40;

async function storedOp(id: string, index: number): Promise<Record<string, unknown> | undefined> {
  const Key = opKey(jobIdSchema.parse(id), 1, index);
  const { Item } = await aws.dynamodb.send(
    new GetCommand({ TableName: stack.tableName, Key, ConsistentRead: true }),
  );
  return Item;
}

describe('a Lambda process that is killed', () => {
  test('between the commit of a try and its dispatch delays the job and loses nothing', async () => {
    const build = { name: 'build', action: 'site-build', input: { site: 'docs' } };
    await api.settled(await api.submit([build]));
    for (let tried = 0; tried < JOBS_TRIED; tried += 1) {
      const id = await api.submit([build]);
      const met = await killBetween(stack, 'perform-op', async () => {
        const op = await storedOp(id, 0);
        if (op === undefined) return 'notYet';
        return op['status'] === 'running' && op['dispatched'] === false ? 'now' : 'missed';
      });
      const job = await api.settled(id);
      expect(job.status).toBe('COMPLETED_OK');
      if (met) return;
    }
    expect.fail(`in ${JOBS_TRIED} jobs no process was met between commit and dispatch`);
  }, 120_000);
});

// They wait a minute and more: side by side, for they kill processes of different functions.
describe.concurrent('a crowd, while processes are killed at random', () => {
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

describe.concurrent('a Lambda process that is killed meanwhile', () => {
  test('between recording a result and answering the token: the sweeper answers it', async () => {
    const ops = [
      { name: 'first', action: 'manual-work' },
      { name: 'second', action: 'log', input: { message: 'went on' } },
    ];
    const warm = await submitSurely(api, `warm-${Date.now()}`, { name: 'warm', project: 'web', ops });
    await api.opIs(warm, 0, 'running');
    await worker.call('POST', `/jobs/${warm}/ops/0/complete`, { attempt: 1, try: 1 });
    for (let tried = 0; tried < JOBS_TRIED; tried += 1) {
      const id = await submitSurely(api, `answer-${Date.now()}`, { name: 'answer', project: 'web', ops });
      await api.opIs(id, 0, 'running');
      const completing = worker.call('POST', `/jobs/${id}/ops/0/complete`, { attempt: 1, try: 1 });
      const met = await killBetween(stack, 'complete-op', async () => {
        const [first, second] = await Promise.all([storedOp(id, 0), storedOp(id, 1)]);
        if (second !== undefined) return 'missed';
        return first?.['status'] === 'success' ? 'now' : 'notYet';
      });
      await completing;
      if (!met) continue;
      const job = await eventually(`job ${id} goes on`, 100_000, async () => {
        await sweepNow(stack);
        const found = await api.job(id);
        return found.status === 'COMPLETED_OK' ? found : null;
      });
      const repaired = (await api.journal(id)).some(({ kind }) => kind === 'repair');
      expect(job.status).toBe('COMPLETED_OK');
      // The process may have died just after its answer was sent: then nothing was left to repair.
      if (repaired) return;
    }
    expect.fail(`in ${JOBS_TRIED} jobs no process was met between the record and the answer`);
  }, 300_000);
});

/** A thousand are the bench's (`npm run bench -- children`), which nobody waits for on each change. */
const CHILDREN = 50;

const WITHIN_MS = 280_000;

describe.concurrent(`${CHILDREN} children, while processes are killed at random`, () => {
  let crowd: ChildrenCrowd;

  beforeAll(async () => {
    crowd = await childrenCrowd(stack, CHILDREN, WITHIN_MS);
  }, WITHIN_MS + 60_000);

  test('fan out and join, none lost and none doubled', () => {
    expect(crowd.parent.status).toBe('COMPLETED_OK');
    expect(crowd.listed.map(({ status }) => status)).toEqual(
      Array.from({ length: CHILDREN }, () => 'COMPLETED_OK'),
    );
    const ids = crowd.listed.map(({ id }) => id);
    expect(new Set(ids).size).toBe(CHILDREN);
    expect([...crowd.stored].sort()).toEqual([...ids].sort());
  });

  test('cost their parent no more transitions than a batch each, and four', () => {
    expect(crowd.transitions.childJobs).toBeLessThanOrEqual(CHILDREN / 25 + 4);
    expect(crowd.transitions.job).toBe(3);
  });

  test('lost processes meanwhile', () => {
    expect(crowd.killed).toBeGreaterThan(0);
  });
});
