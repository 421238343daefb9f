import { describe, expect, it } from 'vitest';
import { failing, JobRun } from '../../support/job-run.ts';

const FLAKY = { name: 'one', retry: { maxAttempts: 3, interval: 'PT40S' } };
const PATIENT = { name: 'one', retry: { maxAttempts: 3, interval: 'PT1H', maxInterval: 'PT6H' } };

/** A job whose first op has failed a try and nobody has decided what follows. */
function failed(op: object, code = 'Flaky') {
  const run = new JobRun([op, { name: 'two' }]);
  run.perform(0);
  run.complete(0, failing(code));
  return run;
}

describe('handling a failed try', () => {
  it('decides on another try and stores the decision with the op', () => {
    const run = failed(FLAKY);
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'tryAgain', afterSeconds: 20 });
    expect(run.op(0)).toMatchObject({
      status: 'tried',
      decision: { kind: 'tryAgain', at: run.now + 20_000 },
      held: false,
    });
    expect(run.job).toMatchObject({ activeOp: 0, owed: [] });
  });

  it('repeats its decision when called again, with what is left of the wait', () => {
    const run = failed(FLAKY);
    run.handle(0, 'OpFailed');
    const { version } = run.job;
    run.random = 0.9;
    run.now += 5_500;
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'tryAgain', afterSeconds: 15 });
    expect(run.handle(0, 'NotNow')).toEqual({ kind: 'tryAgain', afterSeconds: 15 });
    run.now += 60_000;
    expect(run.handle(0, 'NotNow')).toEqual({ kind: 'tryAgain', afterSeconds: 0 });
    expect(run.job.version).toBe(version);
  });

  it('tries again what never started before its clock ran out: clocks run from the dispatch', () => {
    const run = new JobRun([{ name: 'one', action: 'wait', input: { seconds: 1 } }]);
    expect(run.handle(0, 'States.HeartbeatTimeout')).toMatchObject({ kind: 'tryAgain' });
    expect(run.op(0)).toMatchObject({ status: 'tried', error: { code: 'Unreachable' } });
  });

  it('fails the op for good when its policy allows no other try', () => {
    const run = failed({ name: 'one' });
    run.now += 10;
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'failed' });
    expect(run.op(0)).toMatchObject({
      status: 'error',
      endedAt: run.now,
      timedOut: false,
      error: { code: 'Flaky', op: 0 },
    });
    expect(run.job).toMatchObject({ status: 'RUNNING', opsRun: 1, owed: [] });
    expect(run.job).not.toHaveProperty('activeOp');
  });

  it('repeats that the op has failed when called again', () => {
    const run = failed({ name: 'one' });
    run.handle(0, 'OpFailed');
    const { version } = run.job;
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'failed' });
    expect(run.job.version).toBe(version);
  });

  it('goes on when the op succeeded meanwhile: the completion was first', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0);
    run.complete(0);
    const { version } = run.job;
    expect(run.handle(0, 'States.Timeout')).toEqual({ kind: 'goOn' });
    expect(run.job.version).toBe(version);
  });

  it('goes on past an op that may fail', () => {
    const run = failed({ name: 'one', onError: 'continue' });
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'goOn' });
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'goOn' });
  });

  it('goes on past a rollback that failed, and past a POST op', () => {
    const run = new JobRun([
      { name: 'one', rollback: { action: 'build' } },
      { name: 'two' },
      { name: 'report', step: 'POST' },
    ]);
    const fail = (index: number) => {
      run.perform(index);
      run.complete(index, failing('Broken'));
      return run.handle(index, 'OpFailed');
    };
    run.perform(0);
    run.complete(0);
    expect(fail(1)).toEqual({ kind: 'failed' });
    run.recover();
    expect(fail(3)).toEqual({ kind: 'goOn' });
    expect(fail(2)).toEqual({ kind: 'goOn' });
  });

  it('is canceled while the job is canceling, and decides nothing', () => {
    const run = failed(FLAKY);
    run.cancel();
    const { version } = run.job;
    expect(run.handle(0, 'Canceled')).toEqual({ kind: 'throw', error: 'Canceled' });
    expect(run.job.version).toBe(version);
  });

  it('takes each of the clocks for what was declared', () => {
    const clocks = (op: object, name: string) => {
      const run = new JobRun([{ name: 'one', ...op }]);
      run.perform(0);
      run.handle(0, name);
      const ended = run.op(0);
      return ended.status === 'error' ? [ended.error.code, ended.timedOut] : [ended.status];
    };
    expect(clocks({ timeout: 'PT1M', heartbeat: 'PT10S' }, 'States.Timeout')).toEqual(['Timeout', true]);
    expect(clocks({ timeout: 'PT1M', heartbeat: 'PT10S' }, 'States.HeartbeatTimeout')).toEqual([
      'HeartbeatTimeout',
      true,
    ]);
    // Where no heartbeat was declared, Step Functions' heartbeat clock carries the timeout.
    expect(clocks({ timeout: 'PT1M' }, 'States.HeartbeatTimeout')).toEqual(['Timeout', true]);
  });
});

