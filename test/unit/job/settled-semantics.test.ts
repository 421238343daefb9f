import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../core/job/complete-op.ts';
import type { Job } from '../../../core/job/job.ts';
import { failing, JobRun } from '../../support/job-run.ts';

const undone = { rollback: { action: 'build' } };
const undoneOnceStarted = { rollback: { action: 'build', when: 'started' } };

const THREE = [
  { name: 'one', ...undone },
  { name: 'two', ...undone },
  { name: 'three', ...undone },
];
const WITH_REPORT = [...THREE, { name: 'report', step: 'POST' }];

const warning = (...warnings: readonly string[]): Outcome => ({
  kind: 'succeeded',
  result: { warnings: [...warnings] },
});

function errorOf(job: Job) {
  return 'error' in job ? job.error : undefined;
}

/** Statuses the job was in, as its journal tells. */
function statuses(run: JobRun) {
  return run.entries.flatMap(({ kind, to }) => (kind === 'status' ? [to] : []));
}

describe('a job that goes well', () => {
  it('runs its ops in the order PRE, RUN, POST and ends COMPLETED_OK', () => {
    const run = new JobRun([
      { name: 'check', step: 'PRE' },
      { name: 'one' },
      { name: 'two' },
      { name: 'report', step: 'POST' },
    ]);
    expect(run.play()).toMatchObject({
      status: 'COMPLETED_OK',
      step: 'END',
      opsRun: 4,
      rollback: 'none',
      warnings: 0,
    });
    expect(run.tries).toEqual(['check', 'one', 'two', 'report']);
  });

  it('hands PRE over to RUN as a new segment, starting again', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE' }, { name: 'one' }]);
    run.play();
    expect(statuses(run)).toEqual(['QUEUED', 'RUNNING', 'QUEUED', 'RUNNING', 'COMPLETED_OK']);
    expect(run.job).toMatchObject({ segments: 2, attempt: 1 });
  });

  it('ends after PRE when it has nothing else', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE' }]);
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK', segments: 1 });
  });

  it('runs a job of POST ops only', () => {
    const run = new JobRun([{ name: 'report', step: 'POST' }]);
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK', segments: 1 });
    expect(run.tries).toEqual(['report']);
  });

  it('hands PRE over when only POST ops follow', () => {
    const run = new JobRun([
      { name: 'check', step: 'PRE' },
      { name: 'report', step: 'POST' },
    ]);
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK', segments: 2 });
    expect(run.tries).toEqual(['check', 'report']);
  });

  it('counts the warnings of its ops and still ends COMPLETED_OK', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    expect(run.play({ one: warning('disk is filling'), two: warning('slow', 'late') })).toMatchObject({
      status: 'COMPLETED_OK',
      warnings: 3,
    });
  });

  it('keeps what was learnt of its natures in PRE', () => {
    const run = new JobRun([{ name: 'a', step: 'PRE' }, { name: 'b', step: 'PRE' }, { name: 'c' }]);
    const natures = (...texts: string[]): Outcome => ({ kind: 'succeeded', result: { natures: texts } });
    run.play({ a: natures('sql', 'java'), b: natures('java', 'html'), c: natures('none of these') });
    expect(run.job.natures).toEqual(['sql', 'java', 'html']);
  });

  it('keeps no more natures than the head has room for', () => {
    const run = new JobRun([{ name: 'a', step: 'PRE' }, { name: 'c' }]);
    const many = Array.from({ length: 30 }, (_, position) => `nature-${position}`);
    run.play({ a: { kind: 'succeeded', result: { natures: ['n'.repeat(129), ...many] } } });
    expect(run.job.natures).toEqual(many.slice(0, 20));
  });

  it('waits with the built-in wait until the clock of its try ends it', () => {
    const run = new JobRun([{ name: 'nap', action: 'wait', input: { seconds: 30 } }, { name: 'one' }]);
    expect(run.play({ nap: 'heartbeat timeout' })).toMatchObject({ status: 'COMPLETED_OK', opsRun: 2 });
    expect(run.op(0).status).toBe('success');
  });
});

