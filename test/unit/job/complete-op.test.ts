import { describe, expect, it } from 'vitest';
import { failing, JobRun } from '../../support/job-run.ts';

const FLAKY = { name: 'one', retry: { maxAttempts: 3 } };

/** A job whose first op runs. */
function running(ops: readonly object[] = [{ name: 'one' }, { name: 'two' }]) {
  const run = new JobRun(ops);
  run.perform(0);
  return run;
}

const late = (code: string) => ({ ok: true, answer: { kind: 'late', late: { code } } });

const lateEntries = (run: JobRun) => run.entries.filter(({ kind }) => kind === 'late').length;

describe('a completion', () => {
  it('settles the op and owes the answer to its token', () => {
    const run = running();
    run.now += 10;
    const decision = run.complete(0, { kind: 'succeeded', result: { pages: 3 } });
    expect(decision).toMatchObject({ ok: true, answer: { kind: 'recorded' } });
    expect(run.op(0)).toMatchObject({ status: 'success', result: { pages: 3 }, endedAt: run.now });
    expect(run.op(0)).not.toHaveProperty('nonce');
    expect(run.job).toMatchObject({
      opsRun: 1,
      owed: [{ kind: 'answer', op: 0, by: run.now + 60_000 }],
    });
    expect(run.job).not.toHaveProperty('activeOp');
    expect(run.entries.at(-1)).toMatchObject({ kind: 'op', from: 'running', to: 'success', actor: 'worker' });
  });

  it('records a failed try and leaves to others what follows', () => {
    const run = running();
    run.complete(0, failing('DiskFull'));
    expect(run.op(0)).toMatchObject({ status: 'tried', error: { code: 'DiskFull' }, held: false });
    expect(run.op(0)).not.toHaveProperty('decision');
    expect(run.job).toMatchObject({ activeOp: 0, opsRun: 0, owed: [{ kind: 'answer', op: 0 }] });
  });

  it('counts warnings that are texts, and takes anything else for the action’s own business', () => {
    const run = running();
    run.complete(0, { kind: 'succeeded', result: { warnings: ['a', 3, null, 'b'] } });
    expect(run.op(0)).toMatchObject({ warnings: ['a', 'b'] });
    expect(run.job.warnings).toBe(2);
    run.perform(1);
    run.complete(1, { kind: 'succeeded', result: { warnings: 'none' } });
    expect(run.job.warnings).toBe(2);
  });

  it('takes no natures from RUN, nor from undoing what PRE did', () => {
    const run = new JobRun([
      { name: 'check', step: 'PRE', rollback: { action: 'build' } },
      { name: 'check2', step: 'PRE' },
    ]);
    run.play({
      check: { kind: 'succeeded', result: { natures: ['sql'] } },
      check2: failing('Broken'),
      'check/rollback': { kind: 'succeeded', result: { natures: ['undone'] } },
    });
    expect(run.job).toMatchObject({ status: 'FAILED', natures: ['sql'] });
  });

  it('of a rollback counts for no progress', () => {
    const run = new JobRun([{ name: 'one', rollback: { action: 'build' } }, { name: 'two' }]);
    run.play({ two: failing('Broken') });
    expect(run.op(2).status).toBe('success');
    expect(run.job.opsRun).toBe(2);
  });
});

describe('a completion that changes nothing', () => {
  it('is refused for an op, a try or an attempt that has not been', () => {
    const run = running();
    const refused = { ok: false, refusal: { code: 'OpNotStarted' } };
    expect(run.complete(1)).toMatchObject(refused);
    expect(run.complete(0, { kind: 'succeeded' }, { try: 2 })).toMatchObject(refused);
    expect(run.complete(0, { kind: 'succeeded' }, { attempt: 2 })).toMatchObject(refused);
  });

  it('is repeated when the op has succeeded already, and not journaled', () => {
    const run = running();
    run.complete(0);
    const { version } = run.job;
    expect(run.complete(0)).toMatchObject(late('CompletionRepeated'));
    expect(run.job.version).toBe(version);
  });

  it('is repeated when the same failure was reported already', () => {
    const run = running();
    run.complete(0, failing('Broken'));
    expect(run.complete(0, failing('Broken'))).toMatchObject(late('CompletionRepeated'));
    run.handle(0, 'OpFailed');
    expect(run.op(0).status).toBe('error');
    expect(run.complete(0, failing('Broken'))).toMatchObject(late('CompletionRepeated'));
    expect(lateEntries(run)).toBe(0);
  });

  it('is late when it says something else than what was recorded', () => {
    const run = running();
    run.complete(0);
    expect(run.complete(0, failing('Broken'))).toMatchObject(late('CompletionLate'));
    expect(lateEntries(run)).toBe(1);
  });

  it('is late after the clock of the try, and journaled once however often it comes', () => {
    const run = running();
    run.handle(0, 'States.Timeout');
    for (const outcome of [
      { kind: 'succeeded' } as const,
      failing('Broken'),
      { kind: 'succeeded' } as const,
    ]) {
      expect(run.complete(0, outcome)).toMatchObject(late('CompletionLate'));
    }
    expect(run.op(0)).toMatchObject({ status: 'error', timedOut: true });
    expect(lateEntries(run)).toBe(1);
  });

  it('is superseded by a newer try, and journaled once however often it comes', () => {
    const run = running([FLAKY]);
    run.complete(0, failing('Flaky'));
    run.handle(0, 'OpFailed');
    run.now += 60_000;
    run.perform(0);
    for (const _ of [1, 2, 3]) {
      expect(run.complete(0, { kind: 'succeeded' }, { try: 1 })).toMatchObject(late('TrySuperseded'));
    }
    expect(run.op(0)).toMatchObject({ status: 'running', try: 2 });
    expect(lateEntries(run)).toBe(1);
  });

  it('stays journaled once when the next try starts in between', () => {
    const run = running([FLAKY]);
    run.handle(0, 'States.Timeout');
    run.complete(0, { kind: 'succeeded' }, { try: 1 });
    run.now += 60_000;
    run.perform(0);
    run.complete(0, { kind: 'succeeded' }, { try: 1 });
    expect(lateEntries(run)).toBe(1);
  });

  it('stays journaled once when the op is closed in between', () => {
    const run = running();
    run.cancel();
    run.complete(0);
    run.recover('Canceled');
    expect(run.op(0).status).toBe('canceled');
    run.complete(0);
    expect(lateEntries(run)).toBe(1);
  });

  it('has the nonce of another try', () => {
    const run = running();
    expect(run.complete(0, { kind: 'succeeded' }, { nonce: 'forged' })).toMatchObject(late('NonceMismatch'));
    expect(run.op(0).status).toBe('running');
    expect(run.complete(0, { kind: 'succeeded' }, { nonce: 'nonce of token-1' })).toMatchObject({
      answer: { kind: 'recorded' },
    });
  });

  it('comes while the job is canceling', () => {
    const run = running();
    run.cancel();
    expect(run.complete(0)).toMatchObject(late('CompletionLate'));
    expect(run.op(0).status).toBe('running');
    expect(run.job.status).toBe('CANCELING');
  });

  it.each(['force', 'abend'] as const)('comes after the job was ended by %s', (end) => {
    const run = running();
    if (end === 'force') run.cancel({ force: true });
    else run.abend();
    const { status, owed } = run.job;
    expect(run.complete(0)).toMatchObject(late('CompletionLate'));
    expect(run.job).toMatchObject({ status, owed });
    expect(lateEntries(run)).toBe(1);
  });
});
