import { describe, expect, it } from 'vitest';
import { isLive } from '../../../core/job/job.ts';
import { performOp } from '../../../core/job/perform-op.ts';
import { failing, JobRun } from '../../support/job-run.ts';

const FLAKY = { name: 'one', retry: { maxAttempts: 3, interval: 'PT40S' } };

describe('performing an op', () => {
  it('commits the first try before it is dispatched', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    run.now += 5_000;
    const answer = run.perform(0, 'the token');
    expect(answer).toMatchObject({ kind: 'dispatch', op: { status: 'running', try: 1, dispatched: false } });
    expect(run.op(0)).toMatchObject({
      name: 'one',
      action: 'build',
      token: 'the token',
      nonce: 'nonce of the token',
      startedAt: run.now,
      tryStartedAt: run.now,
    });
    expect(run.job).toMatchObject({
      status: 'RUNNING',
      step: 'RUN',
      startedAt: run.now,
      activeOp: 0,
      segment: { tries: 1 },
    });
  });

  it('has its execution looked at a while after its real start, however late that was', () => {
    const run = new JobRun([{ name: 'one' }]);
    const { at, afterSeconds } = isLive(run.job) ? run.job.liveness : { at: 0, afterSeconds: 0 };
    run.now = at;
    run.perform(0);
    expect(run.job).toMatchObject({ liveness: { at: at + afterSeconds * 1_000, afterSeconds } });
  });

  it('clears the start that was owed, since it proves it', () => {
    const run = new JobRun([{ name: 'one' }]);
    expect(run.job.owed).toMatchObject([{ kind: 'start' }]);
    run.perform(0);
    expect(run.job.owed).toEqual([]);
  });

  it('clears the answer that the op before it owed', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    run.perform(0);
    run.complete(0);
    expect(run.job.owed).toMatchObject([{ kind: 'answer', op: 0 }]);
    run.perform(1);
    expect(run.job.owed).toEqual([]);
  });

  it('fences with the serial of the journal entry that starts the try', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    run.perform(0);
    run.complete(0);
    run.perform(1);
    for (const index of [0, 1]) {
      const { opFence, name } = run.op(index);
      expect(run.entries[opFence - 1]).toMatchObject({
        serial: opFence,
        kind: 'op',
        to: 'running',
        op: { name },
      });
    }
    expect(run.op(1).opFence).toBeGreaterThan(run.op(0).opFence);
  });

  it('keeps the start of the job and of the op through later tries', () => {
    const run = new JobRun([FLAKY]);
    run.perform(0);
    const { startedAt, opFence } = run.op(0);
    run.complete(0, failing('Flaky'));
    run.handle(0, 'OpFailed');
    run.now += 60_000;
    run.perform(0);
    expect(run.op(0)).toMatchObject({ status: 'running', try: 2, startedAt, tryStartedAt: run.now });
    expect(run.op(0).opFence).toBeGreaterThan(opFence);
    expect(run.job).toMatchObject({ startedAt, segment: { tries: 2 } });
  });

  it('takes the same token for the same try, and dispatches it again', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0, 'same');
    const { version } = run.job;
    expect(run.perform(0, 'same')).toMatchObject({ kind: 'dispatch', change: null, op: { try: 1 } });
    expect(run.job.version).toBe(version);
  });

  it('takes a new token for a retry of the service: no new try, no new nonce', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0, 'first');
    const entries = run.entries.length;
    expect(run.perform(0, 'second')).toMatchObject({
      kind: 'dispatch',
      op: { try: 1, token: 'second', nonce: 'nonce of first' },
    });
    expect(run.entries).toHaveLength(entries);
    expect(run.live.segment.tries).toBe(1);
  });

  it.each([{ kind: 'succeeded' } as const, failing('Fatal')])(
    'answers for an op that is settled: %o',
    (outcome) => {
      const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
      run.perform(0);
      run.complete(0, outcome);
      if (outcome.kind === 'failed') run.handle(0, 'OpFailed');
      const { version } = run.job;
      expect(run.perform(0)).toEqual({ kind: 'answer', op: run.op(0) });
      expect(run.job.version).toBe(version);
    },
  );

  it('answers for a failed try that awaits its decision', () => {
    const run = new JobRun([FLAKY]);
    run.perform(0);
    run.complete(0, failing('Flaky'));
    expect(run.perform(0)).toMatchObject({ kind: 'answer', op: { status: 'tried' } });
  });

  it('is not now while the next try is not due, give or take a second', () => {
    const run = new JobRun([FLAKY]);
    run.perform(0);
    run.complete(0, failing('Flaky'));
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'tryAgain', afterSeconds: 20 });
    run.now += 18_999;
    expect(run.perform(0)).toEqual({ kind: 'throw', error: 'NotNow', change: null });
    run.now += 1;
    expect(run.perform(0)).toMatchObject({ kind: 'dispatch', op: { try: 2 } });
  });

  it('is canceled while the job is canceling', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    run.perform(0);
    run.complete(0);
    run.cancel();
    expect(run.perform(1)).toEqual({ kind: 'throw', error: 'Canceled', change: null });
    expect(run.perform(0)).toMatchObject({ kind: 'answer', op: { status: 'success' } });
  });

  it('refuses to run two ops at once', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    run.perform(0);
    expect(() => run.perform(1)).toThrow(/op 1 cannot start: op 0 of the job is not final/);
  });

  it('runs a rollback as an op of its own, in the step of what it undoes', () => {
    const run = new JobRun([
      { name: 'one', rollback: { action: 'hand' } },
      { name: 'two' },
      { name: 'report', step: 'POST' },
    ]);
    run.perform(0);
    run.complete(0);
    run.perform(1);
    run.complete(1, failing('Broken'));
    run.handle(1, 'OpFailed');
    expect(run.recover()).toEqual({ kind: 'perform', ops: [3, 2] });
    run.perform(3);
    expect(run.op(3)).toMatchObject({ name: 'one/rollback', action: 'hand', try: 1 });
    expect(run.job).toMatchObject({ status: 'ROLLING_BACK', rollback: 'running', step: 'RUN', activeOp: 3 });
  });

  it('keeps what was decided through the ops of the recovery', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'report', step: 'POST' }]);
    run.perform(0);
    run.complete(0, failing('Broken'));
    run.handle(0, 'OpFailed');
    run.recover();
    run.perform(1);
    expect(run.job).toMatchObject({ status: 'RUNNING', step: 'POST', decided: { status: 'FAILED' } });
  });
});

describe('performing an op of an external worker', () => {
  it('is dispatched by its commit, whose entry is all that the worker needs', () => {
    const run = new JobRun([{ name: 'one', action: 'hand', input: { page: 3 } }]);
    expect(run.perform(0)).toMatchObject({ op: { dispatched: true } });
    const ready = run.entries.filter(({ kind }) => kind === 'ready');
    expect(ready).toMatchObject([
      {
        op: { index: 0, name: 'one' },
        ready: { action: 'hand', try: 1, opFence: run.op(0).opFence, input: { page: 3 } },
      },
    ]);
  });

  it('is not ready for a worker while its input names nothing', () => {
    const run = new JobRun([{ name: 'one', action: 'hand' }]);
    const answer = performOp(
      run.job,
      run.spec,
      null,
      { ...run.serves, op: 0, token: 't' },
      { now: run.now, nonce: 'n', kind: 'external', input: undefined },
    );
    expect(answer).toMatchObject({ kind: 'dispatch', op: { dispatched: false } });
    if (answer.kind !== 'dispatch') return;
    expect(answer.change?.entries.map(({ kind }) => kind)).toEqual(['status', 'op']);
  });
});
