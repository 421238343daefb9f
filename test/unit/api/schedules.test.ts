import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { scheduleShapeSchema } from '../../../core/contract/api/schedule-shape.ts';
import { scheduleListSchema } from '../../../core/contract/api/schedules.ts';
import { fireSchedule } from '../../../core/usecases/run-schedule.ts';
import { ApiBench, type Call, SPEC } from './api-bench.ts';

const { project: _project, ...JOB } = SPEC;

const SETTINGS = { name: 'nightly', expression: 'cron(0 3 * * ? *)', timezone: 'Europe/Berlin', job: JOB };
const BODY = { ...SETTINGS, project: 'web' };

let bench: ApiBench;

beforeEach(() => {
  bench = new ApiBench();
});

const make = (body: object = BODY, call: Call = {}) =>
  bench.ok('create-schedule', scheduleShapeSchema, { ...call, body });
const get = (id: string) => bench.ok('get-schedule', scheduleShapeSchema, { id });

describe('a schedule', () => {
  it('is answered with its defaults, its address and its next ten runs', async () => {
    const called = await bench.call('create-schedule', { body: BODY });
    const made = scheduleShapeSchema.parse(JSON.parse(called.text));
    expect([called.status, called.headers['location']]).toEqual([201, `/schedules/${made.id}`]);
    expect(made).toMatchObject({ ...BODY, version: 1, owner: 'operator', enabled: true, overlap: 'skip' });
    // The first of November is half a year of winter time.
    expect(made.nextRuns).toHaveLength(10);
    expect(made.nextRuns.slice(0, 2)).toEqual(['2026-11-02T02:00:00.000Z', '2026-11-03T02:00:00.000Z']);
    expect(made).not.toHaveProperty('lastRun');
    expect(await get(made.id)).toEqual({ ...made, runs: [] });
  });

  it('takes its project from a caller who has one', async () => {
    expect(await make(SETTINGS)).toMatchObject({ project: 'web' });
    expect(await bench.refusal('create-schedule', { as: 'both', body: SETTINGS })).toMatchObject({
      code: 'ProjectRequired',
    });
  });

  it('shows its last run, its last job and its latest twenty runs', async () => {
    const made = await make({ ...BODY, expression: 'rate(1 minute)' });
    for (let minute = 1; minute <= 21; minute += 1) {
      bench.now += 60_000;
      await fireSchedule(bench.deps, bench.scheduleStore.heads()[0]?.id ?? never(), {
        at: bench.now,
        version: 1,
      });
    }
    const shown = await get(made.id);
    expect(shown.lastJob).toMatchObject({ status: 'QUEUED' });
    expect(shown.lastRun).toMatchObject({
      at: '2026-11-01T08:21:00.000Z',
      outcome: 'skipped',
      reason: expect.stringContaining(`job ${shown.lastJob?.id} of an earlier run is QUEUED`),
    });
    expect(shown.runs).toHaveLength(20);
    expect(shown.runs?.[0]).toMatchObject({
      at: '2026-11-01T08:21:00.000Z',
      trigger: 'time',
      outcome: 'skipped',
    });
  });

  it('is replaced as a whole, and stands still while it is disabled', async () => {
    const { id } = await make({ ...BODY, overlap: 'queue' });
    const edited = await bench.ok('edit-schedule', scheduleShapeSchema, {
      id,
      as: 'admin',
      body: { ...SETTINGS, timezone: undefined, enabled: false, version: 1 },
    });
    expect(edited).toMatchObject({
      version: 2,
      owner: 'admin',
      enabled: false,
      overlap: 'skip',
      timezone: 'UTC',
      nextRuns: [],
    });
    const stale = await bench.refusal('edit-schedule', { id, body: { ...SETTINGS, version: 1 } });
    expect(stale).toMatchObject({ status: 409, code: 'ScheduleChanged' });
  });

  it('runs now, and answers with the job', async () => {
    const { id } = await make();
    const called = await bench.call('run-schedule-now', { id });
    const job = jobShapeSchema.parse(JSON.parse(called.text));
    expect([called.status, called.headers['location']]).toEqual([201, `/jobs/${job.id}`]);
    expect(job).toMatchObject({ origin: 'schedule', owner: 'operator', name: SPEC.name, project: 'web' });
    expect(await bench.refusal('run-schedule-now', { id })).toMatchObject({
      status: 409,
      code: 'ScheduleRunning',
    });
  });

  it('is gone once it is deleted, and its jobs are not', async () => {
    const { id } = await make();
    await bench.call('run-schedule-now', { id });
    expect((await bench.call('delete-schedule', { id })).status).toBe(204);
    for (const route of ['get-schedule', 'delete-schedule', 'run-schedule-now'] as const) {
      expect(await bench.refusal(route, { id })).toMatchObject({ status: 404, code: 'ScheduleNotFound' });
    }
    expect(bench.store.heads()).toHaveLength(1);
  });
});

