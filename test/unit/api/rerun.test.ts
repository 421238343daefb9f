import { describe, expect, it } from 'vitest';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { opListSchema } from '../../../core/contract/api/list-ops.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { ApiBench, NOW, SPEC } from './api-bench.ts';

const HOUR_MS = 3_600_000;

const isoOf = (instant: number) => new Date(instant).toISOString();

const step = (name: string, rest: object = {}) => ({ name, action: 'transcode', ...rest });

/** An op of each step: two in RUN. */
const STEPS = {
  ...SPEC,
  ops: [
    step('build', { step: 'PRE' }),
    step('publish'),
    step('check', { input: { from: { $from: 'ops.publish.result.file' } } }),
    step('report', { step: 'POST' }),
  ],
};

const [BUILD, PUBLISH, CHECK] = [0, 1, 2];

/** A job whose third op fails, in a RUN that has nothing to undo. */
async function failed(spec: object = STEPS) {
  const bench = new ApiBench();
  const id = await bench.submit(spec);
  await bench.work(id, BUILD);
  await bench.finish(id);
  await bench.work(id, PUBLISH);
  await bench.work(id, CHECK, 'Broken');
  await bench.recover(id);
  bench.now += HOUR_MS;
  return { bench, id };
}

function rerun(bench: ApiBench, id: JobId, body: object = {}) {
  return bench.ok('rerun-job', jobShapeSchema, { id, body });
}

