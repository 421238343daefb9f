import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/contract/limits.ts';
import { isLive, isWaiting, type SettledJob } from '../../../core/job/job.ts';
import { nextAttempt, refuseAttempt } from '../../../core/job/next-attempt.ts';
import type { OwedEffect } from '../../../core/job/owed-effect.ts';
import { isSettled } from '../../../core/job/status.ts';
import { ENDED, JOB_STATUSES, type JobStatus, sampleJob } from '../views/sample-job.ts';

const BY_HAND = { kind: 'rollback' } as const;
const RERUN = { kind: 'rerun', firstOp: 1 } as const;
const segment = { group: 'RUN', number: 3, committedAt: 0, tries: 2 } as const;

function settled(status: JobStatus, overrides: object = {}): SettledJob {
  const job = sampleJob(status, overrides);
  if (isLive(job) || isWaiting(job)) throw new Error(`a job that is ${status} has not settled`);
  return job;
}

describe('the next attempt of a settled job', () => {
  it.each(JOB_STATUSES.filter(isSettled))('that is %s has nothing of its end', (status) => {
    const next = nextAttempt(settled(status, { attempt: 4, segments: 7 }), RERUN);
    expect(next).toMatchObject({ attempt: 5, segments: 0, step: 'INIT', again: RERUN });
    for (const gone of ['status', 'error', 'retryable', 'retryAfter', 'endedAt', 'retainUntil', 'cancel']) {
      expect(next).not.toHaveProperty(gone);
    }
  });

  it('keeps what the job is, whoever runs it again', () => {
    const job = settled('FAILED', { labels: { site: 'docs' }, priority: 3, hasDependents: true });
    const { id, project, name, owner, labels, priority, receivedAt, startedAt, version, logSerial } = job;
    const kept = { id, project, name, owner, labels, priority, receivedAt, startedAt, version, logSerial };
    expect(nextAttempt(job, RERUN)).toMatchObject({ ...kept, hasDependents: true });
  });

  it('has neither its last start nor the priorities that ops were given', () => {
    const job = settled('EXPIRED', { maxStartAt: ENDED, startWithinSeconds: 60, opPriorities: { 1: 5 } });
    const next = nextAttempt(job, RERUN);
    expect(next).toMatchObject({ startWithinSeconds: 60 });
    expect(next).not.toHaveProperty('maxStartAt');
    expect(next).not.toHaveProperty('opPriorities');
  });

  it('has left nothing behind yet, unless it is there to undo that', () => {
    const job = settled('FAILED', { rollback: 'failed' });
    expect([RERUN, BY_HAND].map((again) => nextAttempt(job, again).rollback)).toEqual(['none', 'needed']);
  });

  it('owes still what nothing of it proves, and holds what is to be given back', () => {
    const owed: readonly OwedEffect[] = [
      { kind: 'stop', attempt: 1, segment, by: ENDED },
      { kind: 'release', by: ENDED },
      { kind: 'schedule', at: ENDED, by: ENDED },
      { kind: 'unschedule', at: ENDED, by: ENDED },
    ];
    const over: readonly OwedEffect[] = [
      { kind: 'tell', by: ENDED },
      { kind: 'answer', op: 0, by: ENDED },
      { kind: 'advance', by: ENDED },
      { kind: 'start', by: ENDED },
      { kind: 'interrupt', op: 0, by: ENDED },
    ];
    const job = settled('ABENDED', { owed: [...over, ...owed], holds: [{ need: 1, fence: 4 }] });
    expect(nextAttempt(job, RERUN)).toMatchObject({ owed, holds: [{ need: 1, fence: 4 }] });
    expect(nextAttempt(job, RERUN).owed).toHaveLength(owed.length);
  });
});

describe('the last attempt that a job may have', () => {
  it('is the thousandth', () => {
    const { attempts } = LIMITS;
    expect(refuseAttempt(settled('FAILED', { attempt: attempts - 1 }), 'rerun')).toBeNull();
    expect(refuseAttempt(settled('FAILED', { attempt: attempts }), 'rerun')).toMatchObject({
      refusal: { code: 'CommandRefused', detail: expect.stringContaining('submit it as a new job') },
    });
  });
});
