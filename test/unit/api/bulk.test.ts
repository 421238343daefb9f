import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { BULK_PERMISSIONS } from '../../../core/access/bulk-permissions.ts';
import { bulkDryRunSchema } from '../../../core/contract/api/bulk.ts';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import { type BulkTry, runBulk } from '../../../core/usecases/run-bulk.ts';
import { ROUTES } from '../../../functions/api/routes.ts';
import { ApiBench, type Call, SPEC, type User } from './api-bench.ts';

const ONE_OP = { ...SPEC, ops: [SPEC.ops[0]] };
const HELD = { ...ONE_OP, hold: true, labels: { site: 'docs' } };
const BY_LABEL = { filter: { label: 'site:docs' } };
const CANCEL = { action: 'cancel', ...BY_LABEL };
const RERUN = { action: 'rerun', ...BY_LABEL };

const resultSchema = z.object({
  matched: z.int(),
  done: z.int(),
  refused: z.int(),
  refusals: z.array(z.object({ jobId: jobIdSchema, code: z.string() })),
  warnings: z.array(z.string()).default([]),
});

async function submitMany(
  bench: ApiBench,
  count: number,
  spec: object = HELD,
  as?: User,
): Promise<readonly JobId[]> {
  const ids: JobId[] = [];
  for (let job = 0; job < count; job += 1) {
    ids.push(await bench.submit(spec, as));
    bench.now += 1_000;
  }
  return ids;
}

/** The bulk job, with its op begun. */
async function begin(bench: ApiBench, body: object, as: Call['as'] = 'operator') {
  const { id } = await bench.ok('bulk', jobShapeSchema, { body, as });
  const jobId = jobIdSchema.parse(id);
  return { jobId, named: await nextTry(bench, jobId) };
}

/** The op's next try, as whoever dispatches it names it. */
async function nextTry(bench: ApiBench, jobId: JobId): Promise<BulkTry> {
  await bench.perform(jobId, 0);
  const { action, call } = bench.actions.dispatched.at(-1) ?? {};
  expect([action, call?.jobId]).toEqual(['bulk', jobId]);
  if (call === undefined) throw new Error('nothing was dispatched');
  return { jobId, attempt: call.attempt, op: call.op.index, try: call.try, nonce: call.nonce };
}

/** The bulk job from its submission to its end, and what it came to. */
async function run(bench: ApiBench, body: object, as: Call['as'] = 'operator') {
  const { jobId, named } = await begin(bench, body, as);
  bench.now += 1_000;
  expect(await runBulk(bench.deps, named, Number.POSITIVE_INFINITY)).toBe('done');
  await bench.finish(jobId);
  return resultOf(bench, jobId);
}

async function resultOf(bench: ApiBench, jobId: JobId) {
  const [op] = await bench.store.readOps(jobId, 1);
  return resultSchema.parse(op?.status === 'success' ? op.result : null);
}

async function headsOf(bench: ApiBench, ids: readonly JobId[]) {
  const heads = await Promise.all(ids.map((id) => bench.store.readJob(id)));
  return heads.map((head) => `${head?.status} ${head?.attempt}`);
}

const times = (count: number, text: string) => Array.from({ length: count }, () => text);

