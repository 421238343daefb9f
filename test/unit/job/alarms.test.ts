import { describe, expect, it } from 'vitest';
import { withAlarms } from '../../../core/job/alarms.ts';
import { ENDED, sampleJob } from '../views/sample-job.ts';

const NOW = ENDED;
const BY = NOW + 60_000;
const [DATE, LAST] = [NOW + 3_600_000, NOW + 7_200_000];

/** Asserted by its parts, so that a wrong one is named. */
function alarms(status: Parameters<typeof sampleJob>[0], fields: object) {
  const { alarms: held, owed } = withAlarms(null, sampleJob(status, { alarms: undefined, ...fields }), NOW);
  return { held, owed };
}

describe('the schedules of a job', () => {
  it('are owed for its date and its expiry', () => {
    expect(alarms('SCHEDULED', { scheduledAt: DATE, maxStartAt: LAST })).toEqual({
      held: [DATE, LAST],
      owed: [
        { kind: 'schedule', at: DATE, by: BY },
        { kind: 'schedule', at: LAST, by: BY },
      ],
    });
  });

  it('are one where both fall together', () => {
    expect(alarms('SCHEDULED', { scheduledAt: DATE, maxStartAt: DATE }).held).toEqual([DATE]);
  });

  it('are of the expiry alone where the job waits for something else', () => {
    for (const status of ['PENDING', 'WAITING_LOCK', 'WAITING_DEPENDENCY', 'CREATED'] as const) {
      expect(alarms(status, { scheduledAt: DATE, maxStartAt: LAST }).held).toEqual([LAST]);
    }
  });

  it('are none for a job without dates', () => {
    expect(alarms('PENDING', {})).toEqual({ held: undefined, owed: [] });
  });

  it('are none for a moment that has come', () => {
    expect(alarms('SCHEDULED', { scheduledAt: NOW, maxStartAt: NOW - 1 })).toEqual({
      held: undefined,
      owed: [],
    });
  });

  it('are not made twice', () => {
    const job = sampleJob('SCHEDULED', { scheduledAt: DATE, maxStartAt: LAST, alarms: [DATE, LAST] });
    expect(withAlarms(null, job, NOW)).toBe(job);
  });

  it('are removed when the job starts, or ends, or moves to another date', () => {
    const unscheduled = (at: number) => ({ kind: 'unschedule', at, by: BY });
    for (const status of ['QUEUED', 'RUNNING', 'EXPIRED', 'CANCELED_BEFORE_START'] as const) {
      expect(alarms(status, { maxStartAt: LAST, alarms: [LAST] })).toEqual({
        held: undefined,
        owed: [unscheduled(LAST)],
      });
    }
    expect(alarms('SCHEDULED', { scheduledAt: LAST, alarms: [DATE] })).toEqual({
      held: [LAST],
      owed: [{ kind: 'schedule', at: LAST, by: BY }, unscheduled(DATE)],
    });
  });

  it('that have fired remove themselves', () => {
    expect(alarms('RUNNING', { alarms: [NOW] })).toEqual({ held: undefined, owed: [] });
  });

  it('that were never made, and have no use any more, are not made later', () => {
    const owed = [{ kind: 'schedule', at: DATE, by: BY }];
    // Removing one that may have been made by a caller whose answer was lost stays owed.
    expect(alarms('RUNNING', { alarms: [DATE], owed }).owed).toEqual([
      { kind: 'unschedule', at: DATE, by: BY },
    ]);
  });

  it('have no use once the end is decided', () => {
    const ending = {
      status: 'EXPIRED',
      error: { code: 'Expired', message: 'late' },
      retryable: true,
      rollback: 'none',
      actor: 'jobplane',
      message: 'Job ended as EXPIRED',
    };
    expect(alarms('WAITING_LOCK', { maxStartAt: LAST, alarms: [LAST], ending }).held).toBeUndefined();
  });

  it('are not removed where a date comes back before their removal was done', () => {
    const moved = alarms('SCHEDULED', { scheduledAt: LAST, alarms: [DATE] });
    const again = alarms('SCHEDULED', { scheduledAt: DATE, alarms: moved.held, owed: moved.owed });
    expect(again.held).toEqual([DATE]);
    expect(again.owed).toEqual([
      { kind: 'schedule', at: DATE, by: BY },
      { kind: 'unschedule', at: LAST, by: BY },
    ]);
  });

  it('stay owed to be removed, whatever else is decided about the job', () => {
    const removal = { kind: 'unschedule', at: LAST, by: NOW } as const;
    const before = sampleJob('QUEUED', { owed: [removal] });
    const started = sampleJob('RUNNING', { owed: [] });
    expect(withAlarms(before, started, NOW).owed).toEqual([{ ...removal, by: BY }]);
    // Once done it is owed no more.
    expect(withAlarms(null, started, NOW).owed).toEqual([]);
  });
});
