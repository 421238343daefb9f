import { describe, expect, it } from 'vitest';
import { answerTrap } from '../../../core/usecases/answer-trap.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { pauseJob } from '../../../core/usecases/pause-job.ts';
import { resumeJob } from '../../../core/usecases/resume-job.ts';
import { sweep } from '../../../core/usecases/sweep.ts';
import { RUN_ID } from '../../support/job-run.ts';
import { recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SEGMENT = 300 * DAY;
const SAID = { actor: 'ada' };
const TRY_AGAIN = { kind: 'success', output: { next: 'try again', seconds: 0 } };
const undone = { rollback: { action: 'build' } };

async function trapped(trap: object): Promise<StoredJob> {
  const job = await StoredJob.submitted([
    { name: 'one', ...undone },
    { name: 'two', onError: 'trap', trap },
  ]);
  await job.succeed(0);
  await job.fail(1, 'Broken', 'kept');
  return job;
}

/** A job that is paused between its two ops. */
async function paused(conditions: object = {}): Promise<StoredJob> {
  const job = await StoredJob.submitted([{ name: 'one', ...undone }, { name: 'two' }], undefined, conditions);
  await job.perform(0);
  await pauseJob(job.world.deps, job.id, SAID);
  await job.complete(0);
  await expect(job.perform(1)).rejects.toMatchObject({ name: 'NotNow' });
  await job.handle(1, 'NotNow', 'kept');
  expect(await job.head()).toMatchObject({ status: 'PAUSED' });
  return job;
}

async function lookLater(job: StoredJob, after: number) {
  job.world.surroundings.at += after;
  return lookAtJob(job.world.deps, job.id);
}

describe('a pause', () => {
  it('tells nobody anything until the job is resumed, which has the op tried', async () => {
    const job = await paused();
    expect(job.told('kept')).toEqual([]);
    expect(await resumeJob(job.world.deps, job.id, SAID)).toMatchObject({
      ok: true,
      job: { status: 'RUNNING' },
    });
    expect(job.told('kept')).toEqual([TRY_AGAIN]);
    await job.succeed(1);
    await job.finish();
    expect(await job.head()).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('that lasts too long is ended by a look: the token is failed, and recovery follows', async () => {
    const job = await paused({ pause: { window: 'PT2H' } });
    await lookLater(job, 2 * HOUR - 1);
    expect(await job.head()).toMatchObject({ status: 'PAUSED' });
    await lookLater(job, 1);
    expect(await job.head()).toMatchObject({
      status: 'ROLLING_BACK',
      decided: { error: { code: 'PauseExpired' } },
    });
    expect(job.told('kept')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
    expect((await job.recover('Canceled')).map(({ op }) => op)).toEqual([2]);
  });

  it('of a job that is not there, or is none to resume, is refused', async () => {
    const { deps } = recordingDeps();
    for (const command of [pauseJob, resumeJob]) {
      expect(await command(deps, RUN_ID, SAID)).toMatchObject({
        ok: false,
        refusal: { code: 'JobNotFound' },
      });
    }
    const job = await StoredJob.submitted([{ name: 'one' }]);
    await job.succeed(0);
    await job.finish();
    for (const command of [pauseJob, resumeJob]) {
      expect(await command(job.world.deps, job.id, SAID)).toMatchObject({
        ok: false,
        refusal: { code: 'CommandRefused' },
      });
    }
  });
});

describe('the timeout of a trap', () => {
  it.each([
    ['retry', 'RUNNING', TRY_AGAIN],
    ['skip', 'RUNNING', { kind: 'success', output: { next: 'go on' } }],
    ['abort', 'ROLLING_BACK', { kind: 'success', output: { next: 'failed' } }],
  ] as const)('answers %s when it is looked at in time', async (onTimeout, status, told) => {
    const job = await trapped({ timeout: 'PT1H', onTimeout });
    await lookLater(job, HOUR - 1);
    expect(job.told('kept')).toEqual([]);
    expect((await job.head()).dueEntry).toEqual({ lane: 'dates', at: job.world.surroundings.at + 1 });
    await lookLater(job, 1);
    expect(await job.head()).toMatchObject({ status, lastTrap: { answer: onTimeout, actor: 'jobplane' } });
    expect(job.told('kept')).toEqual([told]);
  });

  it('is found by the sweeper within a minute', async () => {
    const job = await trapped({ timeout: 'PT1H', onTimeout: 'skip' });
    for (let minute = 0; minute <= 61; minute += 1) {
      job.world.surroundings.at += MINUTE;
      await sweep(job.world.deps);
    }
    expect(await job.head()).toMatchObject({ lastTrap: { answer: 'skip' } });
  });

  it('does not count while it is paused', async () => {
    const job = await trapped({ timeout: 'PT1H' });
    await answerTrap(job.world.deps, job.id, { ...SAID, answer: 'pause' });
    await lookLater(job, 9 * HOUR);
    expect(await job.head()).toMatchObject({ status: 'TRAP_PAUSED', trap: { leftMs: HOUR } });
    await answerTrap(job.world.deps, job.id, { ...SAID, answer: 'resume' });
    await lookLater(job, HOUR);
    expect(await job.head()).toMatchObject({ lastTrap: { answer: 'abort' } });
  });

  it('changes nothing where somebody has answered meanwhile', async () => {
    const job = await trapped({ timeout: 'PT1H' });
    const read = job.world.store.readJob.bind(job.world.store);
    let reads = 0;
    job.world.store.readJob = async (id) => {
      const head = await read(id);
      reads += 1;
      // Between the look and what it decides on.
      if (reads === 1) await answerTrap(job.world.deps, job.id, { ...SAID, answer: 'skip' });
      return head;
    };
    await lookLater(job, HOUR);
    expect(await job.head()).toMatchObject({ status: 'RUNNING', lastTrap: { answer: 'skip', actor: 'ada' } });
  });
});

describe('an execution that waits for 300 days', () => {
  it.each([
    ['a trap', () => trapped({})],
    ['a pause', () => paused({ pause: { window: 'P400D' } })],
  ])('is stopped, and the next one waits on: %s', async (_what, make) => {
    const job = await make();
    const { status } = await job.head();
    await lookLater(job, SEGMENT - 1);
    expect(job.world.executions.recorded.started).toHaveLength(1);
    await lookLater(job, 1);
    expect(await job.head()).toMatchObject({ status, segment: { number: 2 } });
    expect(job.world.executions.recorded.started.map(({ number, ops }) => [number, ops[0]?.op])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(job.world.executions.recorded.stopped).toMatchObject([{ attempt: 1, segment: { number: 1 } }]);
    expect((await job.head()).owed.map(({ kind }) => kind)).not.toContain('stop');
    // The next execution's own task waits then.
    await expect(job.perform(1)).rejects.toMatchObject({ name: 'NotNow' });
    await job.handle(1, 'NotNow', 'kept by the next');
    if (status === 'PAUSED') await resumeJob(job.world.deps, job.id, SAID);
    else await answerTrap(job.world.deps, job.id, { ...SAID, answer: 'retry' });
    expect(job.told('kept by the next')).toEqual([TRY_AGAIN]);
  });

  it('is stopped by the sweeper where it could not be at once', async () => {
    const job = await trapped({});
    job.world.surroundings.at += SEGMENT;
    job.world.executions.outage = new Error('throttled');
    await expect(lookAtJob(job.world.deps, job.id)).rejects.toThrow('throttled');
    expect((await job.head()).owed.map(({ kind }) => kind)).toEqual(['start', 'stop']);
    job.world.executions.outage = null;
    expect((await lookLater(job, MINUTE)).repaired).toEqual(['start', 'stop']);
    expect(job.world.executions.recorded.stopped).toHaveLength(1);
  });
});

describe('the execution of a job that waits for somebody', () => {
  it('is looked at all the same, and its loss is an abend', async () => {
    const job = await trapped({});
    job.lose();
    await lookLater(job, HOUR);
    expect(await job.head()).toMatchObject({ status: 'ABENDED', rollback: 'needed' });
  });
});
