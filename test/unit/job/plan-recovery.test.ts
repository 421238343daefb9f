import { describe, expect, it } from 'vitest';
import { failing, JobRun } from '../../support/job-run.ts';

const undone = { rollback: { action: 'build' } };
const OPS = [
  { name: 'one', ...undone },
  { name: 'two', ...undone },
  { name: 'report', step: 'POST' },
];

/** A job whose second op has failed for good. */
function failedJob(ops: readonly object[] = OPS, job: object = {}, code = 'Broken') {
  const run = new JobRun(ops, job);
  run.perform(0);
  run.complete(0);
  run.perform(1);
  run.complete(1, failing(code));
  run.handle(1, 'OpFailed');
  return run;
}

describe('planning a recovery', () => {
  it('commits how the job ends before anything is undone', () => {
    const run = failedJob();
    expect(run.recover()).toEqual({ kind: 'perform', ops: [3, 2] });
    expect(run.job).toMatchObject({
      status: 'ROLLING_BACK',
      rollback: 'running',
      decided: {
        status: 'FAILED',
        error: { code: 'Broken', op: 1 },
        retryable: true,
        undo: true,
        post: true,
      },
      owed: [],
    });
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'status',
      from: 'RUNNING',
      to: 'ROLLING_BACK',
      message: 'Ends as FAILED after 1 rollback and 1 POST op',
    });
  });

  it('repeats itself when called again', () => {
    const run = failedJob();
    const plan = run.recover();
    const { version } = run.job;
    expect(run.recover()).toEqual(plan);
    expect(run.job.version).toBe(version);
  });

  it('leaves out what has become final meanwhile', () => {
    const run = failedJob();
    run.recover();
    run.perform(3);
    run.complete(3);
    expect(run.recover()).toEqual({ kind: 'perform', ops: [2] });
  });

  it('runs POST ops of a job that has nothing to undo, which stays RUNNING', () => {
    const run = failedJob([{ name: 'one' }, { name: 'two' }, { name: 'report', step: 'POST' }]);
    expect(run.recover()).toEqual({ kind: 'perform', ops: [2] });
    expect(run.job).toMatchObject({ status: 'RUNNING', decided: { status: 'FAILED' } });
    expect(run.entries.at(-1)).toMatchObject({ kind: 'decision' });
    const { version } = run.job;
    expect(run.recover()).toEqual({ kind: 'perform', ops: [2] });
    expect(run.job.version).toBe(version);
  });

  it('plans nothing for a job with nothing to undo and no POST ops', () => {
    const run = failedJob([{ name: 'one' }, { name: 'two' }]);
    expect(run.recover()).toEqual({ kind: 'perform', ops: [] });
  });

  it.each([
    ['Broken', 'FAILED', true],
    ['Fatal', 'FAILED', false],
    ['Busy', 'FAILED_RETRYABLE', true],
    ['PreconditionFailed', 'COMPLETED_WITH_ERROR', false],
  ])('decides %s as %s', (code, status, retryable) => {
    const run = failedJob(OPS, {}, code);
    run.recover();
    expect(run.job).toMatchObject({ decided: { status, retryable, error: { code } } });
  });

  it('closes the op that was cut off by a cancel', () => {
    const run = new JobRun(OPS);
    run.perform(0);
    run.complete(0);
    run.perform(1);
    run.cancel();
    expect(run.recover('Canceled')).toEqual({ kind: 'perform', ops: [3] });
    expect(run.op(1)).toMatchObject({ status: 'canceled', endedAt: run.now });
    expect(run.op(1)).not.toHaveProperty('token');
    expect(run.job).not.toHaveProperty('activeOp');
    expect(run.job).toMatchObject({
      status: 'ROLLING_BACK',
      decided: { status: 'CANCELED_WHILE_RUNNING', post: false },
    });
  });

  it('closes an op that was cut off between two tries', () => {
    const run = new JobRun([{ name: 'one', retry: { maxAttempts: 2 } }]);
    run.perform(0);
    run.complete(0, failing('Flaky'));
    run.handle(0, 'OpFailed');
    run.cancel();
    expect(run.recover('Canceled')).toEqual({ kind: 'perform', ops: [] });
    expect(run.op(0).status).toBe('canceled');
    expect(run.job.status).toBe('CANCELING');
  });

  it('closes an op that an internal error ended, with what is known', () => {
    const run = new JobRun(OPS);
    run.perform(0);
    expect(run.recover('States.Runtime')).toEqual({ kind: 'perform', ops: [2] });
    expect(run.op(0)).toMatchObject({
      status: 'error',
      error: { code: 'InternalError', op: 0 },
      timedOut: false,
    });
    expect(run.job).toMatchObject({ status: 'RUNNING', decided: { status: 'FAILED', error: { op: 0 } } });
  });

  it('takes the error that was reported over the internal one', () => {
    const run = new JobRun(OPS);
    run.perform(0);
    run.complete(0, failing('Busy'));
    run.recover('States.Runtime');
    expect(run.job).toMatchObject({ decided: { status: 'FAILED_RETRYABLE', error: { code: 'Busy' } } });
  });

  it('fails a job of which not even the first op could be handled', () => {
    const run = new JobRun(OPS);
    expect(run.recover('Lambda.Unknown')).toEqual({ kind: 'perform', ops: [2] });
    expect(run.job).toMatchObject({
      status: 'RUNNING',
      startedAt: run.now,
      decided: { status: 'FAILED', error: { code: 'InternalError' } },
    });
  });

  it('does not take a POST op or one that may fail for what ended the job', () => {
    const run = new JobRun([
      { name: 'one', onError: 'continue' },
      { name: 'report', step: 'POST' },
      { name: 'notify', step: 'POST' },
    ]);
    for (const index of [0, 1]) {
      run.perform(index);
      run.complete(index, failing('Broken'));
      run.handle(index, 'OpFailed');
    }
    expect(run.recover('States.Runtime')).toEqual({ kind: 'perform', ops: [2] });
    expect(run.job).toMatchObject({ decided: { error: { code: 'InternalError' } } });
  });

  it('goes on with what a recovery has left when that fails itself', () => {
    const run = failedJob([...OPS.slice(0, 2), { name: 'three', ...undone }, ...OPS.slice(2)]);
    run.recover();
    run.perform(4);
    expect(run.recover('States.Runtime')).toEqual({ kind: 'perform', ops: [3] });
    expect(run.op(4).status).toBe('error');
    expect(run.job).toMatchObject({ decided: { error: { code: 'Broken', op: 1 } } });
  });
});

