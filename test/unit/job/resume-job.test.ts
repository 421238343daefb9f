import { describe, expect, it } from 'vitest';
import { possibleCommands } from '../../../core/job/commands.ts';
import { resumeJob } from '../../../core/job/resume-job.ts';
import { failing, JobRun } from '../../support/job-run.ts';
import { ENDED, JOB_STATUSES, sampleJob, sampleOp } from '../views/sample-job.ts';

const HOUR_MS = 3_600_000;
const TWO = [{ name: 'one' }, { name: 'two' }];
const SAID = { actor: 'bob', comment: 'go' };

function paused(): JobRun {
  const run = new JobRun(TWO);
  run.perform(0);
  run.pause('lunch');
  run.complete(0);
  run.perform(1);
  run.handle(1, 'NotNow', 'kept');
  return run;
}

describe('a resume', () => {
  it('has a paused job run on with the op that it was paused before', () => {
    const run = paused();
    run.now += HOUR_MS;
    run.resume();
    expect(run.job).toMatchObject({
      status: 'RUNNING',
      activeOp: 1,
      owed: [{ kind: 'answer', op: 1, by: run.now + 60_000 }],
    });
    expect(run.job).not.toHaveProperty('pauseRequested');
    expect(run.job).not.toHaveProperty('pause');
    expect(run.perform(1)).toMatchObject({ kind: 'dispatch', op: { try: 1, startedAt: run.now } });
    run.complete(1);
    expect(run.finish()?.job.status).toBe('COMPLETED_OK');
  });

  it('says in the journal who gave it, and why', () => {
    const run = paused();
    run.command((job) => resumeJob(job, run.ops, SAID, run.now));
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'status',
      actor: 'bob',
      from: 'PAUSED',
      to: 'RUNNING',
      message: 'Resumed by bob: go',
    });
  });

  it('takes back a pause that was only asked for', () => {
    const run = new JobRun(TWO);
    run.pause();
    run.resume();
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
    run.perform(0);
    run.pause();
    run.resume();
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'decision',
      message: 'Does not pause after all, as ada asked',
    });
    run.complete(0);
    expect(run.perform(1)).toMatchObject({ kind: 'dispatch' });
  });

  it.each(['QUEUED', 'RUNNING', 'CHILD_QUEUED', 'CHILD_RUNNING'] as const)(
    'of a job that is %s and that nobody paused changes nothing',
    (status) => {
      expect(resumeJob(sampleJob(status), [], SAID, ENDED)).toEqual({ ok: true, change: null, answer: null });
    },
  );

  it('leads back to the end that was decided before the pause', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'report', step: 'POST' }]);
    run.onHold.push((held) => held.resume());
    run.play({
      one: () => {
        run.pause();
        return failing('Broken');
      },
    });
    expect(run.tries).toEqual(['one', 'report']);
    expect(run.job).toMatchObject({ status: 'FAILED', error: { code: 'Broken' } });
  });

  it('can be followed by another pause, before the same op even', () => {
    const run = paused();
    run.resume();
    run.pause();
    expect(run.perform(1)).toMatchObject({ kind: 'throw', error: 'NotNow' });
    run.handle(1, 'NotNow', 'kept again');
    expect(run.job.status).toBe('PAUSED');
    run.resume();
    expect(run.perform(1)).toMatchObject({ kind: 'dispatch', op: { try: 1 } });
  });

  const ALLOWED: readonly string[] = ['QUEUED', 'RUNNING', 'CHILD_QUEUED', 'CHILD_RUNNING', 'PAUSED'];

  it.each(JOB_STATUSES.filter((status) => !ALLOWED.includes(status)))(
    'of a job that is %s is refused, naming that and what is possible',
    (status) => {
      const decision = resumeJob(sampleJob(status), [sampleOp(0, 'tried')], SAID, ENDED);
      if (decision.ok) throw new Error('it was taken');
      expect(decision.refusal.code).toBe('CommandRefused');
      for (const word of [status, ...possibleCommands(status)]) {
        expect(decision.refusal.detail).toContain(word);
      }
    },
  );
});

describe('the time in which an unreachable target is asked', () => {
  it('is not used up by a pause between two tries', () => {
    const run = new JobRun([{ name: 'one', timeout: 'PT1H' }]);
    run.perform(0);
    run.pause();
    run.complete(0, failing('Unreachable'));
    const answer = run.handle(0, 'OpFailed');
    if (answer.kind !== 'tryAgain') throw new Error('it is tried again');
    run.now += answer.afterSeconds * 1000;
    run.perform(0);
    run.handle(0, 'NotNow');
    const { startedAt } = run.op(0);
    run.now += 10 * HOUR_MS;
    run.resume();
    expect(run.op(0)).toMatchObject({ clockSince: startedAt + 10 * HOUR_MS });
    expect(run.perform(0)).toMatchObject({ kind: 'dispatch', op: { try: 2, startedAt } });
    run.complete(0, failing('Unreachable'));
    // 50 minutes are left of its hour.
    expect(run.handle(0, 'OpFailed')).toMatchObject({ kind: 'tryAgain' });
    run.now += HOUR_MS;
    run.perform(0);
    run.complete(0, failing('Unreachable'));
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'failed' });
    expect(run.op(0)).toMatchObject({ error: { code: 'Timeout' } });
  });
});
