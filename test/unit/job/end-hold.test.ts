import { describe, expect, it } from 'vitest';
import { failing, JobRun } from '../../support/job-run.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SEGMENT_MS = 300 * DAY_MS;
const undone = { rollback: { action: 'build' } };
const TRAP = { onError: 'trap' };

/** A job of `one`, which can be undone, and of `two`, which waits for an answer. */
function trapped(trap?: object, two: object = {}): JobRun {
  const run = new JobRun([
    { name: 'one', ...undone },
    { name: 'two', ...TRAP, ...two, trap },
  ]);
  run.perform(0);
  run.complete(0);
  failTwo(run);
  return run;
}

function failTwo(run: JobRun): void {
  run.perform(1);
  run.complete(1, failing('Broken'));
  expect(run.handle(1, 'OpFailed')).toEqual({ kind: 'hold' });
}

/** A job that is paused before its op of this index. */
function paused(ops: readonly object[], before: number, job: object = {}): JobRun {
  const run = new JobRun(ops, job);
  for (let index = 0; index < before; index += 1) {
    run.perform(index);
    if (index === before - 1) run.pause();
    run.complete(index);
  }
  run.perform(before);
  run.handle(before, 'NotNow', 'kept');
  expect(run.job).toMatchObject({ status: 'PAUSED', activeOp: before });
  return run;
}

describe('the timeout of a trap', () => {
  it('does nothing before its time, and aborts where nothing else is said', () => {
    const run = trapped({ timeout: 'PT1H' });
    run.now += HOUR_MS - 1;
    expect(run.endHold()).toBeNull();
    run.now += 1;
    run.endHold();
    expect(run.job).toMatchObject({
      status: 'ROLLING_BACK',
      decided: { status: 'FAILED', error: { code: 'Broken', op: 1 } },
      lastTrap: { op: 1, answer: 'abort', actor: 'jobplane', comment: 'nobody answered in time' },
      owed: [{ kind: 'answer', op: 1 }],
    });
    expect(run.entries.find(({ kind, from }) => kind === 'status' && from === 'TRAPPED')?.message).toContain(
      'jobplane answered abort: nobody answered in time',
    );
  });

  it('skips where that is said', () => {
    const run = trapped({ timeout: 'PT1H', onTimeout: 'skip' });
    run.now += HOUR_MS;
    run.endHold();
    expect(run.job).toMatchObject({ status: 'RUNNING', warnings: 1, lastTrap: { answer: 'skip' } });
    expect(run.op(1)).toMatchObject({ status: 'success', skipped: true });
  });

  it('tries again as often as it may, and aborts then', () => {
    const run = trapped({ timeout: 'PT1H', onTimeout: 'retry', maxRetries: 2 });
    for (const retries of [1, 2]) {
      run.now += HOUR_MS;
      run.endHold();
      expect(run.job).toMatchObject({ status: 'RUNNING', lastTrap: { answer: 'retry' } });
      expect(run.op(1)).toMatchObject({ trapRetries: retries });
      failTwo(run);
    }
    run.now += HOUR_MS;
    run.endHold();
    expect(run.job).toMatchObject({
      status: 'ROLLING_BACK',
      lastTrap: { answer: 'abort', comment: 'nobody answered, 2 times' },
    });
    expect(run.op(1)).toMatchObject({ try: 3, status: 'error' });
  });

  it('does not count what somebody had tried again meanwhile', () => {
    const run = trapped({ timeout: 'PT1H', onTimeout: 'retry', maxRetries: 1 });
    run.answer('retry');
    failTwo(run);
    expect(run.op(1)).not.toHaveProperty('trapRetries');
    run.now += HOUR_MS;
    run.endHold();
    expect(run.job).toMatchObject({ status: 'RUNNING', lastTrap: { answer: 'retry', actor: 'jobplane' } });
  });

  it('does not act while the countdown stands still, and not without one', () => {
    const run = trapped({ timeout: 'PT1H' });
    run.answer('pause');
    const endless = trapped();
    for (const held of [run, endless]) {
      held.now += 299 * DAY_MS;
      expect(held.endHold()).toBeNull();
    }
    run.answer('resume');
    run.now += HOUR_MS - 1;
    expect(run.endHold()).toBeNull();
    run.now += 1;
    run.endHold();
    expect(run.job.lastTrap).toMatchObject({ answer: 'abort', actor: 'jobplane' });
  });

  it('of a rollback leads to the other rollbacks', () => {
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'two', rollback: { action: 'build', ...TRAP, trap: { timeout: 'PT1H' } } },
      { name: 'three' },
    ]);
    run.play({ three: failing('Broken'), 'two/rollback': failing('Locked') });
    expect(run.tries).toEqual(['one', 'two', 'three', 'two/rollback', 'one/rollback']);
    expect(run.job).toMatchObject({
      status: 'FAILED',
      rollback: 'failed',
      lastTrap: { op: 4, answer: 'abort' },
    });
  });

  it('does nothing to a job that was answered, or ended, in time', () => {
    const run = trapped({ timeout: 'PT1H' });
    run.answer('retry');
    run.now += HOUR_MS;
    expect(run.endHold()).toBeNull();
    run.cancel({ force: true });
    expect(run.endHold()).toBeNull();
  });
});

