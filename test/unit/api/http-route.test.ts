import './entry-environment.ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { LIMITS } from '../../../core/contract/limits.ts';
import { logger } from '../../../functions/runtime/logger.ts';
import { requestBody } from '../../../functions/runtime/request-body.ts';
import { InMemoryJobStore } from '../../support/in-memory-job-store.ts';
import { ApiBench, bearer, eventOf, NOW, SPEC } from './api-bench.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('a body', () => {
  const levels = (count: number) => ({ ...SPEC, ops: [{ ...SPEC.ops[0], input: nested(count) }] });

  /** Levels around nothing; ops, op and the whole are three more. */
  function nested(count: number): unknown {
    let value: unknown = [];
    for (let level = 1; level < count; level += 1) value = [value];
    return value;
  }

  it.each([
    ['{"name":', 'InvalidJson'],
    ['name: x', 'InvalidJson'],
    ["{'name': 1}", 'InvalidJson'],
    ['{"a": NaN}', 'InvalidJson'],
    ['\ufeff{}', 'InvalidJson'],
    [' ', 'InvalidJson'],
  ])('%j is refused', async (body, code) => {
    expect(await new ApiBench().refusal('submit-job', { body })).toMatchObject({ code, status: 400 });
  });

  it('that is missing is an empty one', async () => {
    const bench = new ApiBench();
    expect((await bench.refusal('submit-job')).errors?.map(({ path }) => path)).toEqual([
      'name',
      'project',
      'ops',
    ]);
    const id = await bench.submit();
    expect((await bench.call('cancel-job', { id })).status).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])(
    'of %s is not read',
    async (type) => {
      const call = { body: SPEC, headers: { 'content-type': type } };
      expect(await new ApiBench().refusal('submit-job', call)).toMatchObject({
        code: 'UnsupportedMediaType',
        status: 415,
      });
    },
  );

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/vnd.jobplane+json',
    'Application/JSON',
  ])('of %s is read', async (type) => {
    const call = { body: SPEC, headers: { 'content-type': type } };
    expect((await new ApiBench().call('submit-job', call)).status).toBe(201);
  });

  it('may be base64', async () => {
    expect((await new ApiBench().call('submit-job', { body: SPEC, base64: true })).status).toBe(201);
  });

  it('of bytes that are no UTF-8 is refused', () => {
    const body = Buffer.from([0x22, 0xff, 0x22]).toString('base64');
    const event = { ...eventOf('submit-job', { body: SPEC }), body, isBase64Encoded: true };
    expect(requestBody(event, { tooLarge: 'SpecTooLarge' })).toMatchObject({
      refusal: { code: 'InvalidJson' },
    });
  });

  it('may have 64 levels and no more', async () => {
    const bench = new ApiBench();
    expect((await bench.call('submit-job', { body: levels(LIMITS.bodyDepth - 3) })).status).toBe(201);
    expect(await bench.refusal('submit-job', { body: levels(LIMITS.bodyDepth - 2) })).toMatchObject({
      code: 'TooDeep',
    });
  });

  it('of a hundred thousand levels is refused and no accident', async () => {
    const body = `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(await new ApiBench().refusal('submit-job', { body })).toMatchObject({ code: 'TooDeep' });
  });
});

describe('a request without a good token', () => {
  it('is answered 401 before anything else of it is looked at', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    for (const as of [null, { exp: 1, username: 'ada', 'cognito:groups': ['web:admin'] }]) {
      const called = await bench.call('get-job', { as, id, query: 'a=b' });
      expect(called.status).toBe(401);
      expect(called.headers['www-authenticate']).toBe('Bearer');
      expect((await bench.call('submit-job', { as, body: '{' })).status).toBe(401);
    }
  });

  it('is told by the claim that GROUPS_CLAIM names', async () => {
    vi.stubEnv('GROUPS_CLAIM', 'roles');
    const bench = new ApiBench();
    expect((await bench.call('submit-job', { body: SPEC })).status).toBe(401);
    const as = { username: 'ada', roles: ['web:operator'] };
    expect((await bench.call('submit-job', { body: SPEC, as })).status).toBe(201);
  });

  it('is of the user whom USER_CLAIM names', async () => {
    vi.stubEnv('USER_CLAIM', 'email');
    const bench = new ApiBench();
    expect((await bench.call('submit-job', { body: SPEC })).status).toBe(401);
    const as = { username: 'ada', email: 'ada@example.com', 'cognito:groups': ['web:operator'] };
    const job = await bench.ok('submit-job', z.looseObject({ owner: z.string() }), { body: SPEC, as });
    expect(job.owner).toBe('ada@example.com');
  });
});

describe('what is thrown', () => {
  it('is answered 500 without a word of it, and logged', async () => {
    const error = vi.spyOn(logger, 'error').mockImplementation(() => {});
    const store = new InMemoryJobStore();
    store.readJob = async () => {
      throw new Error('password=hunter2');
    };
    const called = await new ApiBench({ store }).call('get-job', { id: '01JAAAAAAAAAAAAAAAAAAAAAAA' });
    expect(called.status).toBe(500);
    expect(called.text).toContain('InternalError');
    expect(called.text).not.toContain('hunter2');
    expect(error).toHaveBeenCalledOnce();
  });

  it('by contention is answered 503, to be asked again in a second', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    bench.store.commit = async () => ({ ok: false, conflict: { kind: 'contention' } });
    const called = await bench.call('add-note', { id, body: { comment: 'hello' } });
    expect(called).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(called.text).toContain('"code":"Contended"');
  });
});

describe('a log line', () => {
  it('tells route, status, code, job and request, and nothing that was sent or answered', async () => {
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
      lines.push(String(line));
      return true;
    });
    const level = logger.getLevelName();
    logger.setLogLevel('DEBUG');
    const bench = new ApiBench();
    const id = await bench.submit({ ...SPEC, labels: { secret: 'hunter2' } });
    await bench.call('cancel-job', { id, body: { reason: 'hunter2', a: 1 } });
    logger.setLogLevel(level);
    vi.restoreAllMocks();

    const logged = lines.map((line): unknown => JSON.parse(line));
    expect(logged).toHaveLength(2);
    expect(logged[0]).toMatchObject({ message: 'POST /jobs', status: 201, correlation_id: 'a-request' });
    expect(logged[1]).toMatchObject({
      message: 'POST /jobs/{id}/cancel',
      status: 400,
      code: 'UnknownKey',
      jobId: id,
    });
    expect(logged[0]).not.toHaveProperty('code');
    const text = lines.join('');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(bearer('operator', NOW).slice(-40));
  });
});

describe('an answer', () => {
  it('that would be more than a function may return is refused', async () => {
    const bench = new ApiBench();
    const ops = Array.from({ length: 120 }, (_, index) => ({ name: `op${index}`, action: 'transcode' }));
    const id = await bench.submit({ ...SPEC, ops });
    for (const index of ops.keys()) {
      await bench.perform(id, index);
      const body = { attempt: 1, try: 1, result: 'x'.repeat(60_000) };
      await bench.call('complete-op', { as: 'worker', id, index, body });
    }
    const problem = await bench.refusal('get-job', { id, query: 'fields=opresult' });
    expect(problem).toMatchObject({ code: 'AnswerTooLarge', status: 400 });
  });
});
