import { describe, expect, it } from 'vitest';
import { trapPolicyOf } from '../../../core/job/hold-op.ts';
import { plannedCall } from '../../../core/job/plan.ts';
import { failing, JobRun, RECEIVED, runId, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TRAP = { onError: 'trap' };
const TWO = [{ name: 'one' }, { name: 'two' }];
const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;

/** A job that was asked to pause while `one` ran, and comes to `two`. */
function toPause(ops: readonly object[] = TWO, job: object = {}): JobRun {
  const run = new JobRun(ops, job);
  run.perform(0);
  run.pause('lunch');
  run.complete(0);
  expect(run.perform(1)).toMatchObject({ kind: 'throw', error: 'NotNow' });
  return run;
}

describe('a job that somebody wants to pause', () => {
  it('is PAUSED before its next op, which keeps the token and has not begun', () => {
    const run = toPause();
    expect(run.handle(1, 'NotNow', 'kept')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({
      status: 'PAUSED',
      activeOp: 1,
      pause: { since: run.now, until: run.now + DAY_MS },
      owed: [],
      opsRun: 1,
    });
    expect(run.job).not.toHaveProperty('pauseRequested');
    const [, waits] = run.ops;
    expect(waits).toMatchObject({ index: 1, status: 'queued', try: 0, token: 'kept', version: 1 });
    expect(() => run.op(1)).toThrow('has not begun');
  });

  it('is paused for as long as its specification says', () => {
    const run = toPause(TWO, { pause: { window: 'PT2H' } });
    run.handle(1, 'NotNow');
    expect(run.job).toMatchObject({ pause: { until: run.now + 2 * HOUR_MS } });
    expect(run.job.dueEntry?.at).toBeLessThanOrEqual(run.now + 2 * HOUR_MS);
  });

  it('says who wanted it, and why', () => {
    const run = toPause();
    run.handle(1, 'NotNow');
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'status',
      actor: 'ada',
      from: 'RUNNING',
      to: 'PAUSED',
      message: 'Paused before two by ada: lunch',
    });
  });

  it('is paused between two tries of an op, which keeps what its last try failed with', () => {
    const run = new JobRun([{ name: 'one', retry: { maxAttempts: 3 } }]);
    run.perform(0);
    run.pause();
    run.complete(0, failing('Flaky'));
    const answer = run.handle(0, 'OpFailed');
    if (answer.kind !== 'tryAgain') throw new Error('it is tried again');
    run.now += answer.afterSeconds * 1000;
    expect(run.perform(0)).toMatchObject({ kind: 'throw', error: 'NotNow' });
    expect(run.handle(0, 'NotNow', 'kept')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({ status: 'PAUSED', activeOp: 0 });
    expect(run.op(0)).toMatchObject({
      status: 'tried',
      try: 1,
      held: true,
      token: 'kept',
      error: { code: 'Flaky' },
    });
  });

  it('keeps an end that was decided, before the POST op that it was to run', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'report', step: 'POST' }]);
    run.perform(0);
    run.pause();
    run.complete(0, failing('Broken'));
    run.handle(0, 'OpFailed');
    expect(run.recover()).toEqual({ kind: 'perform', ops: [1] });
    run.perform(1);
    run.handle(1, 'NotNow');
    expect(run.job).toMatchObject({ status: 'PAUSED', activeOp: 1, decided: { status: 'FAILED' } });
  });
});

