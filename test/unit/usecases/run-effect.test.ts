import { describe, expect, it } from 'vitest';
import { pauseJob } from '../../../core/usecases/pause-job.ts';
import { rerunJob } from '../../../core/usecases/rerun-job.ts';
import { rollBackJob } from '../../../core/usecases/roll-back-job.ts';
import { answerFor, answerToPerform, runEffect } from '../../../core/usecases/run-effect.ts';
import { sweep } from '../../../core/usecases/sweep.ts';
import { failing } from '../../support/job-run.ts';
import { sampleJob, sampleOp } from '../views/sample-job.ts';
import { dyingAfter, recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

describe('what the token of an op is told', () => {
  it.each([
    [sampleOp(0, 'running'), null],
    [sampleOp(0, 'success'), { kind: 'success', output: { next: 'go on' } }],
    [sampleOp(0, 'error'), { kind: 'failure', error: 'OpFailed', cause: 'DiskFull' }],
    [sampleOp(0, 'tried'), { kind: 'failure', error: 'OpFailed', cause: 'DiskFull' }],
    [sampleOp(0, 'tried', { held: true }), { kind: 'success', output: { next: 'try again', seconds: 0 } }],
    [sampleOp(0, 'canceled'), { kind: 'failure', error: 'Canceled', cause: 'The op was canceled' }],
    // Paused before it began, and resumed since.
    [sampleOp(0, 'queued'), { kind: 'success', output: { next: 'try again', seconds: 0 } }],
    [sampleOp(0, 'tried', { held: true, decision: { kind: 'trapped' } }), null],
    [
      sampleOp(0, 'tried', { held: true, decision: { kind: 'tryAgain', at: 0 } }),
      { kind: 'success', output: { next: 'try again', seconds: 0 } },
    ],
    [sampleOp(0, 'success', { skipped: true }), { kind: 'success', output: { next: 'go on' } }],
    [sampleOp(0, 'error', { next: 'failed' }), { kind: 'success', output: { next: 'failed' } }],
    [sampleOp(0, 'error', { next: 'go on' }), { kind: 'success', output: { next: 'go on' } }],
  ])('is what the op’s stored state says: $status', (op, answer) => {
    expect(answerFor(op)).toEqual(answer);
  });

  it('is another thing to Perform op, which ends with whatever its op ended with', () => {
    const aborted = sampleOp(0, 'error', { next: 'failed' });
    expect(answerToPerform(aborted)).toEqual({ kind: 'failure', error: 'OpFailed', cause: 'DiskFull' });
    const skipped = sampleOp(0, 'success', { skipped: true });
    expect(answerToPerform(skipped)).toEqual(answerFor(skipped));
    expect(answerToPerform(sampleOp(0, 'canceled'))).toEqual(answerFor(sampleOp(0, 'canceled')));
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

  it('fails the token of an op that has not begun, of a job that was paused before it', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    await pauseJob(job.world.deps, job.id, { actor: 'ada' });
    await expect(job.perform(0)).rejects.toMatchObject({ name: 'NotNow' });
    await job.handle(0, 'NotNow', 'kept');
    expect(await runEffect(job.world.deps, await job.head(), { kind: 'interrupt', op: 0, by })).toEqual(DONE);
    expect(job.world.actions.interrupted).toEqual([]);
    expect(job.told('kept')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
  });

  it('stops the execution that it names, and not the one that the job has now', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    const segment = { group: 'RUN', number: 1, committedAt: 0, tries: 0 } as const;
    const head = { ...(await job.head()), attempt: 2 };
    await runEffect(job.world.deps, head, { kind: 'stop', attempt: 1, segment, by });
    expect(job.world.executions.recorded.stopped).toMatchObject([{ jobId: job.id, attempt: 1, segment }]);
  });

  it('starts no more ops at once than an execution takes, of all that a manual rollback has to do', async () => {
    const job = await StoredJob.submitted(
      Array.from({ length: 300 }, (_, index) => ({ name: `op-${index}`, rollback: { action: 'build' } })),
    );
    const all = Array.from({ length: 300 }, (_, index) => index);
    await job.succeed(...all);
    await job.finish();
    await rerunJob(job.world.deps, job.id, { actor: 'ada', from: 'RUN', runNow: false });
    await job.succeed(...all);
    await job.finish();
    await rollBackJob(job.world.deps, job.id, { actor: 'ada' });
    const started = job.world.executions.recorded.started.at(-1);
    expect(started).toMatchObject({ attempt: 3, group: 'RECOVER', number: 1 });
    const indexes = started?.ops.map(({ op }) => op) ?? [];
    expect(indexes).toHaveLength(500);
    expect([indexes[0], indexes[299], indexes[300], indexes[499]]).toEqual([899, 600, 1_199, 1_000]);
  });
});

describe('telling those who wait for a job’s end', () => {
  /** Two jobs that wait for a third, which has just failed; whoever was to tell them died. */
  async function untold() {
    const world = recordingDeps();
    const awaited = await StoredJob.submitted([{ name: 'one' }], world);
    const conditions = { dependsOn: [{ job: awaited.id }] };
    const waiters: StoredJob[] = [];
    for (let waiter = 0; waiter < 2; waiter += 1) {
      waiters.push(await StoredJob.submitted([{ name: 'two' }], world, conditions));
    }
    await awaited.fail(0, 'Broken');
    await awaited.recover();
    await dyingAfter(1, world, () => awaited.finish('recovery'));
    expect(await awaited.head()).toMatchObject({ status: 'FAILED', owed: [{ kind: 'tell' }] });
    return { world, awaited, waiters };
  }

  async function statuses(waiters: readonly StoredJob[]) {
    return Promise.all(waiters.map(async (waiter) => (await waiter.head()).status));
  }

  it('is what the sweeper does where nobody did it', async () => {
    const { world, awaited, waiters } = await untold();
    world.surroundings.at += 60_000;
    await sweep(world.deps);
    expect(await statuses(waiters)).toEqual(['FAILED_TO_START', 'FAILED_TO_START']);
    expect(await awaited.head()).toMatchObject({ owed: [] });
  });

  it('stops where the job runs again: they wait for its next end, and are told that', async () => {
    const { world, awaited, waiters } = await untold();
    const ended = await awaited.head();
    await rerunJob(world.deps, awaited.id, { actor: 'ada', from: 'PRE', runNow: false });
    // Whoever read the head before the rerun comes only now.
    expect(await runEffect(world.deps, ended, { kind: 'tell', by: 0 })).toMatchObject({ met: 'done' });
    expect(await statuses(waiters)).toEqual(['WAITING_DEPENDENCY', 'WAITING_DEPENDENCY']);
    expect(await world.store.listDependents(awaited.id, 10)).toHaveLength(2);
    await awaited.succeed(0);
    await awaited.finish();
    expect(await statuses(waiters)).toEqual(['QUEUED', 'QUEUED']);
    expect(await world.store.listDependents(awaited.id, 10)).toEqual([]);
  });

  it('stops between two of them where the job is run again just then', async () => {
    const { world, awaited, waiters } = await untold();
    const remove = world.store.removeDependent.bind(world.store);
    const told: string[] = [];
    world.store.removeDependent = async (id, dependent, attempt) => {
      told.push(dependent);
      if (told.length === 1) {
        await rerunJob(world.deps, awaited.id, { actor: 'ada', from: 'PRE', runNow: false });
      }
      return remove(id, dependent, attempt);
    };
    await runEffect(world.deps, await awaited.head(), { kind: 'tell', by: 0 });
    expect(told).toHaveLength(1);
    expect(await statuses(waiters)).toEqual(['FAILED_TO_START', 'WAITING_DEPENDENCY']);
    expect(await world.store.listDependents(awaited.id, 10)).toHaveLength(2);
  });
});
