import { describe, expect, it } from 'vitest';
import { answerFor, runEffect } from '../../../core/usecases/run-effect.ts';
import { failing } from '../../support/job-run.ts';
import { sampleJob, sampleOp } from '../views/sample-job.ts';
import { StoredJob } from './stored-job.ts';

describe('what the token of an op is told', () => {
  it.each([
    [sampleOp(0, 'running'), null],
    [sampleOp(0, 'success'), { kind: 'success', output: {} }],
    [sampleOp(0, 'error'), { kind: 'failure', error: 'OpFailed', cause: 'DiskFull' }],
    [sampleOp(0, 'tried'), { kind: 'failure', error: 'OpFailed', cause: 'DiskFull' }],
    [sampleOp(0, 'tried', { held: true }), { kind: 'success', output: { next: 'try again', seconds: 0 } }],
    [sampleOp(0, 'canceled'), { kind: 'failure', error: 'Canceled', cause: 'The op was canceled' }],
  ])('is what the op’s stored state says: $status', (op, answer) => {
    expect(answerFor(op)).toEqual(answer);
  });

  it('is never a result, which may be as large as all else together', () => {
    expect(JSON.stringify(answerFor(sampleOp(0, 'success', { result: 'much' })))).not.toContain('much');
  });
});

const DONE = { met: 'done', followed: [] };
const UNPROVEN = { met: 'unproven', followed: [] };

describe('an effect', () => {
  const by = 0;

  it('is done again without harm', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    expect(await runEffect(job.world.deps, await job.head(), { kind: 'start', by })).toEqual(UNPROVEN);
    await job.perform(0, 'the token');
    await job.complete(0);
    expect(await runEffect(job.world.deps, await job.head(), { kind: 'answer', op: 0, by })).toEqual(
      UNPROVEN,
    );
    expect(job.told('the token')).toHaveLength(1);
  });

  it('asks nobody anything for an op that has not begun, runs, or has no token', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }, { name: 'two' }]);
    await job.perform(0);
    const head = await job.head();
    for (const op of [0, 1]) {
      expect(await runEffect(job.world.deps, head, { kind: 'answer', op, by })).toEqual(DONE);
    }
    expect(await runEffect(job.world.deps, head, { kind: 'interrupt', op: 1, by })).toEqual(DONE);
    expect(job.world.executions.recorded.answered).toEqual([]);
  });

  it('starts nothing for a job that has ended', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    const { id } = job;
    expect(await runEffect(job.world.deps, sampleJob('FAILED', { id }), { kind: 'start', by })).toEqual(DONE);
    expect(job.world.executions.recorded.started).toHaveLength(1);
  });

  it('interrupts no action between two tries, and fails the token all the same', async () => {
    const job = await StoredJob.submitted([{ name: 'one', retry: { maxAttempts: 2 } }]);
    await job.perform(0, 'the token');
    job.world.executions.outage = new Error('throttled');
    await job.complete(0, failing('Flaky'));
    job.world.executions.outage = null;
    expect(await runEffect(job.world.deps, await job.head(), { kind: 'interrupt', op: 0, by })).toEqual(DONE);
    expect(job.world.actions.interrupted).toEqual([]);
    expect(job.told('the token')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
  });

  it('starts what is left of a segment, so that a repeat derives the same from what is stored', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }, { name: 'two' }]);
    await job.perform(0);
    await job.complete(0);
    const head = await job.head();
    const started: unknown[] = [];
    job.world.executions.start = async (input) => {
      started.push(input.ops.map(({ op }) => op));
      return 'started';
    };
    expect(await runEffect(job.world.deps, head, { kind: 'start', by })).toEqual(DONE);
    expect(started).toEqual([[1]]);
  });
});
