import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { dryRunSchema } from '../../../core/contract/api/submit-job.ts';
import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { ApiBench, SPEC } from './api-bench.ts';

const KEY = { 'idempotency-key': 'release 7' };

describe('POST /jobs', () => {
  it('stores the job, starts it, and answers 201 with it and where it is', async () => {
    const bench = new ApiBench();
    const called = await bench.call('submit-job', { body: SPEC });
    expect(called.status).toBe(201);
    const job = jobShapeSchema.parse(JSON.parse(called.text));
    expect(called.headers).toMatchObject({
      location: `/jobs/${job.id}`,
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    expect(job).toEqual({
      id: job.id,
      project: 'web',
      name: 'publish-site',
      origin: 'api',
      owner: 'operator',
      labels: {},
      queue: 'default',
      priority: 0,
      status: 'QUEUED',
      step: 'RUN',
      attempt: 1,
      waitReason: 'starting',
      dates: { receivedAt: '2026-11-01T08:00:00.000Z' },
      progress: { opsTotal: 2, opsRun: 0 },
      root: job.id,
      rollback: { outcome: 'none' },
      warnings: 0,
      retryable: false,
    });
    expect(bench.store.heads()).toHaveLength(1);
    expect(bench.executions.started).toHaveLength(1);
  });

  it('keeps of the groups of its owner those that mean something in the project', async () => {
    const bench = new ApiBench();
    const groups = ['web:operator', 'media:admin', '*:viewer', 'web:release-managers'];
    await bench.call('submit-job', { body: SPEC, as: { username: 'ada', 'cognito:groups': groups } });
    expect(bench.store.heads()[0]).toMatchObject({
      owner: 'ada',
      ownerGroups: ['web:operator', '*:viewer', 'web:release-managers'],
    });
  });

  it('needs the permission in the project that the specification names', async () => {
    const bench = new ApiBench();
    const problem = await bench.refusal('submit-job', { body: { ...SPEC, project: 'media' } });
    expect(problem).toMatchObject({
      code: 'Forbidden',
      detail: 'This needs the permission job.create in project media.',
    });
  });
});

describe('a dry run', () => {
  it('answers 200 with what would be stored, and stores nothing', async () => {
    const bench = new ApiBench();
    const called = await bench.call('submit-job', { body: SPEC, query: 'dryRun=true', headers: KEY });
    expect(called.status).toBe(200);
    expect(dryRunSchema.parse(JSON.parse(called.text))).toEqual({
      dryRun: true,
      spec: jobSpecSchema.parse(SPEC),
    });
    expect(bench.store.heads()).toEqual([]);
    expect(bench.executions.started).toEqual([]);
  });

  it('leaves the key unused', async () => {
    const bench = new ApiBench();
    await bench.call('submit-job', { body: SPEC, query: 'dryRun=true', headers: KEY });
    const called = await bench.call('submit-job', { body: { ...SPEC, name: 'other' }, headers: KEY });
    expect(called.status).toBe(201);
  });
});

describe('an Idempotency-Key', () => {
  const idOf = (text: string) => z.object({ id: z.string() }).parse(JSON.parse(text)).id;

  it('with the same body again answers the job that the first call made', async () => {
    const bench = new ApiBench();
    const first = await bench.call('submit-job', { body: SPEC, headers: KEY });
    const stored = await bench.stored();
    bench.now += 23 * 60 * 60 * 1000;
    const again = await bench.call('submit-job', { body: SPEC, headers: KEY });
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(again.headers).toMatchObject({
      'idempotency-replayed': 'true',
      location: `/jobs/${idOf(first.text)}`,
    });
    expect(await bench.stored()).toBe(stored);
    expect(bench.executions.started).toHaveLength(1);
  });

  it('takes a body that means the same for the same', async () => {
    const bench = new ApiBench();
    const labels = { a: '1', b: '2' };
    const first = await bench.call('submit-job', { body: { ...SPEC, labels }, headers: KEY });
    const spelt = { priority: 0, ...SPEC, labels: { b: '2', a: '1' } };
    const again = await bench.call('submit-job', { body: JSON.stringify(spelt, null, 2), headers: KEY });
    expect(idOf(again.text)).toBe(idOf(first.text));
  });

  it('shows the job as it is by then', async () => {
    const bench = new ApiBench();
    const first = await bench.call('submit-job', { body: SPEC, headers: KEY });
    await bench.call('cancel-job', { id: idOf(first.text), body: {} });
    const again = await bench.call('submit-job', { body: SPEC, headers: KEY });
    expect(jobShapeSchema.parse(JSON.parse(again.text)).status).toBe('CANCELED_BEFORE_START');
  });

  it('with another body is refused, and says which job it made', async () => {
    const bench = new ApiBench();
    const first = await bench.call('submit-job', { body: SPEC, headers: KEY });
    const problem = await bench.refusal('submit-job', { body: { ...SPEC, name: 'other' }, headers: KEY });
    expect(problem).toMatchObject({ status: 422, code: 'IdempotencyKeyReused' });
    expect(problem.detail).toContain(idOf(first.text));
    expect(bench.executions.started).toHaveLength(1);
  });

  it('is each user’s and each project’s own', async () => {
    const bench = new ApiBench();
    const ids = [
      await bench.call('submit-job', { body: SPEC, headers: KEY }),
      await bench.call('submit-job', { body: SPEC, headers: KEY, as: 'admin' }),
      await bench.call('submit-job', { body: { ...SPEC, project: 'media' }, headers: KEY, as: 'admin' }),
    ].map(({ text }) => idOf(text));
    expect(new Set(ids).size).toBe(3);
  });

  it.each([[''], ['x'.repeat(257)], ['a\tb'], ['schlüssel']])('cannot be %j', async (key) => {
    const problem = await new ApiBench().refusal('submit-job', {
      body: SPEC,
      headers: { 'idempotency-key': key },
    });
    expect(problem).toMatchObject({ status: 400, code: 'InvalidIdempotencyKey' });
  });

  it('may have 256 characters', async () => {
    const headers = { 'Idempotency-Key': 'x'.repeat(256) };
    expect((await new ApiBench().call('submit-job', { body: SPEC, headers })).status).toBe(201);
  });
});
