import { describe, expect, it } from 'vitest';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { finishJob } from '../../../core/usecases/finish-job.ts';
import { handleOpFailure } from '../../../core/usecases/handle-op-failure.ts';
import { planRecovery } from '../../../core/usecases/plan-recovery.ts';
import { failing, RUN_ID } from '../../support/job-run.ts';
import { recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const CANCEL = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
const SEGMENT_MS = 300 * 24 * 3_600_000;
const SERVES = { attempt: 1, group: 'RUN', number: 1 } as const;
const ERROR = { name: 'OpFailed', cause: '' };

async function failed(op: object, code = 'Flaky') {
  const job = await StoredJob.submitted([op, { name: 'two' }]);
  await job.perform(0);
  await job.complete(0, failing(code));
  return job;
}

describe('the task Handle op failure', () => {
  it('answers its own token with another try, and when', async () => {
    const job = await failed({ name: 'one', retry: { maxAttempts: 2, interval: 'PT40S' } });
    await job.handle(0, 'OpFailed', 'handle');
    expect(job.told('handle')).toEqual([{ kind: 'success', output: { next: 'try again', seconds: 20 } }]);
  });

  it('answers that the op has failed', async () => {
    const job = await failed({ name: 'one' });
    await job.handle(0, 'OpFailed', 'handle');
    expect(job.told('handle')).toEqual([{ kind: 'success', output: { next: 'failed' } }]);
  });

  it('answers to go on past an op that may fail', async () => {
    const job = await failed({ name: 'one', onError: 'continue' });
    await job.handle(0, 'OpFailed', 'handle');
    expect(job.told('handle')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
  });

  it('keeps its token through a long wait', async () => {
    const job = await failed({
      name: 'one',
      retry: { maxAttempts: 2, interval: 'PT1H', maxInterval: 'PT1H' },
    });
    await job.handle(0, 'OpFailed', 'handle');
    expect(job.told('handle')).toEqual([]);
    expect(await job.op(0)).toMatchObject({ held: true, token: 'handle' });
  });

  it('starts the next segment and ends this one', async () => {
    const job = await failed({ name: 'one', retry: { maxAttempts: 2 } });
    job.world.surroundings.at += SEGMENT_MS;
    await expect(job.handle(0, 'OpFailed', 'handle')).rejects.toMatchObject({ name: 'Continued' });
    expect(job.world.executions.recorded.started.map(({ number }) => number)).toEqual([1, 2]);
    expect(job.world.executions.recorded.started.at(-1)?.ops.map(({ op }) => op)).toEqual([0, 1]);
    expect(job.told('handle')).toEqual([]);
  });

  it('throws what the state machine catches by name', async () => {
    const { deps } = recordingDeps();
    const command = { ...SERVES, op: 0, token: 't', error: ERROR };
    await expect(handleOpFailure(deps, RUN_ID, command)).rejects.toMatchObject({ name: 'Stale' });
    const job = await failed({ name: 'one', retry: { maxAttempts: 2 } });
    await cancelJob(job.world.deps, job.id, CANCEL);
    await expect(job.handle(0, 'Canceled')).rejects.toMatchObject({ name: 'Canceled' });
  });
});

describe('the task Plan recovery', () => {
  it('returns the rollbacks in reverse and the POST ops, with the clocks of their tries', async () => {
    const undone = { rollback: { action: 'hand', timeout: 'PT1M', heartbeat: 'PT5S' } };
    const job = await StoredJob.submitted([
      { name: 'one', ...undone },
      { name: 'two', ...undone },
      { name: 'three' },
      { name: 'report', step: 'POST' },
    ]);
    for (const op of [0, 1]) {
      await job.perform(op);
      await job.complete(op);
    }
    await job.perform(2);
    await job.complete(2, failing('Broken'));
    await job.handle(2, 'OpFailed');
    const plan = [
      { op: 5, timeout: 60, heartbeat: 5 },
      { op: 4, timeout: 60, heartbeat: 5 },
      { op: 3, timeout: 1_201, heartbeat: 1_200 },
    ];
    expect(await job.recover()).toEqual(plan);
    expect(await job.recover()).toEqual(plan);
  });

  it('is stale for a job that is gone or has ended', async () => {
    const { deps } = recordingDeps();
    const command = { ...SERVES, error: ERROR };
    await expect(planRecovery(deps, RUN_ID, command)).rejects.toMatchObject({ name: 'Stale' });
    const job = await StoredJob.submitted([{ name: 'one' }]);
    await cancelJob(job.world.deps, job.id, CANCEL);
    await expect(planRecovery(job.world.deps, job.id, command)).rejects.toMatchObject({ name: 'Stale' });
  });
});

describe('the task Finish job', () => {
  it('ends the job, once', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    await job.perform(0);
    await job.complete(0);
    await job.finish();
    const ended = await job.head();
    expect(ended).toMatchObject({ status: 'COMPLETED_OK', owed: [] });
    await finishJob(job.world.deps, job.id, { ...SERVES, after: 'ops' });
    expect(await job.head()).toEqual(ended);
  });

  it('starts RUN when PRE is done, once', async () => {
    const job = await StoredJob.submitted([{ name: 'check', step: 'PRE' }, { name: 'one' }]);
    await job.perform(0);
    await job.complete(0);
    await job.finish();
    await finishJob(job.world.deps, job.id, { attempt: 1, group: 'PRE', number: 1, after: 'ops' });
    expect(
      job.world.executions.recorded.started.map(({ group, number, ops }) => [group, number, ops.length]),
    ).toEqual([
      ['PRE', 1, 1],
      ['RUN', 2, 1],
    ]);
  });

  it('does nothing for a job that is gone', async () => {
    const { deps, executions } = recordingDeps();
    await finishJob(deps, RUN_ID, { ...SERVES, after: 'ops' });
    expect(executions.recorded.started).toEqual([]);
  });

  it('does not end a job whose ops are not final', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }, { name: 'two' }]);
    await job.perform(0);
    await job.complete(0);
    await expect(job.finish()).rejects.toThrow('the job cannot end: ops 1 are not final');
    expect(await job.head()).toMatchObject({ status: 'RUNNING' });
  });
});
