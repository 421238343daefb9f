import { describe, expect, it } from 'vitest';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { deleteJob } from '../../../core/usecases/delete-job.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { failing, RUN_ID } from '../../support/job-run.ts';
import { recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const FORCE = { actor: 'ada', onlyIfQueued: false, force: true, rollback: true };

/** A job that was submitted while Step Functions could not be reached. */
async function notStarted() {
  const world = recordingDeps();
  world.executions.outage = new Error('throttled');
  const job = await StoredJob.submitted([{ name: 'one' }], world);
  world.executions.outage = null;
  return job;
}

async function running() {
  const job = await StoredJob.submitted([{ name: 'one' }, { name: 'two' }]);
  await job.perform(0, 'the token');
  return job;
}

describe('a look at a job', () => {
  it('starts what was left unstarted, and says so in the journal', async () => {
    const job = await notStarted();
    job.world.surroundings.at += MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toEqual({
      repaired: ['start'],
      looked: false,
      abended: false,
    });
    expect(job.world.executions.recorded.started).toHaveLength(1);
    expect(job.world.store.journal(job.id).at(-1)).toMatchObject({ kind: 'repair' });
  });

  it('looks again a minute later while nothing proves the start', async () => {
    const job = await notStarted();
    job.world.surroundings.at += MINUTE;
    await lookAtJob(job.world.deps, job.id);
    const at = job.world.surroundings.at + MINUTE;
    expect(await job.head()).toMatchObject({
      owed: [{ kind: 'start', by: at }],
      dueEntry: { lane: 'owed', at },
    });
    job.world.surroundings.at = at;
    expect(await lookAtJob(job.world.deps, job.id)).toEqual({
      repaired: ['start'],
      looked: true,
      abended: false,
    });
  });

  it('does nothing before the time has come, but to set the next', async () => {
    const job = await running();
    const { dueEntry } = await job.head();
    job.world.surroundings.at += MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toEqual({ repaired: [], looked: false, abended: false });
    expect(dueEntry?.lane).toBe('owed');
    expect((await job.head()).dueEntry?.lane).toBe('liveness');
    expect(job.world.executions.described).toEqual([]);
  });

  it('answers a token that was left unanswered', async () => {
    const job = await running();
    job.world.executions.outage = new Error('throttled');
    await job.complete(0);
    job.world.executions.outage = null;
    job.world.surroundings.at += MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toMatchObject({ repaired: ['answer'], abended: false });
    expect(job.told('the token')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
  });

  it('tells a closed token of a dead execution from one of a live execution', async () => {
    const job = await running();
    job.world.executions.outage = new Error('throttled');
    await job.complete(0);
    job.world.executions.outage = null;
    job.world.executions.recorded.closed.add('the token');
    job.world.surroundings.at += MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toEqual({
      repaired: ['answer'],
      looked: true,
      abended: false,
    });
    job.lose();
    job.world.surroundings.at += MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toMatchObject({ abended: true });
    expect(await job.head()).toMatchObject({ status: 'ABENDED' });
  });

  it('looks less and less often at an execution that runs, from 5 minutes to 6 hours', async () => {
    const job = await running();
    const gaps: number[] = [];
    for (let look = 0; look < 9; look += 1) {
      const head = await job.head();
      const at = head.dueEntry?.lane === 'liveness' ? head.dueEntry.at : head.receivedAt + 5 * MINUTE;
      gaps.push((at - job.world.surroundings.at) / MINUTE);
      job.world.surroundings.at = at;
      expect(await lookAtJob(job.world.deps, job.id)).toMatchObject({ looked: true, abended: false });
    }
    expect(gaps).toEqual([5, 10, 20, 40, 80, 160, 320, 360, 360]);
  });

  it('abends a job whose execution is gone', async () => {
    const job = await running();
    job.lose();
    job.world.surroundings.at += 5 * MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toEqual({ repaired: [], looked: true, abended: true });
    expect(await job.head()).toMatchObject({
      status: 'ABENDED',
      error: { message: expect.stringContaining('ABORTED') },
    });
  });

  it('abends a job that was started and whose execution ended before its first op', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    job.lose();
    job.world.surroundings.at += MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toMatchObject({ repaired: ['start'], abended: true });
  });

  it('does not take for dead what was started just now and is not seen yet', async () => {
    const job = await notStarted();
    job.world.executions.describe = async () => ({ kind: 'missing' });
    job.world.surroundings.at += 5 * MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toEqual({
      repaired: ['start'],
      looked: true,
      abended: false,
    });
    expect(await job.head()).toMatchObject({ status: 'QUEUED' });
  });

  it('abends a job whose execution Step Functions does not know, though an op of it had begun', async () => {
    const job = await running();
    job.world.executions.describe = async () => ({ kind: 'missing' });
    job.world.surroundings.at += 5 * MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toMatchObject({ abended: true });
  });

  it('settles nothing on doubt', async () => {
    const job = await running();
    job.world.executions.outage = new Error('throttled');
    job.world.surroundings.at += 5 * MINUTE;
    await expect(lookAtJob(job.world.deps, job.id)).rejects.toThrow('throttled');
    expect(await job.head()).toMatchObject({ status: 'RUNNING' });
  });

  it('wakes an op whose long wait is over, and not before', async () => {
    const job = await StoredJob.submitted([
      { name: 'one', retry: { maxAttempts: 2, interval: 'PT2H', maxInterval: 'PT2H' } },
    ]);
    await job.perform(0);
    await job.complete(0, failing('Flaky'));
    await job.handle(0, 'OpFailed', 'held');
    job.world.surroundings.at += HOUR - 1;
    await lookAtJob(job.world.deps, job.id);
    expect(job.told('held')).toEqual([]);
    job.world.surroundings.at += 1;
    await lookAtJob(job.world.deps, job.id);
    expect(job.told('held')).toEqual([{ kind: 'success', output: { next: 'try again', seconds: 0 } }]);
    await job.perform(0, 'next');
    expect(await job.op(0)).toMatchObject({ status: 'running', try: 2 });
  });

  it('does for a job that has ended what it owes, and forgets it', async () => {
    const job = await running();
    job.world.executions.outage = new Error('throttled');
    await cancelJob(job.world.deps, job.id, FORCE);
    job.world.executions.outage = null;
    job.world.surroundings.at += MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toEqual({
      repaired: ['stop'],
      looked: false,
      abended: false,
    });
    expect(job.world.executions.recorded.stopped).toHaveLength(1);
    expect(await job.head()).toMatchObject({ owed: [] });
    expect(await job.head()).toMatchObject({ dueEntry: { lane: 'retention' } });
  });

  it('finishes a deletion', async () => {
    const job = await running();
    await cancelJob(job.world.deps, job.id, FORCE);
    const removeJob = job.world.store.removeJob.bind(job.world.store);
    job.world.store.removeJob = async () => {
      throw new Error('throttled');
    };
    await deleteJob(job.world.deps, job.id, 'ada');
    job.world.store.removeJob = removeJob;
    job.world.surroundings.at += MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toMatchObject({ repaired: ['delete'] });
    expect(await job.world.store.readJob(job.id)).toBeNull();
  });

  it('finds nothing to do for a job that is gone', async () => {
    const { deps } = recordingDeps();
    expect(await lookAtJob(deps, RUN_ID)).toEqual({ repaired: [], looked: false, abended: false });
  });

  it('twice at once does no harm', async () => {
    const job = await notStarted();
    job.world.surroundings.at += MINUTE;
    await Promise.all([lookAtJob(job.world.deps, job.id), lookAtJob(job.world.deps, job.id)]);
    expect(job.world.executions.recorded.started).toHaveLength(1);
    expect(await job.head()).toMatchObject({ status: 'QUEUED', owed: [{ kind: 'start' }] });
  });
});