describe('POST /bulk', () => {
  it('cancels all that match by a job of the caller, and its result says what became of them', async () => {
    const bench = new ApiBench();
    const ids = await submitMany(bench, 30);
    const others = await submitMany(bench, 2, { ...HELD, labels: {} });
    const called = await bench.call('bulk', { body: { ...CANCEL, reason: 'wrong folder' } });
    expect(called.status).toBe(201);
    const job = jobShapeSchema.parse(JSON.parse(called.text));
    expect(called.headers['location']).toBe(`/jobs/${job.id}`);
    expect(job).toMatchObject({ name: 'bulk-cancel', owner: 'operator', origin: 'api', status: 'QUEUED' });
    const jobId = jobIdSchema.parse(job.id);
    const named = await nextTry(bench, jobId);
    bench.now += 1_000;
    expect(await runBulk(bench.deps, named, bench.now + 1)).toBe('done');
    await bench.finish(jobId);
    expect(await headsOf(bench, ids)).toEqual(times(30, 'CANCELED_BEFORE_START 1'));
    expect(await headsOf(bench, others)).toEqual(times(2, 'CREATED 1'));
    expect(await resultOf(bench, jobId)).toMatchObject({ matched: 30, done: 30, refused: 0, refusals: [] });
    expect(await bench.store.readJob(jobId)).toMatchObject({ status: 'COMPLETED_OK', warnings: 0 });
    const logs = bench.store.journal(jobId).filter(({ kind }) => kind === 'log');
    expect(logs.map(({ message }) => message)).toEqual(['25 done, 0 refused', '30 done, 0 refused']);
    expect(bench.store.journal(ids[0] ?? jobId).at(-1)?.message).toContain(
      `wrong folder (bulk job ${jobId})`,
    );
  });

  it('counts what refuses, lists the first twenty, and ends with a warning', async () => {
    const bench = new ApiBench();
    const ids = await submitMany(bench, 22, { ...ONE_OP, labels: { site: 'docs' } });
    for (const id of ids) {
      await bench.perform(id, 0);
      await bench.call('cancel-job', { id, body: {} });
    }
    const [good] = await submitMany(bench, 1);
    const result = await run(bench, CANCEL);
    expect(result).toMatchObject({ matched: 23, done: 1, refused: 22, warnings: ['22 of 23 jobs refused'] });
    expect(result.refusals).toHaveLength(20);
    expect(new Set(result.refusals.map(({ code }) => code))).toEqual(new Set(['CommandRefused']));
    expect(await headsOf(bench, good === undefined ? [] : [good])).toEqual(['CANCELED_BEFORE_START 1']);
    expect(bench.store.heads().at(-1)).toMatchObject({
      name: 'bulk-cancel',
      status: 'COMPLETED_OK',
      warnings: 1,
    });
  });

  it('reruns what has ended, once each', async () => {
    const bench = new ApiBench();
    const ids = await submitMany(bench, 3, { ...ONE_OP, labels: { site: 'docs' } });
    for (const id of ids) {
      await bench.work(id, 0, 'Broken');
      await bench.recover(id);
    }
    bench.now += 1_000;
    expect(await run(bench, RERUN)).toMatchObject({ matched: 3, done: 3 });
    expect(await headsOf(bench, ids)).toEqual(times(3, 'QUEUED 2'));
  });

  it('gives what waits another priority', async () => {
    const bench = new ApiBench();
    const ids = await submitMany(bench, 3);
    expect(await run(bench, { action: 'reprioritise', priority: -7, ...BY_LABEL })).toMatchObject({
      done: 3,
    });
    for (const id of ids) expect(await bench.store.readJob(id)).toMatchObject({ priority: -7 });
  });

  it('takes no job that came after it, and never itself', async () => {
    const bench = new ApiBench();
    const [early] = await submitMany(bench, 1);
    const { named } = await begin(bench, { action: 'cancel', filter: { owner: 'operator' } });
    const { jobId, named: all } = await begin(bench, { action: 'cancel', filter: { class: 'running' } });
    bench.now += 1_000;
    const [late] = await submitMany(bench, 1);
    expect(await runBulk(bench.deps, all, Number.POSITIVE_INFINITY)).toBe('done');
    // It found the first bulk job, which was there before it, and not itself.
    expect(await resultOf(bench, jobId)).toMatchObject({ matched: 1, done: 1 });
    expect(await runBulk(bench.deps, named, Number.POSITIVE_INFINITY)).toBe('over');
    if (early === undefined || late === undefined) throw new Error('two jobs were submitted');
    expect(await headsOf(bench, [early, late])).toEqual(times(2, 'CREATED 1'));
  });

  it('leaves ended jobs alone where a cancel names no class, and takes them where it does', async () => {
    const bench = new ApiBench();
    const id = await bench.submit({ ...ONE_OP, labels: { site: 'docs' } });
    await bench.work(id, 0, 'Broken');
    await bench.recover(id);
    bench.now += 1_000;
    expect(await run(bench, CANCEL)).toMatchObject({ matched: 0 });
    const ended = { action: 'cancel', filter: { ...BY_LABEL.filter, class: 'ended' } };
    expect(await run(bench, ended)).toMatchObject({ matched: 1, done: 1 });
    expect(await headsOf(bench, [id])).toEqual(['CANCELED_AFTER_FAILURE 1']);
  });

  it('runs whatever its project’s default queue is closed for', async () => {
    const bench = new ApiBench();
    await bench.queue('default', { maxRunning: 1, maxAdmitted: 1 });
    const ids = await submitMany(bench, 3, { ...ONE_OP, labels: { site: 'docs' } });
    await bench.queue('default', { maxRunning: 1, maxAdmitted: 1, paused: true, draining: true });
    expect(await run(bench, CANCEL)).toMatchObject({ matched: 3, done: 3 });
    expect(await headsOf(bench, ids)).toEqual(times(3, 'CANCELED_BEFORE_START 1'));
  });

  it('makes one job for one key', async () => {
    const bench = new ApiBench();
    const call = { body: CANCEL, headers: { 'idempotency-key': 'k' } };
    const [one, two] = [await bench.call('bulk', call), await bench.call('bulk', call)];
    expect(two.text).toBe(one.text);
    expect(bench.store.heads()).toHaveLength(1);
  });
});

