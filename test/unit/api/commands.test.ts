import { describe, expect, it } from 'vitest';
import { canceledSchema } from '../../../core/contract/api/cancel-job.ts';
import { entryShapeSchema } from '../../../core/contract/api/entry-shape.ts';
import { ApiBench, SPEC } from './api-bench.ts';

describe('POST /jobs/{id}/cancel', () => {
  it('cancels at once what has not started', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    const answer = await bench.ok('cancel-job', canceledSchema, { id, body: { reason: 'wrong version' } });
    expect(answer).toMatchObject({
      outcome: 'canceled',
      message: `Job ${id} canceled`,
      job: { id, status: 'CANCELED_BEFORE_START', cancel: { actor: 'operator', reason: 'wrong version' } },
    });
    expect(bench.store.journal(id).at(-1)).toMatchObject({ actor: 'operator', to: 'CANCELED_BEFORE_START' });
  });

  it('stops what runs', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    const token = await bench.perform(id, 0);
    const answer = await bench.ok('cancel-job', canceledSchema, { id, body: {} });
    expect(answer).toMatchObject({ outcome: 'canceling', job: { status: 'CANCELING' } });
    expect(bench.actions.interrupted).toHaveLength(1);
    expect(bench.executions.answered).toMatchObject([{ token, answer: { error: 'Canceled' } }]);
  });

  it('by force ends the job first and stops its execution', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    await bench.perform(id, 0);
    const answer = await bench.ok('cancel-job', canceledSchema, { id, body: { force: true } });
    expect(answer).toMatchObject({ outcome: 'canceled', job: { status: 'CANCELED_WHILE_RUNNING' } });
    expect(bench.executions.stopped).toMatchObject([{ jobId: id }]);
  });

  it('with onlyIfQueued is refused once anything has started', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    await bench.perform(id, 0);
    const problem = await bench.refusal('cancel-job', { id, body: { onlyIfQueued: true } });
    expect(problem).toMatchObject({ status: 409, code: 'AlreadyStarted' });
    expect(problem.detail).toContain('is no longer waiting in the queue');
  });

  it('is refused where the command table says so, naming what is possible', async () => {
    const bench = new ApiBench();
    const id = await bench.completedJob();
    const problem = await bench.refusal('cancel-job', { id, body: {} });
    expect(problem).toMatchObject({ status: 409, code: 'CommandRefused' });
    expect(problem.detail).toContain('COMPLETED_OK');
    expect(problem.detail).toContain('delete');
  });
});

describe('POST /jobs/{id}/note', () => {
  it('writes the note and answers its entry', async () => {
    const bench = new ApiBench();
    const id = await bench.completedJob();
    const before = await bench.store.readJob(id);
    const called = await bench.call('add-note', { as: 'viewer', id, body: { comment: 'looks good ✓' } });
    expect(called.status).toBe(201);
    const entry = entryShapeSchema.parse(JSON.parse(called.text));
    expect(entry).toMatchObject({
      kind: 'note',
      message: 'looks good ✓',
      actor: 'viewer',
      serial: (before?.logSerial ?? 0) + 1,
    });
    expect(await bench.store.readJob(id)).toMatchObject({ status: 'COMPLETED_OK' });
  });
});

describe('DELETE /jobs/{id}', () => {
  it('deletes a settled job: to every route it is unknown then', async () => {
    const bench = new ApiBench();
    const id = await bench.completedJob();
    const called = await bench.call('delete-job', { as: 'admin', id });
    expect(called).toMatchObject({ status: 204, text: '' });
    expect(called.headers).not.toHaveProperty('content-type');
    expect(bench.store.heads()).toEqual([]);
    for (const route of ['get-job', 'list-ops', 'read-journal', 'delete-job'] as const) {
      expect(await bench.refusal(route, { as: 'admin', id })).toMatchObject({ code: 'JobNotFound' });
    }
  });

  it('hides the job with the commit, though its items cannot be removed yet', async () => {
    const failed: string[] = [];
    const bench = new ApiBench({ reportOwed: (effect) => failed.push(effect) });
    const id = await bench.completedJob();
    bench.store.removeJob = async () => {
      throw new Error('throttled');
    };
    expect((await bench.call('delete-job', { as: 'admin', id })).status).toBe(204);
    expect(failed).toEqual(['delete']);
    expect(await bench.refusal('get-job', { as: 'admin', id })).toMatchObject({ code: 'JobNotFound' });
    expect(await bench.refusal('add-note', { as: 'admin', id, body: { comment: 'x' } })).toMatchObject({
      code: 'JobNotFound',
    });
    expect(await bench.store.readJob(id)).toMatchObject({ owed: [{ kind: 'delete' }] });
  });

  it('is refused while the job lives', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(SPEC);
    const problem = await bench.refusal('delete-job', { as: 'admin', id });
    expect(problem).toMatchObject({ status: 409, code: 'CommandRefused' });
  });
});

describe('a job that is deleted between the check of its caller and the command', () => {
  it.each([
    'add-note',
    'cancel-job',
    'delete-job',
    'complete-op',
    'fail-op',
    'heartbeat-op',
    'log-op',
    'rerun-job',
    'roll-back-job',
    'pause-job',
    'resume-job',
    'answer-trap',
  ] as const)('is not found by %s', async (route) => {
    const bench = new ApiBench();
    const id = await bench.submit();
    const bodies = {
      'add-note': { comment: 'x' },
      'cancel-job': {},
      'delete-job': undefined,
      'complete-op': { attempt: 1, try: 1 },
      'fail-op': { attempt: 1, try: 1, error: { code: 'a', message: 'b' } },
      'heartbeat-op': { attempt: 1, try: 1 },
      'log-op': { attempt: 1, try: 1, message: 'x' },
      'rerun-job': {},
      'roll-back-job': {},
      'pause-job': {},
      'resume-job': {},
      'answer-trap': { answer: 'skip' },
    };
    const call = { as: 'admin', index: 0, body: bodies[route] } as const;
    const unknown = await bench.call(route, { ...call, id: 'unknown' });
    const readSpec = bench.store.readSpec.bind(bench.store);
    bench.store.readSpec = async () => null;
    expect(await bench.call(route, { ...call, id })).toEqual(unknown);
    bench.store.readSpec = readSpec;
  });
});