describe('POST /jobs/{id}/rerun', () => {
  it.each([
    [{}, { progress: { opsRun: 0 }, step: 'PRE' }, [BUILD]],
    [{ from: 'RUN' }, { progress: { opsRun: 1 }, step: 'RUN' }, [1, 2, 3]],
    [{ from: 'failedOp' }, { progress: { opsRun: 2 }, step: 'RUN' }, [2, 3]],
    [{ from: 'POST' }, { progress: { opsRun: 3 }, step: 'POST' }, [3]],
  ])('with %j begins there, as the next attempt', async (body, expected, ops) => {
    const { bench, id } = await failed();
    const job = await rerun(bench, id, { ...body, comment: 'once more' });
    expect(job).toMatchObject({ ...expected, attempt: 2, status: 'QUEUED', waitReason: 'starting' });
    expect(job).not.toHaveProperty('error');
    expect(bench.executions.started.at(-1)).toMatchObject({ attempt: 2, ops: ops.map((op) => ({ op })) });
    expect(bench.store.journal(id).at(-1)?.message).toMatch(/^Rerun by operator from .*: once more\. /);
  });

  it('gives the results of what it does not do again to what it does', async () => {
    const { bench, id } = await failed();
    await rerun(bench, id, { from: 'failedOp' });
    await bench.work(id, CHECK);
    const ready = bench.store.journal(id).filter(({ kind }) => kind === 'ready');
    expect(ready.at(-1)).toMatchObject({ attempt: 2, ready: { input: { from: 'a.mp4' } } });
  });

  it('ends well where the failed op goes well', async () => {
    const { bench, id } = await failed();
    await rerun(bench, id, { from: 'failedOp' });
    for (const op of [CHECK, 3]) await bench.work(id, op);
    await bench.finish(id);
    expect(await bench.ok('get-job', jobShapeSchema, { id })).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('of POST alone does not make a failure good', async () => {
    const { bench, id } = await failed();
    await rerun(bench, id, { from: 'POST' });
    await bench.work(id, 3);
    await bench.finish(id);
    expect(await bench.ok('get-job', jobShapeSchema, { id })).toMatchObject({
      status: 'FAILED',
      attempt: 2,
      error: { code: 'Broken', op: CHECK },
    });
  });

  it('from RUN asks for approval again and keeps the date and the window, from failedOp neither', async () => {
    const schedule = { at: isoOf(NOW), startWithin: 'PT2H' };
    const approval = { approvers: ['group:release-managers'] };
    const expected = {
      RUN: { status: 'WAITING_APPROVAL', dates: { maxStartAt: isoOf(NOW + 3 * HOUR_MS) } },
      failedOp: { status: 'QUEUED', dates: { scheduledAt: isoOf(NOW) } },
    };
    for (const from of ['RUN', 'failedOp'] as const) {
      const bench = new ApiBench();
      const id = await bench.submit({ ...SPEC, schedule, approval });
      await bench.call('approve-job', { as: 'approver', id });
      await bench.work(id, 0, 'Broken');
      await bench.recover(id);
      bench.now += HOUR_MS;
      const job = await rerun(bench, id, { from });
      expect(job).toMatchObject(expected[from]);
      expect('maxStartAt' in job.dates).toBe(from === 'RUN');
    }
  });

  it.each([
    [{ from: 'RUN' }, { status: 'SCHEDULED', dates: { scheduledAt: isoOf(NOW + 24 * HOUR_MS) } }],
    [
      { from: 'RUN', runNow: true },
      { status: 'QUEUED', dates: { scheduledAt: isoOf(NOW) } },
    ],
  ])('with %j of a job whose date is still to come', async (body, expected) => {
    const bench = new ApiBench();
    const schedule = { at: isoOf(NOW + 24 * HOUR_MS) };
    const approval = { approvers: ['group:release-managers'] };
    const id = await bench.submit({ ...SPEC, schedule, approval });
    await bench.call('reject-job', { as: 'approver', id });
    await rerun(bench, id, body);
    const approved = await bench.ok('approve-job', jobShapeSchema, { as: 'approver', id });
    expect(approved).toMatchObject({ ...expected, attempt: 2 });
  });

  it('counts a late answer of the attempt before as superseded', async () => {
    const { bench, id } = await failed();
    await rerun(bench, id);
    await bench.perform(id, BUILD);
    const body = { attempt: 1, try: 1 };
    const called = await bench.call('complete-op', { as: 'worker', id, index: BUILD, body });
    expect(called).toMatchObject({ status: 409, text: expect.stringContaining('AttemptSuperseded') });
  });
});

const ONE = { ...SPEC, ops: [step('publish')] };

/** A job in a status, and a rerun that it does not take. */
const REFUSED: readonly [
  what: string,
  spec: object,
  make: (bench: ApiBench, id: JobId) => Promise<unknown>,
  body: object,
  detail: string,
][] = [
  ['runs', ONE, (bench, id) => bench.perform(id, 0), {}, 'RUNNING and takes no rerun; possible: cancel'],
  [
    'was canceled',
    ONE,
    (bench, id) => bench.call('cancel-job', { id, body: {} }),
    {},
    'CANCELED_BEFORE_START and takes no rerun',
  ],
  ['completed under strict', { ...ONE, rerunPolicy: 'strict' }, complete, {}, 'its rerunPolicy is strict'],
  [
    'went well, from an op that failed',
    ONE,
    complete,
    { from: 'failedOp' },
    'does not run again from failedOp; possible: PRE, RUN, POST.',
  ],
  [
    'was rejected, from POST',
    { ...ONE, approval: { approvers: ['user:approver'] } },
    (bench, id) => bench.call('reject-job', { as: 'approver', id }),
    { from: 'POST' },
    'REJECTED and does not run again from POST; possible: PRE, RUN.',
  ],
  ['has no POST, from POST', ONE, complete, { from: 'POST' }, 'no op in POST or behind it'],
];

async function complete(bench: ApiBench, id: JobId): Promise<void> {
  await bench.work(id, 0);
  await bench.finish(id);
}

describe('a rerun is refused', () => {
  it.each(REFUSED)('for a job that %s', async (_what, spec, make, body, detail) => {
    const bench = new ApiBench();
    const id = await bench.submit(spec);
    await make(bench, id);
    const problem = await bench.refusal('rerun-job', { id, body });
    expect(problem).toMatchObject({ status: 409, code: 'CommandRefused' });
    expect(problem.detail).toContain(detail);
  });
});

describe('POST /jobs/{id}/rollback', () => {
  const UNDOABLE = {
    ...SPEC,
    locks: [{ name: 'site' }],
    ops: [step('one', { rollback: { action: 'transcode' } }), step('two')],
  };

  async function completed(bench: ApiBench, spec: object = UNDOABLE): Promise<JobId> {
    const id = await bench.submit(spec);
    for (const op of [0, 1]) await bench.work(id, op);
    await bench.finish(id);
    return id;
  }

  it('undoes a job that completed, as its next attempt', async () => {
    const bench = new ApiBench();
    const id = await completed(bench);
    const body = { comment: 'wrong version' };
    expect(await bench.ok('roll-back-job', jobShapeSchema, { id, body })).toMatchObject({
      status: 'QUEUED',
      attempt: 2,
      rollback: { outcome: 'needed' },
    });
    expect(bench.store.journal(id).at(-1)?.message).toContain(
      'Rollback of 1 op by operator: wrong version. ',
    );
    const [{ ops: [undo] = [] } = {}] = bench.executions.started.slice(-1);
    if (undo === undefined) throw new Error('a rollback was started');
    await bench.work(id, undo.op);
    await bench.finish(id);
    const job = await bench.ok('get-job', jobShapeSchema, { id });
    expect(job).toMatchObject({ status: 'ROLLED_BACK', rollback: { outcome: 'ok' } });
    expect(job).not.toHaveProperty('error');
    const { items } = await bench.ok('list-ops', opListSchema, { id });
    expect(items.map(({ name, status, attempt }) => [name, status, attempt])).toEqual([
      ['one', 'success', 1],
      ['two', 'success', 1],
      ['one/rollback', 'success', 2],
    ]);
    expect(items.at(-1)).toMatchObject({ rollbackOf: 0, rollbackOfAttempt: 1 });
  });

  it('waits for the locks of the job, and for nothing else', async () => {
    const bench = new ApiBench();
    const approval = { approvers: ['group:release-managers'] };
    const id = await bench.submit({ ...UNDOABLE, approval });
    await bench.call('approve-job', { as: 'approver', id });
    for (const op of [0, 1]) await bench.work(id, op);
    await bench.finish(id);
    const holder = await bench.submit({ ...ONE, locks: [{ name: 'site' }] });
    const job = await bench.ok('roll-back-job', jobShapeSchema, { id });
    expect(job).toMatchObject({ status: 'WAITING_LOCK' });
    for (const [route, command] of [
      ['reschedule-job', { at: null }],
      ['pause-job', {}],
    ] as const) {
      expect(await bench.refusal(route, { id, body: command })).toMatchObject({ code: 'CommandRefused' });
    }
    await complete(bench, holder);
    expect(await bench.ok('get-job', jobShapeSchema, { id })).toMatchObject({ status: 'QUEUED' });
  });

  it('of a job that left nothing is refused, once it is undone, too', async () => {
    const bench = new ApiBench();
    const id = await completed(bench);
    await bench.ok('roll-back-job', jobShapeSchema, { id });
    await bench.work(id, 2 * UNDOABLE.ops.length);
    await bench.finish(id);
    for (const nothing of [id, await bench.completedJob()]) {
      expect(await bench.refusal('roll-back-job', { id: nothing, body: {} })).toMatchObject({
        status: 409,
        code: 'NothingToUndo',
      });
    }
  });

  it('of a job that runs is refused', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(UNDOABLE);
    await bench.work(id, 0);
    const problem = await bench.refusal('roll-back-job', { id, body: {} });
    expect(problem).toMatchObject({ status: 409, code: 'CommandRefused' });
    expect(problem.detail).toContain('RUNNING and takes no rollback');
  });
});

describe('GET /jobs/{id}/ops of a job that runs again', () => {
  it('shows what is not done again as an earlier attempt left it', async () => {
    const { bench, id } = await failed();
    await rerun(bench, id, { from: 'failedOp' });
    const { items } = await bench.ok('list-ops', opListSchema, { id });
    expect(items.map(({ name, status, attempt }) => [name, status, attempt])).toEqual([
      ['build', 'success', 1],
      ['publish', 'success', 1],
      ['check', 'queued', 2],
      ['report', 'queued', 2],
    ]);
    expect(items[PUBLISH]).toMatchObject({ result: { file: 'a.mp4' } });
  });

  it('with ?attempt= shows an earlier one as it went', async () => {
    const { bench, id } = await failed();
    await rerun(bench, id, { from: 'failedOp' });
    await bench.work(id, CHECK);
    const { items } = await bench.ok('list-ops', opListSchema, { id, query: 'attempt=1' });
    expect(items.map(({ name, status, attempt }) => [name, status, attempt])).toEqual([
      ['build', 'success', 1],
      ['publish', 'success', 1],
      ['check', 'error', 1],
      ['report', 'success', 1],
    ]);
    const current = await bench.ok('list-ops', opListSchema, { id, query: 'attempt=2' });
    expect(current).toEqual(await bench.ok('list-ops', opListSchema, { id }));
  });

  it('with ?attempt= beyond the current one is not found, nor is one below the first', async () => {
    const { bench, id } = await failed();
    await rerun(bench, id);
    const problem = await bench.refusal('list-ops', { id, query: 'attempt=3' });
    expect(problem).toMatchObject({ status: 404, code: 'AttemptNotFound' });
    expect(problem.detail).toContain('is at attempt 2; there is no attempt 3');
    expect(await bench.refusal('list-ops', { id, query: 'attempt=0' })).toMatchObject({
      status: 400,
      code: 'InvalidValue',
    });
  });

  it('takes a cursor of the same attempt only', async () => {
    const { bench, id } = await failed();
    await rerun(bench, id);
    const { items, cursor = '' } = await bench.ok('list-ops', opListSchema, {
      id,
      query: { attempt: 1, limit: 2 },
    });
    expect(items.map(({ index }) => index)).toEqual([0, 1]);
    const rest = await bench.ok('list-ops', opListSchema, { id, query: { attempt: 1, cursor } });
    expect(rest.items.map(({ index }) => index)).toEqual([2, 3]);
    expect(await bench.refusal('list-ops', { id, query: { cursor } })).toMatchObject({
      code: 'InvalidCursor',
    });
  });
});