describe('a dry run', () => {
  const dryRun = (bench: ApiBench, body: object, as: Call['as'] = 'operator') =>
    bench.ok('bulk', bulkDryRunSchema, { body: { ...body, dryRun: true }, as });

  it('says how many match and shows the newest twenty, and does nothing', async () => {
    const bench = new ApiBench();
    const ids = await submitMany(bench, 30);
    const stored = await bench.stored();
    const found = await dryRun(bench, CANCEL);
    expect(found).toMatchObject({ dryRun: true, matched: 30, more: false });
    expect(found.items.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 20));
    expect(await bench.stored()).toBe(stored);
  });

  it('says that there may be more than it counts', async () => {
    const bench = new ApiBench();
    await submitMany(bench, 1_001);
    expect(await dryRun(bench, CANCEL)).toMatchObject({ matched: 1_000, more: true });
  });
});

describe('the rights of a bulk job', () => {
  it('are those of the route of one job', () => {
    expect(BULK_PERMISSIONS).toEqual({
      cancel: ROUTES['cancel-job'].permission,
      rerun: ROUTES['rerun-job'].permission,
      reprioritise: ROUTES['change-priority'].permission,
    });
  });

  it.each([
    ['viewer', 'cancel', 'job.cancel'],
    ['submitter', 'rerun', 'job.restart'],
    ['submitter', 'reprioritise', 'job.operate'],
    ['worker', 'cancel', 'job.cancel'],
  ] as const)('a %s has none to %s', async (as, action, permission) => {
    const body = {
      action,
      filter: { class: 'waiting' },
      ...(action === 'reprioritise' ? { priority: 1 } : {}),
    };
    const problem = await new ApiBench().refusal('bulk', { as, body });
    expect(problem).toMatchObject({ status: 403, code: 'Forbidden' });
    expect(problem.detail).toContain(permission);
  });

  it('are asked of each job: a submitter cancels their own, and the others refuse', async () => {
    const bench = new ApiBench();
    const [own] = await submitMany(bench, 1, HELD, 'submitter');
    const [other] = await submitMany(bench, 1, HELD, 'operator');
    if (own === undefined || other === undefined) throw new Error('two jobs were submitted');
    expect(await run(bench, CANCEL, 'submitter')).toMatchObject({
      matched: 2,
      done: 1,
      refusals: [{ jobId: other, code: 'Forbidden' }],
    });
    expect(await headsOf(bench, [own, other])).toEqual(['CANCELED_BEFORE_START 1', 'CREATED 1']);
  });

  it('to force are asked too', async () => {
    const bench = new ApiBench();
    await submitMany(bench, 1, HELD, 'submitter');
    const forced = { ...CANCEL, force: true };
    expect(await run(bench, forced, 'submitter')).toMatchObject({
      done: 0,
      refusals: [{ code: 'Forbidden' }],
    });
    expect(await run(bench, forced)).toMatchObject({ done: 1 });
  });

  it('end at the project', async () => {
    const bench = new ApiBench();
    const media = await submitMany(bench, 1, { ...HELD, project: 'media' }, 'admin');
    expect(await bench.refusal('bulk', { as: 'other', body: { ...CANCEL, project: 'web' } })).toMatchObject({
      code: 'Forbidden',
    });
    expect(await run(bench, { ...CANCEL, project: 'web' }, 'admin')).toMatchObject({ matched: 0 });
    expect(await headsOf(bench, media)).toEqual(['CREATED 1']);
  });
});

