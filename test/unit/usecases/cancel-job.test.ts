import { describe, expect, it } from 'vitest';
import { type CancelCommand, cancelJob as decide } from '../../../core/job/cancel-job.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { deleteJob } from '../../../core/usecases/delete-job.ts';
import { endOfExecution } from '../../../core/usecases/end-of-execution.ts';
import { RUN_ID } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const CANCEL: CancelCommand = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
const FORCE = { ...CANCEL, force: true };
const SERVES = { attempt: 1, group: 'RUN', number: 1 } as const;

async function running() {
  const job = await StoredJob.submitted([{ name: 'one' }]);
  await job.perform(0, 'the token');
  return job;
}

describe('a cancel', () => {
  it('interrupts the action and fails the token', async () => {
    const job = await running();
    expect(await cancelJob(job.world.deps, job.id, CANCEL)).toMatchObject({
      ok: true,
      answer: { outcome: 'canceling' },
      job: { status: 'CANCELING' },
    });
    expect(job.world.actions.interrupted).toEqual([
      { action: 'build', running: { jobId: job.id, attempt: 1, op: 0, try: 1 } },
    ]);
    expect(job.told('the token')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
  });

  it('needs nothing from the target: what cannot be stopped stays owed', async () => {
    const job = await running();
    job.world.actions.interrupt = async () => {
      throw new Error('no answer');
    };
    expect(await cancelJob(job.world.deps, job.id, CANCEL)).toMatchObject({ ok: true });
    expect(await job.head()).toMatchObject({ status: 'CANCELING', owed: [{ kind: 'interrupt' }] });
    expect(job.world.owed).toEqual(['interrupt']);
  });

  it('fails the token that holds a long wait', async () => {
    const job = await StoredJob.submitted([
      { name: 'one', retry: { maxAttempts: 2, interval: 'PT1H', maxInterval: 'PT1H' } },
    ]);
    await job.perform(0);
    await job.complete(0, { kind: 'failed', error: { code: 'Flaky', message: 'no' } });
    await job.handle(0, 'OpFailed', 'held');
    await cancelJob(job.world.deps, job.id, CANCEL);
    expect(job.told('held')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
    expect(job.world.actions.interrupted).toEqual([]);
  });

  it('by force stops the execution after the end is stored, and owes it no more', async () => {
    const job = await running();
    await cancelJob(job.world.deps, job.id, FORCE);
    expect(job.world.executions.recorded.stopped).toMatchObject([
      { jobId: job.id, attempt: 1, segment: { group: 'RUN', number: 1 } },
    ]);
    expect(await job.head()).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', owed: [] });
    expect(await job.head()).toMatchObject({ dueEntry: { lane: 'retention' } });
  });

  it('by force holds even when the execution cannot be stopped yet', async () => {
    const job = await running();
    job.world.executions.outage = new Error('throttled');
    expect(await cancelJob(job.world.deps, job.id, FORCE)).toMatchObject({ ok: true });
    expect(await job.head()).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', owed: [{ kind: 'stop' }] });
  });

  it('that is refused changes nothing', async () => {
    const job = await running();
    expect(await cancelJob(job.world.deps, job.id, { ...CANCEL, onlyIfQueued: true })).toMatchObject({
      ok: false,
      refusal: { code: 'AlreadyStarted' },
    });
    expect(await job.head()).toMatchObject({ status: 'RUNNING' });
  });

  it('finds no job that is not there', async () => {
    const { deps } = recordingDeps();
    const refused = { ok: false, refusal: { code: 'JobNotFound' } };
    expect(await cancelJob(deps, RUN_ID, CANCEL)).toMatchObject(refused);
    const job = await running();
    await cancelJob(job.world.deps, job.id, FORCE);
    expect(await deleteJob(job.world.deps, job.id, 'ada')).toEqual({ ok: true });
    expect(await cancelJob(job.world.deps, job.id, CANCEL)).toMatchObject(refused);
    expect(await deleteJob(job.world.deps, job.id, 'ada')).toMatchObject(refused);
    expect(await job.world.store.readJob(job.id)).toBeNull();
  });
});

describe('the end of an execution', () => {
  const closed = { ...SERVES, how: 'ABORTED' };

  it('abends the job that counts on it, once', async () => {
    const job = await running();
    expect(await endOfExecution(job.world.deps, job.id, closed)).toBe(true);
    expect(await endOfExecution(job.world.deps, job.id, closed)).toBe(false);
    expect(await job.head()).toMatchObject({ status: 'ABENDED', owed: [] });
    const settling = job.world.store.journal(job.id).filter(({ to }) => to === 'ABENDED');
    expect(settling).toHaveLength(1);
  });

  it.each([{ attempt: 2 }, { number: 2 }, { group: 'PRE' as const }])(
    'of another (%j) is nothing',
    async (other) => {
      const job = await running();
      expect(await endOfExecution(job.world.deps, job.id, { ...closed, ...other })).toBe(false);
      expect(await job.head()).toMatchObject({ status: 'RUNNING' });
    },
  );

  it('is nothing to a job that has told its end, or is gone', async () => {
    const job = await running();
    await job.complete(0);
    await job.finish();
    expect(await endOfExecution(job.world.deps, job.id, closed)).toBe(false);
    expect(await endOfExecution(job.world.deps, RUN_ID, closed)).toBe(false);
    expect(await job.head()).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('loses against a cancel that was decided before it', async () => {
    const job = await running();
    const facts = new LineWorld().facts(job.spec, job.world.surroundings.now());
    const decision = decide(await job.head(), [await job.op(0)], FORCE, facts);
    if (!decision.ok || decision.change === null) throw new Error('it was not decided');
    await job.world.store.commit(decision.change);
    expect(await endOfExecution(job.world.deps, job.id, closed)).toBe(false);
  });
});
