import { describe, expect, it } from 'vitest';
import { datesOf, dueEntryAfter, dueOf } from '../../../core/job/due.ts';
import { endRetention } from '../../../core/job/end-retention.ts';
import { isWaiting } from '../../../core/job/job.ts';
import { dueNow } from '../../../core/job/settle-debts.ts';
import { SETTLED_STATUSES } from '../../../core/job/status.ts';
import { runId } from '../../support/job-run.ts';
import { ENDED, type JobStatus, sampleJob } from '../views/sample-job.ts';

const NOW = ENDED;
const [DATE, LAST, UNTIL] = [NOW + 1_000, NOW + 2_000, NOW + 3_000];
const ENDING = {
  status: 'CANCELED_BEFORE_START',
  cancel: { actor: 'ada' },
  rollback: 'none',
  actor: 'ada',
  message: 'Job ended as CANCELED_BEFORE_START',
};

function dates(status: JobStatus, fields: object): readonly number[] {
  const job = sampleJob(status, fields);
  if (!isWaiting(job)) throw new Error(`a job that is ${status} waits`);
  return datesOf(job);
}

describe('the dates of a waiting job', () => {
  it('are its start, and the first moment at which a window is over', () => {
    expect(dates('SCHEDULED', { scheduledAt: DATE, maxStartAt: LAST })).toEqual([DATE, LAST + 1]);
    expect(dates('WAITING_APPROVAL', { approvalUntil: UNTIL, maxStartAt: LAST })).toEqual([
      UNTIL + 1,
      LAST + 1,
    ]);
    expect(dates('PENDING', { scheduledAt: DATE, maxStartAt: LAST })).toEqual([LAST + 1]);
  });

  it('are none once its end is decided', () => {
    expect(dates('SCHEDULED', { scheduledAt: DATE, maxStartAt: LAST, ending: ENDING })).toEqual([]);
  });
});

describe('a waiting job', () => {
  it('is due in the lane of dates at the first of them', () => {
    expect(dueOf(sampleJob('SCHEDULED', { scheduledAt: DATE, maxStartAt: LAST }))).toEqual({
      lane: 'dates',
      at: DATE,
    });
    expect(dueOf(sampleJob('WAITING_LOCK', { maxStartAt: LAST }))).toEqual({ lane: 'dates', at: LAST + 1 });
  });

  it('is due before that where something is owed, and never for a look at an execution', () => {
    const owed = [{ kind: 'advance', by: NOW + 5 }];
    expect(dueOf(sampleJob('SCHEDULED', { scheduledAt: DATE, owed }))).toEqual({ lane: 'owed', at: NOW + 5 });
  });

  it('is never due when it waits for others alone', () => {
    for (const status of ['CREATED', 'PENDING', 'WAITING_LOCK', 'WAITING_DEPENDENCY'] as const) {
      expect(dueOf(sampleJob(status))).toBeUndefined();
    }
  });

  it('is looked at for its dates when one has come, not a moment before', () => {
    const job = sampleJob('SCHEDULED', { scheduledAt: DATE, maxStartAt: LAST });
    expect([dueNow(job, DATE - 1).dates, dueNow(job, DATE).dates]).toEqual([false, true]);
    const late = sampleJob('PENDING', { maxStartAt: LAST });
    expect([dueNow(late, LAST).dates, dueNow(late, LAST + 1).dates]).toEqual([false, true]);
  });
});

describe('a job that has settled', () => {
  const leaving = { lane: 'retention', at: ENDED + 1 } as const;

  it.each(SETTLED_STATUSES)(
    '%s is due when its retention is over, and leaves not a moment before',
    (status) => {
      const job = sampleJob(status);
      expect(dueOf(job)).toEqual(leaving);
      expect([dueNow(job, ENDED).leaves, dueNow(job, ENDED + 1).leaves]).toEqual([false, true]);
      expect(endRetention(job, ENDED)).toBeNull();
      expect(endRetention(job, ENDED + 1)).toMatchObject({
        transition: 'mark for deletion',
        entries: [{ actor: 'jobplane', message: 'Job deleted: its retention is over' }],
      });
    },
  );

  it('stays for as long as it owes something, even beyond its time', () => {
    const job = sampleJob('FAILED', { owed: [{ kind: 'tell', by: ENDED + 9 }] });
    expect(dueOf(job)).toEqual({ lane: 'owed', at: ENDED + 9 });
    expect(dueNow(job, ENDED + 99)).toMatchObject({ leaves: false, effects: [{ kind: 'tell' }] });
    expect(endRetention(job, ENDED + 99)).toBeNull();
  });

  it('is never due by itself where it has a parent: it leaves with its root', () => {
    const child = sampleJob('COMPLETED_OK', {
      parent: { id: runId(9), attempt: 1, op: 0, try: 1, child: 0, depth: 1 },
    });
    expect(dueOf(child)).toBeUndefined();
    expect(endRetention(child, ENDED + 1)).toBeNull();
  });

  it('moves its entry at once, also where one of before would have come earlier', () => {
    const job = sampleJob('COMPLETED_OK');
    expect(dueEntryAfter(job, { lane: 'liveness', at: ENDED - 1 })).toEqual(leaving);
  });

  it('is due for other things once it runs again', () => {
    const job = sampleJob('RUNNING', { liveness: { at: ENDED, afterSeconds: 300 } });
    expect(dueEntryAfter(job, leaving)).toEqual({ lane: 'liveness', at: ENDED });
    expect(endRetention(job, ENDED + 99)).toBeNull();
  });
});

describe('a job whose end is decided', () => {
  it('has an execution that nobody looks at any more', () => {
    const job = sampleJob('RUNNING', { ending: ENDING, liveness: { at: NOW, afterSeconds: 300 } });
    expect(dueOf(job)).toBeUndefined();
    expect(dueNow(job, NOW).look).toBe(false);
  });
});

describe('a job whose execution waits', () => {
  const COMMITTED = NOW - 1_000;
  const WORN_OUT = COMMITTED + 300 * 24 * 3_600_000;
  const segment = { group: 'RUN', number: 1, committedAt: COMMITTED, tries: 1 };
  const liveness = { at: WORN_OUT + 1, afterSeconds: 300 };
  const trap = { since: NOW, from: 'RUNNING' };

  it.each<[JobStatus, object, number]>([
    ['PAUSED', { pause: { since: NOW, until: UNTIL } }, UNTIL],
    ['PAUSED', { pause: { since: NOW, until: WORN_OUT + 9 } }, WORN_OUT],
    ['TRAPPED', { trap: { ...trap, until: UNTIL } }, UNTIL],
    ['TRAPPED', { trap }, WORN_OUT],
    ['TRAP_PAUSED', { trap: { ...trap, leftMs: 5 } }, WORN_OUT],
    ['RUNNING', { activeOp: 0, heldUntil: UNTIL }, UNTIL],
    ['RUNNING', { activeOp: 0, heldUntil: WORN_OUT + 9 }, WORN_OUT],
  ])('is due when its time is over, or its execution too old: %s %j', (status, fields, at) => {
    const job = sampleJob(status, { segment, liveness, ...fields });
    expect(dueOf(job)).toEqual({ lane: 'dates', at });
    expect([dueNow(job, at - 1).held, dueNow(job, at).held]).toEqual([false, true]);
  });

  it('is due for a look before that, which tells whether its execution lives', () => {
    const early = { at: NOW + 1, afterSeconds: 300 };
    expect(dueOf(sampleJob('TRAPPED', { segment, liveness: early, trap }))).toEqual({
      lane: 'liveness',
      at: NOW + 1,
    });
  });
});
