import { describe, expect, it } from 'vitest';
import { type CancelCommand, cancelJob } from '../../../core/job/cancel-job.ts';
import { possibleCommands } from '../../../core/job/commands.ts';
import { failing, JobRun, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { ENDED, JOB_STATUSES, type JobStatus, sampleJob } from '../views/sample-job.ts';

const NOW = ENDED + 1_000;
const BEFORE_START = ['CANCELED_BEFORE_START', 'CANCELED_BEFORE_START', 'CANCELED_BEFORE_START'] as const;
const SPEC = specOf([{ name: 'one' }, { name: 'two' }, { name: 'three' }]);

/** What each request yields in each status: the status that follows, or the code of the refusal. */
const TABLE: Readonly<Record<JobStatus, readonly [cancel: string, force: string, onlyIfQueued: string]>> = {
  CREATED: BEFORE_START,
  SCHEDULED: BEFORE_START,
  PENDING: BEFORE_START,
  QUEUED: BEFORE_START,
  WAITING_APPROVAL: BEFORE_START,
  WAITING_DEPENDENCY: BEFORE_START,
  WAITING_LOCK: BEFORE_START,
  RUNNING: ['CANCELING', 'CANCELED_WHILE_RUNNING', 'AlreadyStarted'],
  CHILD_QUEUED: ['CANCELING', 'CANCELED_WHILE_RUNNING', 'AlreadyStarted'],
  CHILD_RUNNING: ['CANCELING', 'CANCELED_WHILE_RUNNING', 'AlreadyStarted'],
  PAUSED: ['CANCELING', 'CANCELED_WHILE_RUNNING', 'AlreadyStarted'],
  TRAPPED: ['CANCELING', 'CANCELED_WHILE_RUNNING', 'AlreadyStarted'],
  TRAP_PAUSED: ['CANCELING', 'CANCELED_WHILE_RUNNING', 'AlreadyStarted'],
  CANCELING: ['CommandRefused', 'CANCELED_WHILE_RUNNING', 'CommandRefused'],
  ROLLING_BACK: ['CommandRefused', 'FAILED', 'CommandRefused'],
  COMPLETED_OK: ['CommandRefused', 'CommandRefused', 'CommandRefused'],
  COMPLETED_WITH_WARNINGS: ['CommandRefused', 'CommandRefused', 'CommandRefused'],
  COMPLETED_WITH_ERROR: ['CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE', 'AlreadyStarted'],
  FAILED: ['CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE', 'AlreadyStarted'],
  FAILED_RETRYABLE: ['CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE', 'AlreadyStarted'],
  TIMED_OUT: ['CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE', 'AlreadyStarted'],
  ABENDED: ['CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE', 'AlreadyStarted'],
  // Nothing of it has started.
  FAILED_TO_START: ['CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE'],
  EXPIRED: ['CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE'],
  REJECTED: ['CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE', 'CANCELED_AFTER_FAILURE'],
  CANCELED_BEFORE_START: ['CommandRefused', 'CommandRefused', 'CommandRefused'],
  CANCELED_WHILE_RUNNING: ['CommandRefused', 'CommandRefused', 'CommandRefused'],
  CANCELED_AFTER_FAILURE: ['CommandRefused', 'CommandRefused', 'CommandRefused'],
  ROLLED_BACK: ['CommandRefused', 'CommandRefused', 'CommandRefused'],
};

function decide(status: JobStatus, command: Partial<CancelCommand>) {
  const whole = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true, ...command };
  return cancelJob(sampleJob(status), [], whole, new LineWorld().facts(SPEC, NOW));
}

function yielded(status: JobStatus, command: Partial<CancelCommand>): string {
  const decision = decide(status, command);
  return decision.ok ? (decision.change?.job.status ?? status) : decision.refusal.code;
}

describe('a cancel', () => {
  it.each(JOB_STATUSES)('of a job that is %s yields what the command table says', (status) => {
    expect([
      yielded(status, {}),
      yielded(status, { force: true }),
      yielded(status, { onlyIfQueued: true }),
    ]).toEqual(TABLE[status]);
  });

  it.each(JOB_STATUSES)('that is refused for %s names the status and what is possible', (status) => {
    const decision = decide(status, {});
    if (decision.ok) return;
    expect(decision.refusal.detail).toContain(status);
    for (const command of possibleCommands(status)) expect(decision.refusal.detail).toContain(command);
  });

  it.each(JOB_STATUSES)('of a job that is %s commits one entry that tells by whom and why', (status) => {
    for (const force of [true, false]) {
      const decision = decide(status, { force, reason: 'wrong version' });
      if (!decision.ok || decision.change === null) continue;
      const before = sampleJob(status);
      expect(decision.change.entries).toMatchObject([
        {
          kind: 'status',
          serial: before.logSerial + 1,
          actor: 'ada',
          from: status,
          to: decision.change.job.status,
        },
      ]);
      expect(decision.change.entries[0]?.message).toContain('wrong version');
      expect(decision.change.job.version).toBe(before.version + 1);
    }
  });

  it('tells a job that is canceled at once from one that will be', () => {
    expect(decide('QUEUED', {})).toMatchObject({ answer: { outcome: 'canceled' } });
    expect(decide('RUNNING', {})).toMatchObject({
      answer: { outcome: 'canceling', message: `Job ${sampleJob('RUNNING').id} will be canceled` },
    });
  });

  it('of a job between two ops owes no interrupt', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    run.perform(0);
    run.complete(0);
    const owed = run.job.owed;
    run.cancel();
    expect(run.job.owed).toEqual(owed);
  });

  it('of a running op owes its interrupt, due within a minute', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0);
    run.now += 1_000_000;
    run.cancel();
    expect(run.job.owed).toEqual([{ kind: 'interrupt', op: 0, by: run.now + 60_000 }]);
    expect(run.job.dueEntry?.at).toBeLessThanOrEqual(run.now + 60_000);
  });

  it('of an op that waits long for its next try ends the wait', () => {
    const run = new JobRun([
      { name: 'one', retry: { maxAttempts: 2, interval: 'PT1H', maxInterval: 'PT1H' } },
    ]);
    run.perform(0);
    run.complete(0, failing('Flaky'));
    expect(run.handle(0, 'OpFailed', 'the token that waits')).toEqual({ kind: 'hold' });
    run.cancel();
    expect(run.job).not.toHaveProperty('heldUntil');
    expect(run.job.owed).toMatchObject([{ kind: 'interrupt', op: 0 }]);
    expect(run.op(0).token).toBe('the token that waits');
  });

  it('leaves what a commit before it owes', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    run.perform(0);
    run.complete(0);
    run.cancel();
    expect(run.job.owed).toMatchObject([{ kind: 'answer', op: 0 }]);
  });

  it('of a job that waits for RUN after PRE is refused under onlyIfQueued', () => {
    const run = new JobRun([{ name: 'check', step: 'PRE' }, { name: 'one' }]);
    run.perform(0);
    run.complete(0);
    run.finish('ops');
    expect(run.job.status).toBe('QUEUED');
    expect(run.cancel({ onlyIfQueued: true })).toMatchObject({
      ok: false,
      refusal: { code: 'AlreadyStarted' },
    });
  });

  it('is refused when it comes again', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0);
    run.cancel();
    const { version } = run.job;
    expect(run.cancel()).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    run.cancel({ force: true });
    expect(run.cancel({ force: true })).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(run.job.version).toBe(version + 1);
  });
});