describe('a pause that has lasted too long', () => {
  it('fails the job, and what it did is undone', () => {
    const run = paused([{ name: 'one', ...undone }, { name: 'two' }], 1, { pause: { window: 'PT2H' } });
    run.now += 2 * HOUR_MS - 1;
    expect(run.endHold()).toBeNull();
    run.now += 1;
    run.endHold();
    expect(run.job).toMatchObject({
      status: 'ROLLING_BACK',
      decided: { status: 'FAILED', error: { code: 'PauseExpired' }, undo: true, post: true, retryable: true },
      owed: [{ kind: 'interrupt', op: 1, by: run.now + 60_000 }],
    });
    expect(run.entries.at(-1)).toMatchObject({ kind: 'status', from: 'PAUSED', actor: 'jobplane' });
    expect(run.entries.at(-1)?.message).toContain('nobody resumed it by');
    expect(run.recover('Canceled')).toEqual({ kind: 'perform', ops: [2] });
  });

  it('runs the POST ops', () => {
    const run = new JobRun([{ name: 'one', ...undone }, { name: 'two' }, { name: 'report', step: 'POST' }]);
    run.play({
      one: () => {
        run.pause();
        return { kind: 'succeeded' };
      },
    });
    expect(run.tries).toEqual(['one', 'one/rollback', 'report']);
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'ok', error: { code: 'PauseExpired' } });
  });

  it('leaves what was done where the specification wants nothing undone', () => {
    const run = paused([{ name: 'one', ...undone }, { name: 'two' }], 1, { rollback: { onFailure: false } });
    run.now += DAY_MS;
    run.endHold();
    expect(run.job).toMatchObject({ status: 'RUNNING', decided: { status: 'FAILED', undo: false } });
    run.recover('Canceled');
    expect(run.finish('recovery')?.job).toMatchObject({ status: 'FAILED', rollback: 'needed' });
  });

  it('before a POST op undoes nothing and runs POST: COMPLETED_WITH_ERROR', () => {
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'report', step: 'POST' },
      { name: 'notify', step: 'POST' },
    ]);
    run.play({
      one: () => {
        run.pause();
        return { kind: 'succeeded' };
      },
    });
    expect(run.tries).toEqual(['one', 'report', 'notify']);
    expect(run.job).toMatchObject({
      status: 'COMPLETED_WITH_ERROR',
      rollback: 'needed',
      error: { code: 'PauseExpired' },
    });
  });

  it('after a failure keeps that, and runs the POST op that it was paused before', () => {
    const run = new JobRun([
      { name: 'one' },
      { name: 'report', step: 'POST' },
      { name: 'notify', step: 'POST' },
    ]);
    run.play({
      one: () => {
        run.pause();
        return failing('Broken');
      },
    });
    expect(run.tries).toEqual(['one', 'report', 'notify']);
    expect(run.job).toMatchObject({ status: 'FAILED', error: { code: 'Broken' } });
  });

  it('between two tries ends the op with what its last try failed with', () => {
    const run = new JobRun([
      { name: 'one', retry: { maxAttempts: 3 }, rollback: { action: 'build', when: 'started' } },
    ]);
    run.play({
      one: () => {
        run.pause();
        return failing('Flaky');
      },
    });
    expect(run.op(0)).toMatchObject({ status: 'error', error: { code: 'Flaky', op: 0 } });
    expect(run.tries).toEqual(['one', 'one/rollback']);
    expect(run.job).toMatchObject({ status: 'FAILED', error: { code: 'PauseExpired' }, opsRun: 1 });
  });

  it('before PRE is done never comes to RUN', () => {
    const run = paused([{ name: 'check', step: 'PRE' }, { name: 'more', step: 'PRE' }, { name: 'one' }], 1);
    run.now += DAY_MS;
    run.endHold();
    expect(run.recover('Canceled')).toEqual({ kind: 'perform', ops: [] });
    expect(run.finish('recovery')?.job.status).toBe('FAILED');
  });
});