describe('a job whose op fails', () => {
  it('rolls back the completed ops that declared it, latest first, and ends FAILED', () => {
    const run = new JobRun(THREE);
    expect(run.play({ three: failing('DiskFull') })).toMatchObject({
      status: 'FAILED',
      rollback: 'ok',
      retryable: true,
      error: { code: 'DiskFull', op: 2 },
    });
    expect(run.tries).toEqual(['one', 'two', 'three', 'two/rollback', 'one/rollback']);
    expect(statuses(run)).toEqual(['QUEUED', 'RUNNING', 'ROLLING_BACK', 'FAILED']);
  });

  it('leaves out the ops after it', () => {
    const run = new JobRun(THREE);
    run.play({ one: failing('DiskFull') });
    expect(run.tries).toEqual(['one']);
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'none', opsRun: 1 });
  });

  it('also rolls back the op that failed, where it asked for that once started', () => {
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'two', ...undoneOnceStarted },
    ]);
    run.play({ two: failing('DiskFull') });
    expect(run.tries).toEqual(['one', 'two', 'two/rollback', 'one/rollback']);
    expect(run.job.rollback).toBe('ok');
  });

  it('runs its POST ops after the rollbacks', () => {
    const run = new JobRun(WITH_REPORT);
    expect(run.play({ two: failing('DiskFull') }).status).toBe('FAILED');
    expect(run.tries).toEqual(['one', 'two', 'one/rollback', 'report']);
  });

  it('runs its POST ops after a PRE that failed, and never its RUN', () => {
    const run = new JobRun(
      [{ name: 'check', step: 'PRE', ...undone }, { name: 'check again', step: 'PRE' }, ...WITH_REPORT].map(
        (op) => ({ ...op, name: op.name.replace(' ', '-') }),
      ),
    );
    expect(run.play({ 'check-again': failing('Broken') }).status).toBe('FAILED');
    expect(run.tries).toEqual(['check', 'check-again', 'check/rollback', 'report']);
  });

  it('undoes PRE ops too when RUN fails', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE', ...undone }, ...THREE]);
    run.play({ two: failing('DiskFull') });
    expect(run.tries).toEqual(['check', 'one', 'two', 'one/rollback', 'check/rollback']);
  });

  it('says that a person must act when a rollback fails; the other rollbacks and POST still run', () => {
    const run = new JobRun(WITH_REPORT);
    run.play({ three: failing('DiskFull'), 'two/rollback': failing('Jammed') });
    expect(run.tries).toEqual(['one', 'two', 'three', 'two/rollback', 'one/rollback', 'report']);
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'failed', error: { code: 'DiskFull' } });
    expect(errorOf(run.job)?.message).toMatch(/manual intervention is required/);
  });

  it('says so too when the rollback could not be ended by anything but its clock', () => {
    const run = new JobRun(THREE);
    run.play({ three: failing('DiskFull'), 'two/rollback': 'timeout' });
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'failed' });
  });

  it('retries a rollback by its own policy', () => {
    const run = new JobRun([
      { name: 'one', rollback: { action: 'build', retry: { maxAttempts: 3 } } },
      { name: 'two' },
    ]);
    run.play({
      two: failing('DiskFull'),
      'one/rollback': (_, number) => (number < 3 ? failing('Jammed') : { kind: 'succeeded' }),
    });
    expect(run.tries.filter((name) => name === 'one/rollback')).toHaveLength(3);
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'ok' });
  });

  it('leaves everything as it is under rollback.onFailure false, and says that undoing is needed', () => {
    const run = new JobRun(WITH_REPORT, { rollback: { onFailure: false } });
    run.play({ three: failing('DiskFull') });
    expect(run.tries).toEqual(['one', 'two', 'three', 'report']);
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'needed' });
  });

  it('retries by its policy before it fails', () => {
    const run = new JobRun([{ name: 'one', retry: { maxAttempts: 3 } }]);
    run.play({ one: failing('Flaky') });
    expect(run.tries).toEqual(['one', 'one', 'one']);
    expect(run.job.status).toBe('FAILED');
  });

  it('goes on when a later try works', () => {
    const run = new JobRun([{ name: 'one', retry: { maxAttempts: 3 } }, { name: 'two' }]);
    run.play({ one: (_, number) => (number < 3 ? failing('Flaky') : { kind: 'succeeded' }) });
    expect(run.job).toMatchObject({ status: 'COMPLETED_OK', opsRun: 2 });
    expect(run.op(0).try).toBe(3);
  });

  it('is not tried again after Fatal, and is not worth a rerun', () => {
    const run = new JobRun([{ name: 'one', retry: { maxAttempts: 5 } }]);
    expect(run.play({ one: failing('Fatal') })).toMatchObject({ status: 'FAILED', retryable: false });
    expect(run.tries).toEqual(['one']);
  });

  it('is undone and ends FAILED_RETRYABLE when the target was Busy', () => {
    const run = new JobRun([THREE[0] ?? {}, { name: 'two', retry: { maxAttempts: 5 } }]);
    expect(run.play({ two: failing('Busy') })).toMatchObject({
      status: 'FAILED_RETRYABLE',
      retryable: true,
      rollback: 'ok',
    });
    expect(run.tries).toEqual(['one', 'two', 'one/rollback']);
  });

  it.each(['timeout', 'heartbeat timeout'] as const)('ends TIMED_OUT by its %s, undone', (clock) => {
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'two', timeout: 'PT10M', heartbeat: 'PT1M' },
    ]);
    expect(run.play({ two: clock })).toMatchObject({ status: 'TIMED_OUT', rollback: 'ok' });
    expect(errorOf(run.job)?.code).toBe(clock === 'timeout' ? 'Timeout' : 'HeartbeatTimeout');
  });

  it('retries a try that ran out of time, if its policy says so', () => {
    const run = new JobRun([{ name: 'one', timeout: 'PT1M', retry: { maxAttempts: 2 } }]);
    run.play({ one: (_, number) => (number === 1 ? 'timeout' : { kind: 'succeeded' }) });
    expect(run.job.status).toBe('COMPLETED_OK');
  });
});

