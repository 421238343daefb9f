import { describe, expect, it } from 'vitest';
import { possibleCommands } from '../../../core/job/commands.ts';
import { finishJob } from '../../../core/job/finish-job.ts';
import { requestPause } from '../../../core/job/request-pause.ts';
import { failing, JobRun, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { ENDED, JOB_STATUSES, sampleJob } from '../views/sample-job.ts';

const TWO = [{ name: 'one' }, { name: 'two' }];
const SAID = { actor: 'ada', comment: 'lunch' };

describe('a request to pause', () => {
  it('lets the op that runs end, and interrupts nothing', () => {
    const run = new JobRun(TWO);
    run.perform(0);
    const { owed, version } = run.job;
    run.pause('lunch');
    expect(run.job).toMatchObject({
      status: 'RUNNING',
      activeOp: 0,
      pauseRequested: { actor: 'ada', comment: 'lunch' },
      version: version + 1,
      owed,
    });
    expect(run.complete(0)).toMatchObject({ ok: true, answer: { kind: 'recorded' } });
    expect(run.op(0).status).toBe('success');
  });

  it('says in the journal who asked, and why', () => {
    const run = new JobRun(TWO);
    run.perform(0);
    run.pause('lunch');
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'decision',
      actor: 'ada',
      message: 'Pauses before its next op, as ada asked: lunch',
    });
  });

  it('that comes twice is one, by who asked first', () => {
    const run = new JobRun(TWO);
    run.perform(0);
    run.pause('lunch');
    const before = run.job;
    expect(run.command((job) => requestPause(job, { actor: 'bob' }, run.now))).toEqual({
      ok: true,
      change: null,
      answer: null,
    });
    expect(run.job).toEqual(before);
  });

  it('to a job that is starting pauses it before its first op: it begins, and is PAUSED', () => {
    const run = new JobRun(TWO);
    run.pause();
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
    const performed = run.perform(0);
    expect(performed).toMatchObject({ kind: 'throw', error: 'NotNow' });
    expect(run.job).toMatchObject({ status: 'RUNNING', startedAt: run.now, owed: [] });
    // The service repeats the task: nothing more is to be said.
    expect(run.perform(0)).toEqual({ kind: 'throw', error: 'NotNow', change: null });
    run.handle(0, 'NotNow');
    expect(run.job).toMatchObject({ status: 'PAUSED', activeOp: 0 });
    const moves = run.entries.flatMap(({ kind, to }) => (kind === 'status' ? [to] : []));
    expect(moves).toEqual(['QUEUED', 'RUNNING', 'PAUSED']);
  });

  it('while PRE ends pauses the job before its RUN, which starts at once', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE' }, { name: 'one' }]);
    run.perform(0);
    run.pause();
    run.complete(0);
    run.finish();
    expect(run.job).toMatchObject({
      status: 'QUEUED',
      waitReason: 'starting',
      pauseRequested: { actor: 'ada' },
    });
    run.perform(1);
    run.handle(1, 'NotNow');
    expect(run.job).toMatchObject({ status: 'PAUSED', activeOp: 1 });
  });

  it('while PRE ends is forgotten where RUN waits then, and the journal says so', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE' }, { name: 'one' }], {
      approval: { approvers: ['user:grace'] },
    });
    run.perform(0);
    run.pause();
    run.complete(0);
    run.finish();
    expect(run.job.status).toBe('WAITING_APPROVAL');
    expect(run.entries.at(-1)?.message).toContain('it is not paused');
  });

  it('does not keep a job from its end that has no next op', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0);
    run.pause();
    run.complete(0);
    expect(run.finish()?.job.status).toBe('COMPLETED_OK');
    expect(run.job).not.toHaveProperty('pauseRequested');
  });

  it('does not keep a failed job from being undone', () => {
    const run = new JobRun([{ name: 'one', rollback: { action: 'build' } }, { name: 'two' }]);
    run.play({
      two: () => {
        run.pause();
        return failing('Broken');
      },
    });
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'ok' });
  });

  const ALLOWED: readonly string[] = ['QUEUED', 'RUNNING', 'CHILD_QUEUED', 'CHILD_RUNNING'];

  it.each(JOB_STATUSES.filter((status) => ALLOWED.includes(status)))('is taken while it is %s', (status) => {
    expect(requestPause(sampleJob(status), SAID, ENDED)).toMatchObject({
      ok: true,
      change: { job: { status, pauseRequested: SAID } },
    });
  });

  it.each(JOB_STATUSES.filter((status) => !ALLOWED.includes(status)))(
    'is refused while it is %s, naming that and what is possible',
    (status) => {
      const decision = requestPause(sampleJob(status), SAID, ENDED);
      if (decision.ok) throw new Error('it was taken');
      expect(decision.refusal.code).toBe('CommandRefused');
      for (const word of [status, ...possibleCommands(status)]) {
        expect(decision.refusal.detail).toContain(word);
      }
    },
  );

  it('is refused while it waits in a line, though that reads QUEUED as well', () => {
    const world = new LineWorld();
    world.setResource('transcoder', 1, ENDED);
    const asking = { resources: [{ name: 'transcoder' }] };
    new JobRun(TWO, asking, { world, id: runId(1) });
    const waiting = new JobRun(TWO, asking, { world, id: runId(2) });
    expect(waiting.job).toMatchObject({ status: 'QUEUED', waitReason: 'resource' });
    expect(waiting.pause()).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
  });

  it('is refused while a manual rollback starts', () => {
    const run = new JobRun([{ name: 'one', rollback: { action: 'build' } }]);
    run.play();
    run.rollBack();
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
    expect(run.pause()).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
  });

  it('is refused once the end is decided and only waits for what the job holds', () => {
    const world = new LineWorld();
    const run = new JobRun([{ name: 'one' }], { locks: [{ name: 'a' }, { name: 'b' }] }, { world });
    for (const [number, name] of ['a', 'b'].entries()) {
      new JobRun(TWO, { locks: [{ name }] }, { world, id: runId(number + 2) });
    }
    run.perform(0);
    run.complete(0);
    run.commit(finishJob(run.job, run.spec, run.ops, { ...run.serves, after: 'ops' }, run.facts));
    expect(run.job).toMatchObject({ status: 'RUNNING', ending: { status: 'COMPLETED_OK' } });
    expect(run.pause()).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(run.resume()).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
  });
});