describe('a wait that is too long for a Wait state', () => {
  it('keeps the token and puts the end of the wait on the head', () => {
    const run = failed(PATIENT);
    expect(run.handle(0, 'OpFailed', 'kept')).toEqual({ kind: 'hold' });
    expect(run.op(0)).toMatchObject({ held: true, token: 'kept' });
    expect(run.job).toMatchObject({ heldUntil: run.now + 1_800_000, owed: [] });
  });

  it.each([
    [60, 'tryAgain'],
    [61, 'hold'],
  ])('is one of %i seconds: %s', (seconds, kind) => {
    const run = failed({ name: 'one', retry: { maxAttempts: 2, interval: `PT${seconds}S`, backoff: 1 } });
    run.random = 0.999_999;
    expect(run.handle(0, 'OpFailed').kind).toBe(kind);
  });

  it('holds the new token when the service calls again', () => {
    const run = failed(PATIENT);
    run.handle(0, 'OpFailed', 'first');
    const held = run.job;
    expect(run.handle(0, 'OpFailed', 'first')).toEqual({ kind: 'hold' });
    expect(run.job.version).toBe(held.version);
    expect(run.handle(0, 'OpFailed', 'second')).toEqual({ kind: 'hold' });
    expect(run.op(0).token).toBe('second');
    expect(run.job).toMatchObject({ heldUntil: run.now + 1_800_000 });
  });

  it('is over with the start of the next try', () => {
    const run = failed(PATIENT);
    run.handle(0, 'OpFailed');
    run.now += 1_800_000;
    run.perform(0);
    expect(run.job).not.toHaveProperty('heldUntil');
    expect(run.op(0)).toMatchObject({ status: 'running', try: 2 });
  });

  it('that the last segment handed over is put on the head by the next', () => {
    const run = failed(PATIENT);
    run.now += 300 * 24 * 3_600_000;
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'throw', error: 'Continued' });
    expect(run.job).not.toHaveProperty('heldUntil');
    expect(run.perform(0)).toEqual({ kind: 'throw', error: 'NotNow', change: null });
    expect(run.handle(0, 'NotNow', 'kept')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({ heldUntil: run.now + 1_800_000 });
    expect(run.op(0)).toMatchObject({ held: true, token: 'kept' });
  });
});