describe('an op that may fail', () => {
  it('lets the job go on under onError continue: COMPLETED_WITH_WARNINGS', () => {
    const run = new JobRun([{ name: 'one', ...undone, onError: 'continue' }, { name: 'two' }]);
    expect(run.play({ one: failing('DiskFull') })).toMatchObject({
      status: 'COMPLETED_WITH_WARNINGS',
      opsRun: 2,
      rollback: 'none',
    });
    expect(run.tries).toEqual(['one', 'two']);
  });

  it('is retried first, even so', () => {
    const run = new JobRun([{ name: 'one', onError: 'continue', retry: { maxAttempts: 2 } }]);
    run.play({ one: failing('DiskFull') });
    expect(run.tries).toEqual(['one', 'one']);
  });

  it('does not decide the end of a job that fails later', () => {
    const run = new JobRun([{ name: 'one', onError: 'continue' }, { name: 'two' }]);
    run.play({ one: failing('Busy'), two: failing('DiskFull') });
    expect(run.job).toMatchObject({ status: 'FAILED', error: { code: 'DiskFull', op: 1 } });
  });

  it('stops the job naturally under onError finish: nothing is undone, POST runs', () => {
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'two', onError: 'finish' },
      { name: 'three' },
      { name: 'report', step: 'POST' },
    ]);
    expect(run.play({ two: failing('DiskFull') })).toMatchObject({
      status: 'COMPLETED_WITH_ERROR',
      retryable: true,
      error: { code: 'DiskFull' },
    });
    expect(run.tries).toEqual(['one', 'two', 'report']);
  });

  it('stops the job naturally when a precondition is unmet, and is not retryable', () => {
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'two', retry: { maxAttempts: 5 } },
      { name: 'report', step: 'POST' },
    ]);
    expect(run.play({ two: failing('PreconditionFailed') })).toMatchObject({
      status: 'COMPLETED_WITH_ERROR',
      retryable: false,
    });
    expect(run.tries).toEqual(['one', 'two', 'report']);
  });

  it('never undoes RUN when it is a POST op: COMPLETED_WITH_ERROR, and the other POST ops run', () => {
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'report', step: 'POST' },
      { name: 'notify', step: 'POST' },
    ]);
    expect(run.play({ report: failing('NoPaper') })).toMatchObject({
      status: 'COMPLETED_WITH_ERROR',
      retryable: true,
      rollback: 'needed',
      error: { code: 'NoPaper', op: 1 },
    });
    expect(run.tries).toEqual(['one', 'report', 'notify']);
  });

  it.each(['PreconditionFailed', 'Fatal'])('is not worth a rerun after %s in POST either', (code) => {
    const run = new JobRun([{ name: 'one' }, { name: 'report', step: 'POST' }]);
    expect(run.play({ report: failing(code) })).toMatchObject({
      status: 'COMPLETED_WITH_ERROR',
      retryable: false,
    });
  });

  it('does not change how a failed job ends when it is a POST op', () => {
    const run = new JobRun(WITH_REPORT);
    run.play({ two: failing('DiskFull'), report: failing('NoPaper') });
    expect(run.job).toMatchObject({ status: 'FAILED', error: { code: 'DiskFull' } });
  });

  it('gives a warning when a POST op may fail', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'report', step: 'POST', onError: 'continue' }]);
    expect(run.play({ report: failing('NoPaper') }).status).toBe('COMPLETED_WITH_WARNINGS');
  });
});