describe('Plan recovery of a job that waits for somebody', () => {
  const SEGMENT_2 = { number: 2, group: 'RUN', tries: 0 };

  it('hands a trap over to the next execution, since only our own task failed', () => {
    const run = new JobRun([{ name: 'one', onError: 'trap' }]);
    run.perform(0);
    run.complete(0, failing('Broken'));
    run.handle(0, 'OpFailed', 'kept');
    expect(run.recover('Lambda.Unknown')).toEqual({ kind: 'throw', error: 'Stale' });
    expect(run.job).toMatchObject({ status: 'TRAPPED', segment: SEGMENT_2, owed: [{ kind: 'start' }] });
    expect(run.job).not.toHaveProperty('decided');
    expect(run.op(0)).toMatchObject({ status: 'tried', decision: { kind: 'trapped' } });
    run.handle(0, 'NotNow', 'kept by the next');
    run.answer('skip');
    expect(run.finish()?.job.status).toBe('COMPLETED_OK');
  });

  it('hands a pause over to the next execution, however long that has lasted', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.pause();
    run.perform(0);
    run.handle(0, 'NotNow');
    const { job } = run;
    run.now += 60_000;
    expect(run.recover('Lambda.Unknown')).toEqual({ kind: 'throw', error: 'Stale' });
    expect(run.job).toMatchObject({ status: 'PAUSED', segment: SEGMENT_2 });
    expect(run.job).toMatchObject({ pause: 'pause' in job ? job.pause : {} });
  });
});

describe('an op that the decided end does not contain', () => {
  /** A job that was paused before `two`, and whose pause is over. */
  function tooLate(): JobRun {
    const run = new JobRun([
      { name: 'one', rollback: { action: 'build' } },
      { name: 'two' },
      { name: 'report', step: 'POST' },
    ]);
    run.perform(0);
    run.pause();
    run.complete(0);
    run.perform(1);
    run.handle(1, 'NotNow');
    run.now += 24 * 3_600_000;
    run.endHold();
    expect(run.job).toMatchObject({ status: 'ROLLING_BACK', decided: { post: true } });
    return run;
  }

  it('is begun by no task that comes too late: recovery follows', () => {
    const run = tooLate();
    const { job } = run;
    expect(run.handle(1, 'NotNow', 'late')).toEqual({ kind: 'throw', error: 'Canceled' });
    expect(run.perform(1)).toEqual({ kind: 'throw', error: 'Canceled', change: null });
    expect(run.job).toEqual(job);
    expect(run.recover('Canceled')).toEqual({ kind: 'perform', ops: [3, 2] });
  });

  it('is neither a rollback nor a POST op', () => {
    const run = tooLate();
    run.recover('Canceled');
    for (const index of [3, 2]) {
      expect(run.perform(index)).toMatchObject({ kind: 'dispatch' });
      run.complete(index);
    }
    expect(run.finish('recovery')?.job).toMatchObject({ status: 'FAILED', rollback: 'ok' });
  });

  it('is a POST op of a job that was canceled', () => {
    const run = new JobRun([
      { name: 'check', step: 'PRE', ...undone },
      { name: 'one' },
      { name: 'report', step: 'POST' },
    ]);
    run.perform(0);
    run.complete(0);
    run.finish();
    run.cancel();
    expect(run.perform(2)).toEqual({ kind: 'throw', error: 'Canceled', change: null });
    expect(run.perform(3)).toMatchObject({ kind: 'dispatch', op: { name: 'check/rollback' } });
  });
});

describe('a failure that stands from an earlier attempt', () => {
  /** A rerun of POST after RUN has failed. */
  function rerunOfPost(): JobRun {
    const run = new JobRun([
      { name: 'one' },
      { name: 'report', step: 'POST' },
      { name: 'notify', step: 'POST' },
    ]);
    run.play({ one: failing('Broken') });
    run.rerun('POST');
    return run;
  }

  it('is the end whatever our own tasks do meanwhile', () => {
    const run = rerunOfPost();
    run.perform(1);
    run.complete(1);
    expect(run.recover('Lambda.Unknown')).toEqual({ kind: 'perform', ops: [2] });
    expect(run.job).toMatchObject({
      decided: { status: 'FAILED', error: { code: 'Broken', op: 0 }, undo: false },
    });
  });

  it('is the end of a pause that lasted too long as well', () => {
    const run = rerunOfPost();
    const paused = (held: JobRun) => {
      held.pause();
      return { kind: 'succeeded' } as const;
    };
    expect(run.play({ report: paused })).toMatchObject({ status: 'FAILED', error: { code: 'Broken' } });
    expect(run.tries).toEqual(['one', 'report', 'notify', 'report', 'notify']);
  });
});
