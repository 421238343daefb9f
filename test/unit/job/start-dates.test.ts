import { describe, expect, it } from 'vitest';
import { startDates } from '../../../core/job/start-dates.ts';
import { RECEIVED } from '../../support/job-run.ts';

const HOUR_MS = 3_600_000;
const iso = (moment: number) => new Date(moment).toISOString();

describe('the dates of a schedule', () => {
  it('are none without one: the job starts now and never expires', () => {
    expect(startDates(undefined, RECEIVED)).toEqual({});
  });

  it('are the date, and as long after it as the window is', () => {
    const at = RECEIVED + 5 * HOUR_MS;
    expect(startDates({ at: iso(at), startWithin: 'PT2H' }, RECEIVED)).toEqual({
      scheduledAt: at,
      maxStartAt: at + 2 * HOUR_MS,
      startWithinSeconds: 7_200,
    });
  });

  it('count the window from now where the date has passed, or is not given', () => {
    const past = RECEIVED - HOUR_MS;
    expect(startDates({ at: iso(past), startWithin: 'PT2H' }, RECEIVED)).toEqual({
      scheduledAt: past,
      maxStartAt: RECEIVED + 2 * HOUR_MS,
      startWithinSeconds: 7_200,
    });
    expect(startDates({ startWithin: 'PT2H' }, RECEIVED)).toEqual({
      maxStartAt: RECEIVED + 2 * HOUR_MS,
      startWithinSeconds: 7_200,
    });
  });

  it('are moments that can be stored, however far back the date is', () => {
    const { scheduledAt = -1 } = startDates({ at: '1969-07-20T20:17:40Z', startWithin: 'P1D' }, RECEIVED);
    expect(scheduledAt).toBeGreaterThanOrEqual(0);
  });

  it('are the same moment in whatever zone they are written', () => {
    const schedule = { at: '2026-12-01T03:00:00+01:00', startWithin: 'P1D' };
    expect(startDates(schedule, RECEIVED).scheduledAt).toBe(Date.UTC(2026, 11, 1, 2));
  });
});
