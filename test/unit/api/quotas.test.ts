import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { scheduleShapeSchema } from '../../../core/contract/api/schedule-shape.ts';
import { batchSubmittedSchema } from '../../../core/contract/api/submit-batch.ts';
import { scheduleIdSchema } from '../../../core/schedule/schedule.ts';
import { fireSchedule } from '../../../core/usecases/run-schedule.ts';
import { countedShortly } from '../../../functions/runtime/counted-shortly.ts';
import { InMemoryJobStore } from '../../support/in-memory-job-store.ts';
import { ApiBench, SPEC } from './api-bench.ts';

const { project: _project, ...JOB } = SPEC;
const SCHEDULE = {
  name: 'nightly',
  project: 'web',
  expression: 'cron(0 3 * * ? *)',
  overlap: 'queue',
  job: JOB,
};

const benchOf = (quotas: { waitingJobs?: number; schedules?: number; submissionsPerMinute?: number }) =>
  new ApiBench({ quotas: { waitingJobs: 10, schedules: 10, ...quotas } });

const idSchema = z.looseObject({ id: z.string() });

async function submitted(bench: ApiBench, jobs: readonly object[]) {
  return batchSubmittedSchema.parse(JSON.parse((await bench.call('submit-batch', { body: { jobs } })).text));
}

describe('a project with as many waiting jobs as it may have', () => {
  it('is told which quota, how many there are, the limit and what to do', async () => {
    const bench = benchOf({ waitingJobs: 2 });
    await bench.submit();
    await bench.submit();
    const problem = await bench.refusal('submit-job', { body: SPEC });
    expect(problem).toMatchObject({ status: 429, code: 'QuotaExceeded' });
    expect(problem).not.toHaveProperty('retryAfter');
    expect(problem.detail).toBe(
      'Project web has 2 or more jobs waiting, and may have 2 (quota waitingJobs). Wait until some have started, or cancel some: GET /jobs?project=web&class=waiting lists them.',
    );
  });

  it('submits again once one has started, and keeps no other project from it', async () => {
    const bench = benchOf({ waitingJobs: 1 });
    const id = await bench.submit();
    await bench.submit({ ...SPEC, project: 'media' });
    expect((await bench.call('submit-job', { body: SPEC })).status).toBe(429);
    await bench.perform(id, 0);
    expect((await bench.call('submit-job', { body: SPEC })).status).toBe(201);
  });

  it('may ask again for the job that an Idempotency-Key made, and what a job would be', async () => {
    const bench = benchOf({ waitingJobs: 1 });
    const call = { body: SPEC, headers: { 'idempotency-key': 'k1' } };
    const made = await bench.ok('submit-job', idSchema, call);
    expect(await bench.ok('submit-job', idSchema, call)).toMatchObject({ id: made.id });
    expect((await bench.call('submit-job', { body: SPEC, query: 'dryRun=true' })).status).toBe(200);
  });

  it('is let in as far as there is room with a batch', async () => {
    const bench = benchOf({ waitingJobs: 2 });
    const jobs = [1, 2, 3].map((n) => ({ spec: { ...SPEC, name: `job-${n}` } }));
    const { items } = await submitted(bench, jobs);
    expect(items).toMatchObject([{ status: 201 }, { status: 201 }, { status: 429 }]);
    expect(items[2]).toMatchObject({ error: { code: 'QuotaExceeded', status: 429 } });
  });

  it('makes no bulk job, and runs an ended job again', async () => {
    const bench = benchOf({ waitingJobs: 1 });
    const ended = await bench.completedJob();
    await bench.submit();
    const body = { action: 'cancel', project: 'web', filter: { class: 'waiting' } };
    expect(await bench.refusal('bulk', { body })).toMatchObject({ code: 'QuotaExceeded' });
    expect((await bench.call('rerun-job', { id: ended, body: {} })).status).toBe(200);
  });

  it('makes the children of a job that was let in, who do not count', async () => {
    const bench = benchOf({ waitingJobs: 1 });
    const children = { items: ['a', 'b', 'c'], job: { name: 'child', ops: [SPEC.ops[0]] } };
    const id = await bench.submit({ name: 'parent', project: 'web', ops: [{ name: 'all', children }] });
    await bench.perform(id, 0);
    await bench.family();
    expect(bench.store.heads().filter(({ parent }) => parent !== undefined)).toHaveLength(3);
    expect((await bench.call('submit-job', { body: SPEC })).status).toBe(201);
    expect((await bench.call('submit-job', { body: SPEC })).status).toBe(429);
  });

  it('sees in its schedules why a run has no job', async () => {
    const bench = benchOf({ waitingJobs: 1 });
    const { id } = await bench.ok('create-schedule', idSchema, { body: SCHEDULE });
    await bench.submit();
    const now = await bench.call('run-schedule-now', { id });
    expect([now.status, now.text.includes('QuotaExceeded')]).toEqual([429, true]);
    bench.now = Date.UTC(2026, 10, 2, 3);
    const firing = { at: bench.now, version: 1 };
    await fireSchedule(bench.deps, scheduleIdSchema.parse(id), firing);
    const { runs } = await bench.ok('get-schedule', scheduleShapeSchema, { id });
    expect(runs).toMatchObject(
      ['time', 'user'].map((trigger) => ({
        trigger,
        outcome: 'refused',
        message: expect.stringContaining('QuotaExceeded: Project web has 1 or more jobs waiting'),
      })),
    );
  });
});

