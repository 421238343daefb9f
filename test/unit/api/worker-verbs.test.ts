import { describe, expect, it } from 'vitest';
import { entryShapeSchema } from '../../../core/contract/api/entry-shape.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { ApiBench, type Call, SPEC } from './api-bench.ts';

const TRY = { attempt: 1, try: 1 };
const ERROR = { code: 'DiskFull', message: 'no space left', detail: { free: 0 } };

/** A job whose first op, a worker's, is running, with the token that waits for it. */
async function running(spec: object = SPEC) {
  const bench = new ApiBench();
  const id = await bench.submit(spec);
  const token = await bench.perform(id, 0);
  const asWorker = (body: object, index: number | string = 0): Call => ({ as: 'worker', id, index, body });
  return { bench, id, token, asWorker };
}

const opOf = async (bench: ApiBench, id: JobId, index = 0) =>
  (await bench.store.readSomeOps(id, 1, [index]))[0];

const RETRIED = { ...SPEC, ops: [{ ...SPEC.ops[0], retry: { maxAttempts: 2, interval: 'PT1S' } }] };

describe('complete', () => {
  it('stores the result, and then answers the token', async () => {
    const { bench, id, token, asWorker } = await running();
    const called = await bench.call('complete-op', asWorker({ ...TRY, result: { file: 'a.mp4' } }));
    expect(called).toMatchObject({ status: 204, text: '' });
    expect(await opOf(bench, id)).toMatchObject({ status: 'success', result: { file: 'a.mp4' } });
    expect(bench.executions.answered).toEqual([
      { token, answer: { kind: 'success', output: { next: 'go on' } } },
    ]);
    expect(bench.store.journal(id).at(-1)).toMatchObject({ kind: 'op', to: 'success', actor: 'worker' });
  });

  it('needs no result', async () => {
    const { bench, id, asWorker } = await running();
    expect((await bench.call('complete-op', asWorker(TRY))).status).toBe(204);
    expect(await opOf(bench, id)).not.toHaveProperty('result');
  });

  it('takes a result of 64 KB and refuses a byte more', async () => {
    const { bench, asWorker } = await running();
    const result = 'x'.repeat(64 * 1024 - 2);
    expect(await bench.refusal('complete-op', asWorker({ ...TRY, result: `${result}x` }))).toMatchObject({
      status: 413,
      code: 'ResultTooLarge',
    });
    expect((await bench.call('complete-op', asWorker({ ...TRY, result }))).status).toBe(204);
  });

  it('that is repeated changes nothing and says so', async () => {
    const { bench, asWorker } = await running();
    await bench.call('complete-op', asWorker({ ...TRY, result: 1 }));
    const problem = await bench.refusal('complete-op', asWorker({ ...TRY, result: 2 }));
    expect(problem).toMatchObject({ status: 409, code: 'CompletionRepeated' });
    expect(bench.executions.answered).toHaveLength(1);
  });

  it('of an op that has not started is refused', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    const call = { as: 'worker', id, index: 0, body: TRY } as const;
    expect(await bench.refusal('complete-op', call)).toMatchObject({ status: 409, code: 'OpNotStarted' });
  });

  it.each([
    [{ attempt: 2, try: 1 }, 'OpNotStarted'],
    [{ attempt: 1, try: 2 }, 'OpNotStarted'],
  ])('of a try that has not begun, %j, is refused', async (body, code) => {
    const { bench, asWorker } = await running();
    expect(await bench.refusal('complete-op', asWorker(body))).toMatchObject({ code });
  });
});

describe('fail', () => {
  it('records what failed and answers the token with a failure', async () => {
    const { bench, id, token, asWorker } = await running();
    expect((await bench.call('fail-op', asWorker({ ...TRY, error: ERROR }))).status).toBe(204);
    expect(await opOf(bench, id)).toMatchObject({ status: 'tried', error: ERROR });
    expect(bench.executions.answered).toEqual([
      { token, answer: { kind: 'failure', error: 'OpFailed', cause: 'DiskFull' } },
    ]);
  });

  it('that is repeated changes nothing and says so', async () => {
    const { bench, asWorker } = await running();
    await bench.call('fail-op', asWorker({ ...TRY, error: ERROR }));
    expect(await bench.refusal('fail-op', asWorker({ ...TRY, error: ERROR }))).toMatchObject({
      code: 'CompletionRepeated',
    });
  });
});

/** Every verb, with a good body. */
const VERBS = [
  ['complete-op', TRY],
  ['fail-op', { ...TRY, error: ERROR }],
  ['heartbeat-op', TRY],
  ['log-op', { ...TRY, message: 'half done' }],
] as const;