describe('the action bulk', () => {
  const reserved = { ...SPEC, ops: [{ name: 'x', action: 'bulk', input: CANCEL }] };

  it('cannot be named by a caller, for an op or a rollback, alone or in a batch', async () => {
    const bench = new ApiBench();
    const undone = { ...SPEC, ops: [{ ...SPEC.ops[0], rollback: { action: 'bulk' } }] };
    for (const body of [reserved, undone]) {
      const problem = await bench.refusal('submit-job', { body, as: 'admin' });
      expect(problem).toMatchObject({ status: 400, code: 'ReservedAction' });
    }
    const batch = await bench.call('submit-batch', { body: { jobs: [{ spec: reserved }] }, as: 'admin' });
    expect(batch.text).toContain('ReservedAction');
    expect(bench.store.heads()).toEqual([]);
  });

  it('is not among those that are listed', async () => {
    const { text } = await new ApiBench().call('list-actions', { query: 'project=web' });
    expect(text).not.toContain('bulk');
  });
});

describe('a bulk job that is cut off', () => {
  const FOREVER = Number.POSITIVE_INFINITY;

  /** No sign of life comes any more, and the wait before the next try is over. */
  async function lose(bench: ApiBench, jobId: JobId): Promise<void> {
    await bench.handleFailure(jobId, 0, { name: 'States.HeartbeatTimeout', cause: '' });
    bench.now += 10_000;
  }

  async function ended(bench: ApiBench): Promise<readonly JobId[]> {
    const ids = await submitMany(bench, 30, { ...ONE_OP, labels: { site: 'docs' } });
    for (const id of ids) {
      await bench.work(id, 0, 'Broken');
      await bench.recover(id);
    }
    bench.now += 1_000;
    return ids;
  }

  /** The process dies with this write of its progress: before it is stored, or after and before its answer. */
  async function dyingAtSave(bench: ApiBench, nth: number, isStored: boolean, named: BulkTry): Promise<void> {
    const saveBulk = bench.store.saveBulk.bind(bench.store);
    let saves = 0;
    bench.store.saveBulk = async (progress) => {
      saves += 1;
      if (saves === nth && isStored) await saveBulk(progress);
      if (saves >= nth) throw new Error('the process is dead');
      return saveBulk(progress);
    };
    await expect(runBulk(bench.deps, named, FOREVER)).rejects.toThrow('the process is dead');
    bench.store.saveBulk = saveBulk;
  }

  const deaths = [1, 2, 3].flatMap((nth) => [true, false].map((isStored) => [nth, isStored] as const));

  it.each(deaths)(
    'goes on in the next try, and reruns no job twice: save %i, stored %j',
    async (nth, isStored) => {
      const bench = new ApiBench();
      const ids = await ended(bench);
      const { jobId, named } = await begin(bench, RERUN);
      bench.now += 1_000;
      await dyingAtSave(bench, nth, isStored, named);
      await lose(bench, jobId);
      const next = await nextTry(bench, jobId);
      expect(next.try).toBe(2);
      expect(await runBulk(bench.deps, next, FOREVER)).toBe('done');
      await bench.finish(jobId);
      expect(await headsOf(bench, ids)).toEqual(times(30, 'QUEUED 2'));
      expect(await resultOf(bench, jobId)).toMatchObject({ matched: 30, done: 30, refused: 0 });
    },
  );

  it('reruns no job twice that has failed again before the next try', async () => {
    const bench = new ApiBench();
    const ids = await ended(bench);
    const { jobId, named } = await begin(bench, RERUN);
    bench.now += 1_000;
    await dyingAtSave(bench, 2, false, named);
    const again = ids.slice(-25);
    for (const id of again) {
      await bench.work(id, 0, 'Broken');
      await bench.recover(id);
    }
    await lose(bench, jobId);
    expect(await runBulk(bench.deps, await nextTry(bench, jobId), FOREVER)).toBe('done');
    expect(await headsOf(bench, again)).toEqual(times(25, 'FAILED 2'));
    expect(await resultOf(bench, jobId)).toMatchObject({ matched: 30, done: 30, refused: 0 });
  });

  it.each(deaths)('counts the cancels of before for its own: save %i, stored %j', async (nth, isStored) => {
    const bench = new ApiBench();
    const ids = await submitMany(bench, 30);
    const { jobId, named } = await begin(bench, CANCEL);
    bench.now += 1_000;
    await dyingAtSave(bench, nth, isStored, named);
    await lose(bench, jobId);
    expect(await runBulk(bench.deps, await nextTry(bench, jobId), FOREVER)).toBe('done');
    expect(await headsOf(bench, ids)).toEqual(times(30, 'CANCELED_BEFORE_START 1'));
    expect(await resultOf(bench, jobId)).toMatchObject({ matched: 30, done: 30, refused: 0 });
  });

  it('is left by the earlier try as soon as another runs', async () => {
    const bench = new ApiBench();
    await submitMany(bench, 2);
    const { jobId, named } = await begin(bench, CANCEL);
    await lose(bench, jobId);
    const next = await nextTry(bench, jobId);
    expect(await runBulk(bench.deps, named, FOREVER)).toBe('over');
    expect(await runBulk(bench.deps, { ...next, nonce: 'forged' }, FOREVER)).toBe('over');
    expect(await runBulk(bench.deps, next, FOREVER)).toBe('done');
  });

  it('does its work once where two calls of one try are at it', async () => {
    const bench = new ApiBench();
    const ids = await ended(bench);
    const { jobId, named } = await begin(bench, RERUN);
    bench.now += 1_000;
    const ran = await Promise.all([runBulk(bench.deps, named, FOREVER), runBulk(bench.deps, named, FOREVER)]);
    expect(ran.toSorted()).toEqual(['done', 'over']);
    expect(await headsOf(bench, ids)).toEqual(times(30, 'QUEUED 2'));
    expect(await resultOf(bench, jobId)).toMatchObject({ matched: 30, done: 30 });
  });

  it('says that there is more where its time is over, and goes on when it is called again', async () => {
    const bench = new ApiBench();
    const ids = await submitMany(bench, 60);
    const { jobId, named } = await begin(bench, CANCEL);
    const commit = bench.store.commit.bind(bench.store);
    bench.store.commit = async (change) => {
      if (change.transition === 'add log') bench.now += 10_000;
      return commit(change);
    };
    expect(await runBulk(bench.deps, named, bench.now + 1_000)).toBe('more');
    expect((await headsOf(bench, ids)).filter((head) => head === 'CREATED 1')).toHaveLength(35);
    expect(await runBulk(bench.deps, named, FOREVER)).toBe('done');
    expect(await resultOf(bench, jobId)).toMatchObject({ matched: 60, done: 60 });
  });

  it('stops at the next page when it is canceled', async () => {
    const bench = new ApiBench();
    const ids = await submitMany(bench, 60);
    const { jobId, named } = await begin(bench, CANCEL);
    const saveBulk = bench.store.saveBulk.bind(bench.store);
    bench.store.saveBulk = async (progress) => {
      if (progress.version === 2) await bench.call('cancel-job', { id: jobId, body: {} });
      return saveBulk(progress);
    };
    expect(await runBulk(bench.deps, named, FOREVER)).toBe('over');
    expect((await headsOf(bench, ids)).filter((head) => head === 'CREATED 1')).toHaveLength(35);
  });

  it('beats with every page, and is over where nobody listens any more', async () => {
    const bench = new ApiBench();
    await submitMany(bench, 30);
    const { named } = await begin(bench, CANCEL);
    await runBulk(bench.deps, named, FOREVER);
    expect(bench.executions.heartbeats.length).toBeGreaterThanOrEqual(3);
    const { jobId, named: other } = await begin(bench, CANCEL);
    const [op] = await bench.store.readOps(jobId, 1);
    if (op?.status !== 'running') throw new Error('the op runs');
    bench.executions.closed.add(op.token);
    expect(await runBulk(bench.deps, other, FOREVER)).toBe('over');
  });
});