describe('a project with as many schedules as it may have', () => {
  it('makes no more until one is gone, and edits those it has', async () => {
    const bench = benchOf({ schedules: 1 });
    const { id } = await bench.ok('create-schedule', idSchema, { body: SCHEDULE });
    const problem = await bench.refusal('create-schedule', { body: SCHEDULE });
    expect(problem).toMatchObject({ status: 429, code: 'QuotaExceeded' });
    expect(problem.detail).toContain('has 1 or more schedules, and may have 1 (quota schedules)');
    const { project: _web, ...settings } = SCHEDULE;
    expect((await bench.call('edit-schedule', { id, body: settings })).status).toBe(200);
    await bench.call('delete-schedule', { id });
    expect((await bench.call('create-schedule', { body: SCHEDULE })).status).toBe(201);
  });
});

describe('a project that has submitted what it may in a minute', () => {
  it('is told when the next minute begins, and submits then', async () => {
    const bench = benchOf({ submissionsPerMinute: 2 });
    bench.now += 45_000;
    await bench.submit();
    await bench.submit();
    const called = await bench.call('submit-job', { body: SPEC });
    expect(called).toMatchObject({ status: 429, headers: { 'retry-after': '15' } });
    expect(JSON.parse(called.text)).toMatchObject({
      code: 'QuotaExceeded',
      retryAfter: 15,
      detail:
        'Project web has submitted 2 jobs this minute, and may submit 2 a minute (quota submissionsPerMinute). Submit again from 2026-11-01T08:01:00.000Z on.',
    });
    bench.now += 15_000;
    expect((await bench.call('submit-job', { body: SPEC })).status).toBe(201);
  });

  it('has each job of a batch counted, and no job that is wrong', async () => {
    const bench = benchOf({ submissionsPerMinute: 2 });
    const jobs = [{ spec: SPEC }, { spec: { ...SPEC, queue: 'nowhere' } }, { spec: SPEC }, { spec: SPEC }];
    const { items } = await submitted(bench, jobs);
    expect(items.map(({ status }) => status)).toEqual([201, 400, 201, 429]);
    expect(items[3]).toMatchObject({ error: { retryAfter: 60 } });
  });
});

describe('a count that is kept for a moment', () => {
  it('is read once in five seconds, and grows with everybody who asks up to the quota', async () => {
    let now = 0;
    let reads = 0;
    const store = new InMemoryJobStore();
    store.countWaiting = async () => {
      reads += 1;
      return 7;
    };
    const counted = countedShortly(store, () => now);
    const ask = () => counted.countWaiting('web', 10);
    expect([await ask(), await ask(), await ask(), await ask(), await ask()]).toEqual([7, 8, 9, 10, 10]);
    expect(await counted.countWaiting('media', 10)).toBe(7);
    now = 5_000;
    expect(await ask()).toBe(7);
    expect(reads).toBe(3);
  });
});