describe('a try that could not be dispatched', () => {
  it('counts as a start of the job when it is its first op', () => {
    const run = new JobRun([{ name: 'one' }]);
    expect(run.handle(0, 'Lambda.Unknown')).toEqual({ kind: 'tryAgain', afterSeconds: 5 });
    expect(run.job).toMatchObject({
      status: 'RUNNING',
      startedAt: run.now,
      activeOp: 0,
      segment: { tries: 1 },
    });
    expect(run.op(0)).toMatchObject({ status: 'tried', try: 1, error: { code: 'Unreachable' } });
  });

  it('is tried again at growing intervals, even while nothing of a try can be committed', () => {
    const run = new JobRun([{ name: 'one' }]);
    const waits: number[] = [];
    for (let failure = 1; failure <= 10; failure += 1) {
      const answer = run.handle(0, 'Lambda.Unknown');
      if (answer.kind === 'tryAgain') run.now += answer.afterSeconds * 1000;
      const [op] = run.ops;
      if (op?.status !== 'tried' || op.decision?.kind !== 'tryAgain') throw new Error('it is tried again');
      waits.push((op.decision.at - op.triedAt) / 1000);
      run.now = Math.max(run.now, op.decision.at);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    expect(run.live.segment.tries).toBe(10);
  });

  it('ends its segment in time, since each costs history', () => {
    const run = new JobRun([{ name: 'one' }]);
    for (let failure = 1; failure < 500; failure += 1) {
      run.handle(0, 'Lambda.Unknown');
      run.now += 900_000;
    }
    expect(run.live.segment).toMatchObject({ number: 1, tries: 499 });
    expect(run.handle(0, 'Lambda.Unknown')).toEqual({ kind: 'throw', error: 'Continued' });
    expect(run.live.segment).toMatchObject({ number: 2, tries: 0 });
  });

  it('repeats its decision for a retry of the service while the wait is not over', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.handle(0, 'Lambda.Unknown');
    const { version } = run.job;
    run.now += 4_999;
    expect(run.handle(0, 'Lambda.Unknown')).toEqual({ kind: 'tryAgain', afterSeconds: 1 });
    expect(run.job.version).toBe(version);
  });

  it('leaves a late answer of the try before it superseded', () => {
    const run = new JobRun([FLAKY]);
    run.perform(0);
    run.handle(0, 'ContendedError');
    run.now += 5_000;
    run.handle(0, 'ContendedError');
    expect(run.op(0)).toMatchObject({ status: 'tried', try: 2 });
    expect(run.complete(0, { kind: 'succeeded' }, { try: 1 })).toMatchObject({
      answer: { late: { code: 'TrySuperseded' } },
    });
  });
});

describe('a segment that has grown too long', () => {
  it('is continued by the next, which is owed', () => {
    const run = new JobRun([
      { name: 'check', step: 'PRE' },
      { name: 'one', retry: { maxAttempts: 3 } },
    ]);
    run.perform(0);
    run.complete(0);
    run.finish('ops');
    run.perform(1);
    run.now += 300 * 24 * 3_600_000;
    run.complete(1, failing('Flaky'));
    expect(run.handle(1, 'OpFailed')).toEqual({ kind: 'throw', error: 'Continued' });
    expect(run.job).toMatchObject({
      status: 'RUNNING',
      attempt: 1,
      segments: 3,
      activeOp: 1,
      segment: { group: 'RUN', number: 3, committedAt: run.now, tries: 0 },
      owed: [{ kind: 'start', by: run.now + 60_000 }],
      liveness: { at: run.now + 300_000, afterSeconds: 300 },
    });
  });

  it('is not continued for an op that has failed for good', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0);
    run.now += 301 * 24 * 3_600_000;
    run.complete(0, failing('Broken'));
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'failed' });
    expect(run.job).toMatchObject({ segments: 1 });
  });
});

describe('the built-in wait', () => {
  const NAP = { name: 'nap', action: 'wait', input: { seconds: 30 } };

  it.each(['States.Timeout', 'States.HeartbeatTimeout'])('succeeds by %s', (clock) => {
    const run = new JobRun([NAP]);
    run.perform(0);
    expect(run.handle(0, clock)).toEqual({ kind: 'goOn' });
    expect(run.op(0).status).toBe('success');
    expect(run.handle(0, clock)).toEqual({ kind: 'goOn' });
  });

  it('is canceled rather than over in a job that is canceling', () => {
    const run = new JobRun([NAP]);
    run.perform(0);
    run.cancel();
    expect(run.handle(0, 'States.Timeout')).toEqual({ kind: 'throw', error: 'Canceled' });
  });

  it('is tried again when it could not be dispatched', () => {
    const run = new JobRun([NAP]);
    run.perform(0);
    expect(run.handle(0, 'Lambda.Unknown')).toMatchObject({ kind: 'tryAgain' });
  });

  it('may undo something too', () => {
    const run = new JobRun([
      { name: 'one', rollback: { action: 'wait', input: { seconds: 5 } } },
      { name: 'two' },
    ]);
    run.play({ two: failing('Broken'), 'one/rollback': 'heartbeat timeout' });
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'ok' });
  });
});
