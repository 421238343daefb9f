import { describe, expect, it } from 'vitest';
import type { TrapAnswer } from '../../../core/job/job.ts';
import { answerTrap } from '../../../core/usecases/answer-trap.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { rollBackJob } from '../../../core/usecases/roll-back-job.ts';
import { RUN_ID } from '../../support/job-run.ts';
import { dyingAfter, recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const MINUTE = 60_000;
const TRAP = { onError: 'trap' };
const undone = { rollback: { action: 'build' } };
const TRY_AGAIN = { kind: 'success', output: { next: 'try again', seconds: 0 } };
const GO_ON = { kind: 'success', output: { next: 'go on' } };
const FAILED = { kind: 'success', output: { next: 'failed' } };

async function trapped(ops: readonly object[] = [{ name: 'one', ...TRAP }, { name: 'two' }]) {
  const job = await StoredJob.submitted(ops);
  await job.fail(0, 'Broken', 'kept');
  expect(await job.head()).toMatchObject({ status: 'TRAPPED' });
  expect(job.told('kept')).toEqual([]);
  return job;
}

function answer(job: StoredJob, what: TrapAnswer, comment?: string) {
  const said = comment === undefined ? {} : { comment };
  return answerTrap(job.world.deps, job.id, { actor: 'ada', answer: what, ...said });
}

describe('an answer to a trap', () => {
  it.each([
    ['retry', TRY_AGAIN],
    ['skip', GO_ON],
    ['abort', FAILED],
  ] as const)('%s is told to the token that waits', async (what, told) => {
    const job = await trapped();
    expect(await answer(job, what)).toMatchObject({ ok: true, job: { lastTrap: { answer: what } } });
    expect(job.told('kept')).toEqual([told]);
  });

  it('abort of a POST op, or of a rollback, says to go on with the others', async () => {
    const post = await StoredJob.submitted([{ name: 'report', step: 'POST', ...TRAP }]);
    await post.fail(0, 'NoPaper', 'kept');
    await answer(post, 'abort');
    expect(post.told('kept')).toEqual([GO_ON]);
    const undoing = await StoredJob.submitted([
      { name: 'one', rollback: { action: 'build', ...TRAP } },
      { name: 'two' },
    ]);
    await undoing.succeed(0);
    await undoing.fail(1, 'Broken');
    await undoing.recover();
    await undoing.fail(2, 'Locked', 'kept');
    await answer(undoing, 'abort');
    expect(undoing.told('kept')).toEqual([GO_ON]);
  });

  it.each(['pause', 'resume'] as const)('%s is told to nobody', async (what) => {
    const job = await trapped();
    if (what === 'resume') await answer(job, 'pause');
    expect(await answer(job, what)).toMatchObject({ ok: true });
    expect(job.told('kept')).toEqual([]);
  });

  it('is carried out by the sweeper where the process died behind its commit', async () => {
    const job = await trapped();
    await dyingAfter(1, job.world, () => answer(job, 'retry'));
    expect(await job.head()).toMatchObject({ status: 'RUNNING', owed: [{ kind: 'answer', op: 0 }] });
    expect(job.told('kept')).toEqual([]);
    job.world.surroundings.at += MINUTE;
    expect(await lookAtJob(job.world.deps, job.id)).toMatchObject({ repaired: ['answer'] });
    expect(job.told('kept')).toEqual([TRY_AGAIN]);
  });

  it('that comes twice is told once, and refused then', async () => {
    const job = await trapped();
    await answer(job, 'skip');
    expect(await answer(job, 'retry')).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(job.told('kept')).toEqual([GO_ON]);
  });

  it('of a trap in a manual rollback leads back to that', async () => {
    const job = await StoredJob.submitted([{ name: 'one', rollback: { action: 'build', ...TRAP } }]);
    await job.succeed(0);
    await job.finish();
    await rollBackJob(job.world.deps, job.id, { actor: 'ada' });
    await job.fail(2, 'Locked', 'kept');
    expect(await answer(job, 'retry')).toMatchObject({ ok: true, job: { status: 'ROLLING_BACK' } });
    expect(job.told('kept')).toEqual([TRY_AGAIN]);
    await job.succeed(2);
    await job.finish();
    expect(await job.head()).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok' });
  });

  it('leads to recovery, whose plan is what the answer decided', async () => {
    const job = await StoredJob.submitted([
      { name: 'one', ...undone },
      { name: 'two', ...TRAP },
    ]);
    await job.succeed(0);
    await job.fail(1, 'Broken', 'kept');
    await answer(job, 'abort');
    expect(await job.head()).toMatchObject({ status: 'ROLLING_BACK' });
    expect((await job.recover()).map(({ op }) => op)).toEqual([2]);
  });
});

describe('an answer that the job does not take', () => {
  it('is refused, and in the journal all the same', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    expect(await answer(job, 'retry', 'go')).toMatchObject({
      ok: false,
      refusal: { code: 'CommandRefused' },
    });
    expect(job.world.store.journal(job.id).at(-1)).toMatchObject({
      kind: 'note',
      actor: 'ada',
      message: 'The answer retry of ada was refused: the job is QUEUED: go',
    });
    expect(await job.head()).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
  });

  it('loses nothing of what the job owes', async () => {
    const world = recordingDeps();
    world.executions.outage = new Error('throttled');
    const job = await StoredJob.submitted([{ name: 'one' }], world);
    await answer(job, 'retry');
    world.executions.outage = null;
    expect(await job.head()).toMatchObject({ owed: [{ kind: 'start' }] });
  });

  it('is one to a job that is not there, of which nothing is stored', async () => {
    const { deps, store } = recordingDeps();
    const refused = await answerTrap(deps, RUN_ID, { actor: 'ada', answer: 'retry' });
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'JobNotFound' } });
    expect(store.journal(RUN_ID)).toEqual([]);
  });
});

describe('a trapped job that is canceled', () => {
  it('fails the token that waits, and nobody’s action is interrupted', async () => {
    const job = await trapped([{ name: 'one', ...TRAP, rollback: { action: 'build', when: 'started' } }]);
    const command = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
    expect(await cancelJob(job.world.deps, job.id, command)).toMatchObject({ job: { status: 'CANCELING' } });
    expect(job.told('kept')).toMatchObject([{ kind: 'failure', error: 'Canceled' }]);
    expect(job.world.actions.interrupted).toEqual([]);
    expect((await job.recover('Canceled')).map(({ op }) => op)).toEqual([1]);
  });

  it('by force stops the execution that waits, and undoes nothing', async () => {
    const job = await trapped([{ name: 'one', ...TRAP, rollback: { action: 'build', when: 'started' } }]);
    const command = { actor: 'ada', onlyIfQueued: false, force: true, rollback: true };
    await cancelJob(job.world.deps, job.id, command);
    expect(await job.head()).toMatchObject({
      status: 'CANCELED_WHILE_RUNNING',
      rollback: 'needed',
      owed: [],
    });
    expect(job.world.executions.recorded.stopped).toHaveLength(1);
  });
});