describe('an op that failed for good under onError trap', () => {
  it('has its job wait for an answer, with the token of the task that says so', () => {
    const run = new JobRun([{ name: 'one', ...TRAP }]);
    run.perform(0, 'performing');
    run.complete(0, failing('Broken'));
    expect(run.handle(0, 'OpFailed', 'kept')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({
      status: 'TRAPPED',
      activeOp: 0,
      trap: { since: run.now, from: 'RUNNING' },
      owed: [],
    });
    expect(run.op(0)).toMatchObject({
      status: 'tried',
      decision: { kind: 'trapped' },
      held: true,
      token: 'kept',
    });
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'status',
      from: 'RUNNING',
      to: 'TRAPPED',
      message: 'one failed and waits for an answer: Broken: it was Broken',
    });
  });

  it('is retried by its policy first', () => {
    const run = new JobRun([{ name: 'one', ...TRAP, retry: { maxAttempts: 3 } }]);
    run.onHold.push((held) => held.answer('skip'));
    run.play({ one: failing('Flaky') });
    expect(run.tries).toEqual(['one', 'one', 'one']);
    expect(run.job).toMatchObject({ status: 'COMPLETED_OK', lastTrap: { answer: 'skip' } });
  });

  it('waits at once after Fatal, which no retry helps', () => {
    const run = new JobRun([{ name: 'one', ...TRAP, retry: { maxAttempts: 3 } }]);
    run.onHold.push((held) => held.answer('abort'));
    run.play({ one: failing('Fatal') });
    expect(run.tries).toEqual(['one']);
    expect(run.job).toMatchObject({ status: 'FAILED', lastTrap: { answer: 'abort' } });
  });

  it.each([
    ['PreconditionFailed', 'COMPLETED_WITH_ERROR'],
    ['Busy', 'FAILED_RETRYABLE'],
  ])('asks nobody after %s, which says itself what follows: %s', (code, status) => {
    const run = new JobRun([{ name: 'one', ...TRAP }]);
    expect(run.play({ one: failing(code) }).status).toBe(status);
    expect(run.job).not.toHaveProperty('lastTrap');
  });

  it.each(['timeout', 'heartbeat timeout'] as const)('waits after a %s as well', (ending) => {
    const run = new JobRun([{ name: 'one', ...TRAP, timeout: 'PT10M', heartbeat: 'PT1M' }]);
    run.onHold.push((held) => expect(held.job.status).toBe('TRAPPED'));
    run.onHold.push((held) => held.answer('skip'));
    expect(run.play({ one: ending }).status).toBe('COMPLETED_OK');
  });

  it('waits when its target was not reached within its timeout', () => {
    const run = new JobRun([{ name: 'one', ...TRAP, timeout: 'PT1M' }]);
    run.onHold.push((held) => held.answer('abort'));
    expect(run.play({ one: failing('Unreachable') })).toMatchObject({ status: 'TIMED_OUT' });
    expect(run.job).toHaveProperty('lastTrap');
  });

  it('has its job begin with the trap where not even its first try could be dispatched', () => {
    const run = new JobRun([{ name: 'one', ...TRAP, timeout: 'PT1S' }]);
    expect(run.handle(0, 'Lambda.Unknown', 'kept')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({ status: 'TRAPPED', startedAt: run.now });
    const moves = run.entries.flatMap(({ kind, from, to }) => (kind === 'status' ? [[from, to]] : []));
    expect(moves.slice(1)).toEqual([
      ['QUEUED', 'RUNNING'],
      ['RUNNING', 'TRAPPED'],
    ]);
  });

  it('waits in a rollback that could not be dispatched, of a job canceled before its RUN', () => {
    const rollback = { action: 'build', onError: 'trap', timeout: 'PT1S' };
    const run = new JobRun([{ name: 'check', step: 'PRE', rollback }, { name: 'one' }]);
    run.perform(0);
    run.complete(0);
    run.finish();
    run.cancel();
    expect(run.job).toMatchObject({ status: 'CANCELING', segment: { group: 'RECOVER' } });
    expect(run.handle(2, 'Lambda.Unknown')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({
      status: 'TRAPPED',
      trap: { from: 'ROLLING_BACK' },
      decided: { status: 'CANCELED_WHILE_RUNNING' },
      cancel: { actor: 'ada' },
    });
    run.answer('abort');
    expect(run.finish('recovery')?.job).toMatchObject({
      status: 'CANCELED_WHILE_RUNNING',
      rollback: 'failed',
    });
  });

  it('does not keep its job from pausing before the next op, once it is answered', () => {
    const run = new JobRun([{ name: 'one', ...TRAP }, { name: 'two' }]);
    run.perform(0);
    run.pause();
    run.complete(0, failing('Broken'));
    run.handle(0, 'OpFailed');
    expect(run.job).toMatchObject({ status: 'TRAPPED', pauseRequested: { actor: 'ada' } });
    run.answer('skip');
    expect(run.perform(1)).toMatchObject({ kind: 'throw', error: 'NotNow' });
    run.handle(1, 'NotNow');
    expect(run.job).toMatchObject({ status: 'PAUSED', activeOp: 1 });
  });
});

describe('the timeout of a trap', () => {
  it('counts from the failure, and none is for ever', () => {
    const untils = [{ timeout: 'PT1H' }, {}].map((trap) => {
      const run = new JobRun([{ name: 'one', ...TRAP, trap }]);
      run.perform(0);
      run.now += DAY_MS;
      run.complete(0, failing('Broken'));
      run.handle(0, 'OpFailed');
      return 'trap' in run.job && 'until' in run.job.trap ? run.job.trap.until : null;
    });
    expect(untils).toEqual([RECEIVED + DAY_MS + HOUR_MS, null]);
  });

  it('aborts, and tries again three times at the most, where nothing else is said', () => {
    const spec = specOf([
      { name: 'one', ...TRAP },
      { name: 'two', ...TRAP, trap: { onTimeout: 'retry' } },
      { name: 'three', ...TRAP, trap: { timeout: 'PT5M', onTimeout: 'skip', maxRetries: 7 } },
    ]);
    const policies = [0, 1, 2].map((index) => {
      const planned = plannedCall(spec, index);
      return planned === undefined ? null : trapPolicyOf(planned);
    });
    expect(policies).toEqual([
      { onTimeout: 'abort', maxRetries: 3 },
      { onTimeout: 'retry', maxRetries: 3 },
      { timeout: 'PT5M', onTimeout: 'skip', maxRetries: 7 },
    ]);
  });
});

describe('a job that is held', () => {
  const held = {
    PAUSED: () => {
      const run = toPause();
      run.handle(1, 'NotNow', 'first');
      return { run, index: 1 };
    },
    TRAPPED: () => {
      const run = new JobRun([{ name: 'one', ...TRAP }, { name: 'two' }]);
      run.perform(0);
      run.complete(0, failing('Broken'));
      run.handle(0, 'OpFailed', 'first');
      return { run, index: 0 };
    },
  };

  it.each(['PAUSED', 'TRAPPED'] as const)(
    'keeps a token more when the service repeats the task that waits: %s',
    (status) => {
      const { run, index } = held[status]();
      const { version } = run.job;
      expect(run.handle(index, 'OpFailed', 'second')).toEqual({ kind: 'hold' });
      expect(run.job).toMatchObject({ status, version: version + 1 });
      expect(run.ops.at(-1)).toMatchObject({ index, token: 'second' });
      expect(run.ops.at(-1)?.earlierTokens).toContain('first');
      expect(run.handle(index, 'OpFailed', 'first')).toEqual({ kind: 'hold' });
      expect(run.job.version).toBe(version + 1);
    },
  );

  it.each(['PAUSED', 'TRAPPED'] as const)('starts no try of its op: %s', (status) => {
    const { run, index } = held[status]();
    expect(run.perform(index)).toEqual({ kind: 'throw', error: 'NotNow', change: null });
    expect(run.job.status).toBe(status);
  });

  it('keeps all that it holds, and others wait for that', () => {
    const world = new LineWorld();
    const run = new JobRun([{ name: 'one', ...TRAP }], { locks: [{ name: 'a' }] }, { world });
    const other = new JobRun(TWO, { locks: [{ name: 'a' }] }, { world, id: runId(2) });
    run.perform(0);
    run.complete(0, failing('Broken'));
    run.handle(0, 'OpFailed');
    world.settle(run.now);
    expect(run.job).toMatchObject({ status: 'TRAPPED', holds: [{ need: 1, fence: 1 }] });
    expect(world.holders(LOCK)).toEqual([run.id]);
    expect(other.job.status).toBe('WAITING_LOCK');
  });

  it('hands a trap over to the next segment where its execution is worn out', () => {
    const run = new JobRun([{ name: 'one', ...TRAP }]);
    run.perform(0);
    run.complete(0, failing('Broken'));
    run.now += 300 * DAY_MS;
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'throw', error: 'Continued' });
    expect(run.job).toMatchObject({
      status: 'TRAPPED',
      segment: { number: 2, group: 'RUN' },
      owed: [{ kind: 'start' }],
    });
    // The next execution comes to the same op, and waits there.
    expect(run.perform(0)).toMatchObject({ kind: 'throw', error: 'NotNow' });
    expect(run.handle(0, 'NotNow', 'kept')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({ status: 'TRAPPED', owed: [] });
    expect(run.op(0).token).toBe('kept');
  });
});