describe('an answer that comes too late', () => {
  it.each(VERBS)('is refused by %s when the job was cancelled', async (route, body) => {
    const { bench, id, asWorker } = await running();
    await bench.call('cancel-job', { id, body: {} });
    await journaled(bench, asWorker);
    expect(await bench.refusal(route, asWorker(body))).toMatchObject({ status: 409, code: 'CompletionLate' });
  });

  it.each(VERBS)('is refused by %s when the job has ended', async (route, body) => {
    const { bench, id, asWorker } = await running();
    await bench.call('cancel-job', { id, body: { force: true } });
    await journaled(bench, asWorker);
    expect(await bench.refusal(route, asWorker(body))).toMatchObject({ code: 'CompletionLate' });
  });

  it.each(VERBS)('is refused by %s when the try ran out of time', async (route, body) => {
    const { bench, id, asWorker } = await running();
    await bench.handleFailure(id, 0, { name: 'States.Timeout', cause: '' });
    await journaled(bench, asWorker);
    expect(await bench.refusal(route, asWorker(body))).toMatchObject({ code: 'CompletionLate' });
  });

  it.each(VERBS)('is refused by %s when a newer try runs', async (route, body) => {
    const { bench, id, asWorker } = await running(RETRIED);
    await bench.call('fail-op', asWorker({ ...TRY, error: ERROR }));
    await bench.handleFailure(id, 0);
    bench.now += 5_000;
    await bench.perform(id, 0);
    await journaled(bench, asWorker);
    expect(await bench.refusal(route, asWorker(body))).toMatchObject({ status: 409, code: 'TrySuperseded' });
    expect((await bench.call(route, asWorker({ ...body, try: 2 }))).status).toBeLessThan(300);
  });

  it.each(VERBS)('is refused by %s when the job has a newer attempt', async (route, body) => {
    const { bench, id, asWorker } = await running();
    const { store } = bench;
    const readJob = store.readJob.bind(store);
    // Reruns come later: a head at its second attempt is all that a completion sees of one.
    store.readJob = async (asked) => {
      const job = await readJob(asked);
      return job === null ? null : { ...job, attempt: 2 };
    };
    const problem = await bench.call(route, asWorker(body));
    expect(problem.status).toBe(409);
    expect(problem.text).toContain('"code":"AttemptSuperseded"');
    store.readJob = readJob;
    expect(await opOf(bench, id)).toMatchObject({ status: 'running' });
  });

  it('is journaled once', async () => {
    const { bench, id, asWorker } = await running();
    await bench.call('cancel-job', { id, body: {} });
    const late = () => bench.store.journal(id).filter(({ kind }) => kind === 'late');
    for (let call = 0; call < 3; call += 1) await bench.call('complete-op', asWorker(TRY));
    expect(late()).toHaveLength(1);
    expect(late()[0]).toMatchObject({ actor: 'worker', op: { index: 0, name: 'transcode' } });
  });

  /** The first late answer of a try is written into the journal; from then on nothing is. */
  async function journaled(bench: ApiBench, asWorker: (body: object) => Call): Promise<void> {
    await bench.call('complete-op', asWorker(TRY));
  }
});

describe('heartbeat', () => {
  it('renews the token of an op that declared one, and writes nothing', async () => {
    const { bench, token, asWorker } = await running();
    const before = await bench.stored();
    expect(await bench.call('heartbeat-op', asWorker(TRY))).toMatchObject({ status: 204, text: '' });
    expect(bench.executions.heartbeats).toEqual([token]);
    expect(await bench.stored()).toBe(before);
  });

  it('of an op that declared none is taken and stretches no timeout', async () => {
    const { heartbeat: _none, ...op } = SPEC.ops[0];
    const { bench, asWorker } = await running({ ...SPEC, ops: [op] });
    expect((await bench.call('heartbeat-op', asWorker(TRY))).status).toBe(204);
    expect(bench.executions.heartbeats).toEqual([]);
  });

  it('tells the worker to stop when the token is closed', async () => {
    const { bench, token, asWorker } = await running();
    bench.executions.closed.add(token);
    const problem = await bench.refusal('heartbeat-op', asWorker(TRY));
    expect(problem).toMatchObject({ status: 409, code: 'CompletionLate' });
    expect(problem.detail).toContain('Stop the work');
  });

  it('of a completed op is refused', async () => {
    const { bench, asWorker } = await running();
    await bench.call('complete-op', asWorker(TRY));
    expect(await bench.refusal('heartbeat-op', asWorker(TRY))).toMatchObject({ code: 'CompletionRepeated' });
  });
});

describe('log', () => {
  it('writes the line into the journal and answers its entry', async () => {
    const { bench, id, asWorker } = await running();
    const called = await bench.call('log-op', asWorker({ ...TRY, message: 'half done' }));
    expect(called.status).toBe(201);
    expect(entryShapeSchema.parse(JSON.parse(called.text))).toMatchObject({
      kind: 'log',
      message: 'half done',
      actor: 'worker',
      op: { index: 0, name: 'transcode' },
    });
    expect(bench.store.journal(id).at(-1)).toMatchObject({ kind: 'log', message: 'half done' });
  });

  it('takes 4 KB and refuses a byte more', async () => {
    const { bench, asWorker } = await running();
    const message = 'x'.repeat(4096);
    expect((await bench.call('log-op', asWorker({ ...TRY, message }))).status).toBe(201);
    expect(await bench.refusal('log-op', asWorker({ ...TRY, message: `${message}x` }))).toMatchObject({
      status: 413,
      code: 'MessageTooLarge',
    });
  });
});

describe('an op that is not a worker’s', () => {
  const ops = [
    { name: 'publish', action: 'site-publish' },
    { name: 'tell', action: 'log', input: { message: 'm' } },
  ];

  it.each(VERBS.slice(0, 2))('is not completed by %s', async (route, body) => {
    const { bench, asWorker } = await running({ ...SPEC, ops });
    for (const index of [0, 1]) {
      expect(await bench.refusal(route, asWorker(body, index))).toMatchObject({
        status: 409,
        code: 'NotAWorkersOp',
      });
    }
  });

  it('may give a sign of life and a line if a function does it, and not if Jobplane does', async () => {
    const { bench, asWorker } = await running({ ...SPEC, ops });
    expect((await bench.call('heartbeat-op', asWorker(TRY))).status).toBe(204);
    expect((await bench.call('log-op', asWorker({ ...TRY, message: 'm' }))).status).toBe(201);
    for (const [route, body] of VERBS.slice(2)) {
      expect(await bench.refusal(route, asWorker(body, 1))).toMatchObject({ code: 'NotAWorkersOp' });
    }
  });
});