describe('a target that cannot be reached', () => {
  it('is asked again at growing intervals of at most 15 minutes, whatever the policy says', () => {
    const run = new JobRun([{ name: 'one' }]);
    const asked: number[] = [];
    run.play({
      one: (current, number) => {
        asked.push(current.now);
        return number < 12 ? failing('Unreachable') : { kind: 'succeeded' };
      },
    });
    const gaps = asked.slice(1).map((at, before) => (at - (asked[before] ?? 0)) / 1000);
    expect(gaps).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]);
    expect(run.job.status).toBe('COMPLETED_OK');
  });

  it('is given up when the timeout of its op is over', () => {
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'two', timeout: 'PT10M' },
    ]);
    const started = run.now;
    expect(run.play({ two: failing('Unreachable') })).toMatchObject({ status: 'TIMED_OUT', rollback: 'ok' });
    expect(run.now - started).toBeLessThanOrEqual(600_000);
  });

  it('leaves the job to be canceled meanwhile', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.play({
      one: (current, number) => {
        if (number === 8) current.cancel();
        return failing('Unreachable');
      },
    });
    expect(run.job.status).toBe('CANCELED_WHILE_RUNNING');
  });
});

describe('a job that is canceled', () => {
  const canceledIn = (ops: readonly object[], during: string, command = {}, job = {}) => {
    const run = new JobRun(ops, job);
    run.play({
      [during]: (current) => {
        current.cancel(command);
        return 'interrupted';
      },
    });
    return run;
  };

  it('is canceled at once before anything has started', () => {
    const run = new JobRun(WITH_REPORT);
    expect(run.cancel({ reason: 'wrong version' })).toMatchObject({
      ok: true,
      answer: { outcome: 'canceled', message: `Job ${run.job.id} canceled` },
    });
    expect(run.job).toMatchObject({
      status: 'CANCELED_BEFORE_START',
      rollback: 'none',
      cancel: { actor: 'ada', reason: 'wrong version' },
      owed: [],
    });
  });

  it('is undone and does not run its POST ops', () => {
    const run = canceledIn(WITH_REPORT, 'three');
    expect(run.tries).toEqual(['one', 'two', 'three', 'two/rollback', 'one/rollback']);
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'ok' });
    expect(run.op(2).status).toBe('canceled');
    expect(statuses(run)).toEqual([
      'QUEUED',
      'RUNNING',
      'CANCELING',
      'ROLLING_BACK',
      'CANCELED_WHILE_RUNNING',
    ]);
  });

  it('also undoes the op that was cut off, where it asked for that once started', () => {
    const run = canceledIn([{ name: 'one', ...undoneOnceStarted }], 'one');
    expect(run.tries).toEqual(['one', 'one/rollback']);
    expect(run.job.rollback).toBe('ok');
  });

  it('ends without a rollback when there is nothing to undo', () => {
    const run = canceledIn([{ name: 'one' }, { name: 'two' }], 'two');
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'none' });
  });

  it('is not undone when the request says so, and undoing stays needed', () => {
    const run = canceledIn(WITH_REPORT, 'three', { rollback: false });
    expect(run.tries).toEqual(['one', 'two', 'three']);
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'needed' });
  });

  it('is not undone when the specification says so', () => {
    const run = canceledIn(WITH_REPORT, 'three', {}, { rollback: { onCancel: false } });
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'needed' });
  });

  it('reads rollback failed when what was done cannot be undone', () => {
    const run = new JobRun(THREE);
    run.play({
      three: (current) => {
        current.cancel();
        return 'interrupted';
      },
      'one/rollback': failing('Jammed'),
    });
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'failed' });
  });

  it('stops before its next op when none was running', () => {
    const run = new JobRun(THREE);
    run.perform(0);
    run.complete(0);
    run.cancel();
    expect(run.perform(1)).toMatchObject({ kind: 'throw', error: 'Canceled' });
    expect(run.handle(1, 'Canceled')).toEqual({ kind: 'throw', error: 'Canceled' });
    expect(run.recover('Canceled')).toEqual({ kind: 'perform', ops: [3] });
  });

  it('ends naturally when the cancel came after its last op', () => {
    const run = new JobRun(THREE);
    for (const index of [0, 1, 2]) {
      run.perform(index);
      run.complete(index);
    }
    run.cancel();
    expect(run.job.status).toBe('CANCELING');
    run.finish('ops');
    expect(run.job).toMatchObject({ status: 'COMPLETED_OK', rollback: 'none' });
  });

  it('is canceled between PRE and RUN: what PRE did is undone by a segment of its own', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE', ...undone }, ...WITH_REPORT]);
    run.perform(0);
    run.complete(0);
    run.finish('ops');
    expect(run.job).toMatchObject({ status: 'QUEUED', step: 'RUN' });
    expect(run.cancel()).toMatchObject({ answer: { outcome: 'canceling' } });
    expect(run.live).toMatchObject({ status: 'CANCELING', segment: { group: 'RECOVER', number: 3 } });
    run.play();
    expect(run.tries).toEqual(['check/rollback']);
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'ok' });
  });

  it('is undone the same way when the cancel came as PRE ended', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE', ...undone }, ...WITH_REPORT]);
    run.perform(0);
    run.complete(0);
    run.cancel();
    run.finish('ops');
    expect(run.live).toMatchObject({ status: 'CANCELING', segment: { group: 'RECOVER', number: 2 } });
    run.play();
    expect(run.tries).toEqual(['check/rollback']);
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'ok' });
  });

  it('ends at once between PRE and RUN when PRE left nothing to undo', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE' }, { name: 'one' }]);
    run.perform(0);
    run.complete(0);
    run.finish('ops');
    expect(run.cancel()).toMatchObject({ answer: { outcome: 'canceled' } });
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'none' });
  });

  it('never comes to its RUN when the cancel came as PRE ended, and undoing was declined', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE', ...undone }, { name: 'one' }]);
    run.perform(0);
    run.complete(0);
    run.cancel({ rollback: false });
    run.finish('ops');
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'needed' });
  });

  it('is spared its POST ops after a failure, and nothing is undone twice', () => {
    const run = new JobRun([
      { name: 'one' },
      { name: 'report', step: 'POST' },
      { name: 'notify', step: 'POST' },
    ]);
    run.play({
      one: failing('DiskFull'),
      report: (current) => {
        current.cancel();
        return 'interrupted';
      },
    });
    expect(run.tries).toEqual(['one', 'report']);
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'none' });
  });

  it('is not undone by the cancel when its failure was not to be undone', () => {
    const run = new JobRun(WITH_REPORT, { rollback: { onFailure: false } });
    run.play({
      three: failing('DiskFull'),
      report: (current) => {
        current.cancel();
        expect(current.job).toMatchObject({ decided: { undo: false, post: false } });
        return 'interrupted';
      },
    });
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'needed' });
  });

  it('ends when the rollback that it waits for can never be dispatched', () => {
    const run = new JobRun([
      { name: 'check', step: 'PRE', rollback: { action: 'build', timeout: 'PT8S' } },
      { name: 'one' },
    ]);
    run.perform(0);
    run.complete(0);
    run.finish('ops');
    run.cancel();
    expect(run.handle(2, 'Lambda.Unknown')).toEqual({ kind: 'tryAgain', afterSeconds: 5 });
    run.now += 5_000;
    expect(run.handle(2, 'Lambda.Unknown')).toEqual({ kind: 'goOn' });
    run.finish('ops');
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'failed' });
  });

  it('never runs again once canceled after its failure', () => {
    const run = new JobRun(THREE);
    run.play({ two: failing('DiskFull') });
    const failed = run.job;
    expect(run.cancel({ reason: 'enough' })).toMatchObject({ ok: true, answer: { outcome: 'canceled' } });
    expect(run.job).toMatchObject({
      status: 'CANCELED_AFTER_FAILURE',
      error: { code: 'DiskFull' },
      rollback: 'ok',
      endedAt: 'endedAt' in failed ? failed.endedAt : undefined,
      cancel: { actor: 'ada', reason: 'enough' },
    });
  });
});