describe('an execution that gets too old', () => {
  const held: Readonly<Record<string, () => JobRun>> = {
    'a trap without a timeout': () => trapped(),
    'a trap whose countdown stands still': () => {
      const run = trapped({ timeout: 'PT1H' });
      run.answer('pause');
      return run;
    },
    'a long pause': () => paused([{ name: 'one' }, { name: 'two' }], 1, { pause: { window: 'P400D' } }),
    'a long wait for the next try': () => {
      const run = new JobRun([
        { name: 'one', retry: { maxAttempts: 2, interval: 'P360D', maxInterval: 'P360D' } },
      ]);
      run.random = 0.99;
      run.perform(0);
      run.complete(0, failing('Flaky'));
      run.handle(0, 'OpFailed');
      return run;
    },
  };

  it.each(Object.entries(held))('hands %s over to the next, which waits on', (_what, make) => {
    const run = make();
    const { status, activeOp } = run.live.status === 'QUEUED' ? { status: '', activeOp: -1 } : run.live;
    const { segment } = run.live;
    run.now = segment.committedAt + SEGMENT_MS - 1;
    expect(run.endHold()).toBeNull();
    run.now += 1;
    run.endHold();
    expect(run.job).toMatchObject({
      status,
      activeOp,
      segments: 2,
      segment: { number: 2, group: segment.group, committedAt: run.now, tries: 0 },
      owed: [
        { kind: 'start', by: run.now + 60_000 },
        { kind: 'stop', attempt: 1, segment, by: run.now + 60_000 },
      ],
    });
    // The execution that was is nobody's any more; the next comes to the same op and waits there.
    const index = activeOp ?? -1;
    const old = { attempt: 1, group: segment.group, number: segment.number };
    expect(run.perform(index, 'late', old)).toMatchObject({ kind: 'throw', error: 'Stale' });
    expect(run.perform(index)).toMatchObject({ kind: 'throw', error: 'NotNow' });
    expect(run.handle(index, 'NotNow', 'kept by the next')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({ status, owed: [{ kind: 'stop' }] });
    expect(run.ops.at(-1)).toMatchObject({ index, token: 'kept by the next' });
  });

  it('owes the stop of the one that was until somebody has done it', () => {
    const run = trapped();
    run.now += SEGMENT_MS;
    run.endHold();
    run.answer('retry');
    run.perform(1);
    run.complete(1);
    run.finish();
    expect(run.job).toMatchObject({
      status: 'COMPLETED_OK',
      owed: [{ kind: 'stop', segment: { number: 1 } }],
    });
  });

  it('is not looked for while the job runs', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0);
    run.now += 2 * SEGMENT_MS;
    expect(run.endHold()).toBeNull();
  });

  it('is nothing to a job that is starting, waits or has ended', () => {
    const starting = new JobRun([{ name: 'one' }]);
    const waiting = new JobRun([{ name: 'one' }], { hold: true });
    const ended = new JobRun([{ name: 'one' }]);
    ended.play();
    for (const run of [starting, waiting, ended]) {
      run.now += 2 * SEGMENT_MS;
      expect(run.endHold()).toBeNull();
    }
  });
});