describe('the schedules of a project', () => {
  it('are listed page by page, and a cursor is of its project', async () => {
    const names = ['one', 'two', 'three'];
    for (const name of names) await make({ ...BODY, name });
    await make({ ...SETTINGS, project: 'media', name: 'theirs' }, { as: 'other' });
    const page = await bench.ok('list-schedules', scheduleListSchema, {
      query: { project: 'web', limit: 2 },
    });
    const rest = await bench.ok('list-schedules', scheduleListSchema, {
      query: { project: 'web', limit: 2, cursor: page.cursor ?? never() },
    });
    expect([...page.items, ...rest.items].map(({ name }) => name)).toEqual(names);
    expect(rest.cursor).toBeUndefined();
    expect(
      await bench.refusal('list-schedules', {
        as: 'both',
        query: { project: 'media', limit: 2, cursor: page.cursor ?? never() },
      }),
    ).toMatchObject({ code: 'InvalidCursor' });
  });
});

const REFUSED: readonly [what: string, parts: object, code: string, path: string][] = [
  [
    'an expression of five fields',
    { expression: 'cron(0 3 * * *)' },
    'InvalidScheduleExpression',
    'expression',
  ],
  ['a date that is past', { expression: 'cron(0 3 1 1 ? 2020)' }, 'InvalidScheduleExpression', 'expression'],
  [
    'a day that no month has',
    { expression: 'cron(0 3 31 2 ? *)' },
    'InvalidScheduleExpression',
    'expression',
  ],
  ['no time zone', { timezone: 'Mars/Base' }, 'UnknownTimeZone', 'timezone'],
  ['another overlap', { overlap: 'parallel' }, 'InvalidValue', 'overlap'],
  ['an unknown key', { cron: 'x' }, 'UnknownKey', ''],
  ['a job of another project', { job: SPEC }, 'UnknownKey', 'job'],
  ['a job with a date', { job: { ...JOB, schedule: { at: '2026-12-01T02:00:00Z' } } }, 'UnknownKey', 'job'],
  ['a job with dependencies', { job: { ...JOB, dependsOn: [] } }, 'UnknownKey', 'job'],
  ['a job that is held', { job: { ...JOB, hold: true } }, 'UnknownKey', 'job'],
  ['no job', { job: undefined }, 'WrongType', 'job'],
  [
    'an unknown action',
    { job: { ...JOB, ops: [{ name: 'x', action: 'nowhere' }] } },
    'UnknownAction',
    'job.ops.0.action',
  ],
  ['an unknown queue', { job: { ...JOB, queue: 'nowhere' } }, 'UnknownQueue', 'job.queue'],
  [
    'an unknown resource',
    { job: { ...JOB, resources: [{ name: 'gpu' }] } },
    'UnknownResource',
    'job.resources.0.name',
  ],
];

describe('a body', () => {
  it.each(REFUSED)('with %s is refused, made or edited', async (_what, parts, code, path) => {
    const { id } = await make();
    const { project: _named, ...settings } = { ...BODY, ...parts };
    for (const problem of [
      await bench.refusal('create-schedule', { body: { ...BODY, ...parts } }),
      await bench.refusal('edit-schedule', { id, body: settings }),
    ]) {
      expect(problem).toMatchObject({ status: 400, code });
      expect(z.array(z.object({ path: z.string(), code: z.string() })).parse(problem.errors)).toContainEqual({
        path,
        code,
      });
    }
  });

  it('with a queue that is draining is refused as a job would be', async () => {
    await bench.queue('slow', { draining: true });
    const problem = await bench.refusal('create-schedule', {
      body: { ...BODY, job: { ...JOB, queue: 'slow' } },
    });
    expect(problem).toMatchObject({ status: 409, code: 'QueueDraining' });
  });
});

function never(): never {
  throw new Error('there should be one');
}