describe('a job that is ended by force', () => {
  it('has ended before anything is stopped, with nothing undone', () => {
    const run = new JobRun(THREE);
    run.perform(0);
    run.complete(0);
    run.perform(1);
    const { segment } = run.live;
    run.cancel({ force: true });
    expect(run.job).toMatchObject({
      status: 'CANCELED_WHILE_RUNNING',
      rollback: 'needed',
      owed: [{ kind: 'stop', attempt: 1, segment, by: run.now + 60_000 }],
    });
    expect(run.perform(1, 'late', { attempt: 1, group: 'RUN', number: 1 })).toMatchObject({
      kind: 'throw',
      error: 'Stale',
    });
  });

  it('is as canceled before its start, without an execution to stop', () => {
    const run = new JobRun(THREE);
    run.cancel({ force: true });
    expect(run.job).toMatchObject({ status: 'CANCELED_BEFORE_START', rollback: 'none', owed: [] });
  });

  it('leaves what PRE did when it waits for RUN', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE', ...undone }, { name: 'one' }]);
    run.perform(0);
    run.complete(0);
    run.finish('ops');
    run.cancel({ force: true });
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'needed' });
  });

  it('need not wait for a cancel that does not come through', () => {
    const run = new JobRun(THREE);
    run.perform(0);
    run.complete(0);
    run.perform(1);
    run.cancel();
    run.cancel({ force: true });
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'needed' });
  });

  it('keeps the outcome that was decided when its rollback is given up', () => {
    const run = new JobRun(THREE);
    run.play({
      two: failing('DiskFull'),
      'one/rollback': (current) => {
        current.cancel({ force: true });
        return 'interrupted';
      },
    });
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'failed', error: { code: 'DiskFull' } });
    expect(errorOf(run.job)?.message).toMatch(/manual intervention is required/);
  });
});

describe('a job whose execution was lost', () => {
  it('is ABENDED, says how, and undoing stays needed', () => {
    const run = new JobRun(THREE);
    run.perform(0);
    run.complete(0);
    run.perform(1);
    run.abend();
    expect(run.job).toMatchObject({
      status: 'ABENDED',
      rollback: 'needed',
      retryable: true,
      owed: [],
      error: { code: 'Abended', message: 'the execution ended outside Jobplane: ABORTED' },
    });
  });

  it('is ABENDED when it has not even started', () => {
    const run = new JobRun(THREE);
    run.abend();
    expect(run.job).toMatchObject({ status: 'ABENDED', rollback: 'none' });
  });

  it('keeps that all was undone, when it died behind its rollbacks', () => {
    const run = new JobRun(WITH_REPORT);
    run.play({
      two: failing('DiskFull'),
      report: (current) => {
        current.abend();
        return 'interrupted';
      },
    });
    expect(run.job).toMatchObject({ status: 'ABENDED', rollback: 'ok' });
  });

  it('is not touched by the end of an execution that it does not count on any more', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE' }, { name: 'one' }]);
    const pre = run.serves;
    run.perform(0);
    run.complete(0);
    run.finish('ops');
    expect(run.abend(pre)).toBeNull();
    expect(run.job.status).toBe('QUEUED');
  });
});

describe('a job that runs for very long', () => {
  it('goes on in the next segment after 500 tries', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    run.play({ one: (_, number) => (number <= 600 ? failing('Unreachable') : { kind: 'succeeded' }) });
    expect(run.job).toMatchObject({ status: 'COMPLETED_OK', segments: 2, opsRun: 2 });
    expect(run.op(0).try).toBe(601);
  });

  it('goes on in the next segment after 300 days', () => {
    const run = new JobRun([{ name: 'one', retry: { maxAttempts: 9 } }]);
    run.play({
      one: (current, number) => {
        if (number === 1) current.now += 300 * 24 * 3_600_000;
        return number < 4 ? failing('Flaky') : { kind: 'succeeded' };
      },
    });
    expect(run.job).toMatchObject({ status: 'COMPLETED_OK', segments: 2 });
  });

  it('goes on rolling back in the next segment', () => {
    const run = new JobRun(WITH_REPORT);
    run.play({
      two: failing('DiskFull'),
      'one/rollback': (_, number) => (number <= 600 ? failing('Unreachable') : { kind: 'succeeded' }),
    });
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'ok', segments: 2 });
    expect(run.tries.at(-1)).toBe('report');
  });

  it('is canceled in its next segment too', () => {
    const run = new JobRun(THREE);
    run.play({
      two: (current, number) => {
        if (number === 550) current.cancel();
        return failing('Unreachable');
      },
    });
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'ok', segments: 2 });
  });
});
