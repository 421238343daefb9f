import { describe, expect, it } from 'vitest';
import { isRunTime, runsAfter, type Timing } from '../../../core/schedule/next-runs.ts';

const timing = (expression: string, timezone = 'UTC', startAt = '2026-01-01T00:00:00Z'): Timing => ({
  expression,
  timezone,
  startAt: Date.parse(startAt),
});

const runs = (of: Timing, after: string, limit = 3) =>
  runsAfter(of, Date.parse(after), limit).map((at) => new Date(at).toISOString().replace(':00.000Z', 'Z'));

/** Tuesday, the 6th of January 2026, and what comes next; worked out with a calendar. */
const CALENDAR: readonly [expression: string, what: string, next: readonly string[]][] = [
  ['0 3 * * ? *', 'each day at three', ['2026-01-07T03:00Z', '2026-01-08T03:00Z', '2026-01-09T03:00Z']],
  ['0/20 * * * ? *', 'each twenty minutes', ['2026-01-06T12:20Z', '2026-01-06T12:40Z', '2026-01-06T13:00Z']],
  ['*/20 * * * ? *', 'each twenty minutes', ['2026-01-06T12:20Z', '2026-01-06T12:40Z', '2026-01-06T13:00Z']],
  ['5-45/20 12 * * ? *', 'in a range', ['2026-01-06T12:05Z', '2026-01-06T12:25Z', '2026-01-06T12:45Z']],
  ['0 8-10 * * ? *', 'at three hours', ['2026-01-07T08:00Z', '2026-01-07T09:00Z', '2026-01-07T10:00Z']],
  ['30 6 1,15 * ? *', 'on two days', ['2026-01-15T06:30Z', '2026-02-01T06:30Z', '2026-02-15T06:30Z']],
  [
    '0 0 31 * ? *',
    'on days that some months have',
    ['2026-01-31T00:00Z', '2026-03-31T00:00Z', '2026-05-31T00:00Z'],
  ],
  ['0 0 L * ? *', 'on the last day', ['2026-01-31T00:00Z', '2026-02-28T00:00Z', '2026-03-31T00:00Z']],
  ['0 0 29 2 ? *', 'in leap years', ['2028-02-29T00:00Z', '2032-02-29T00:00Z', '2036-02-29T00:00Z']],
  ['0 0 1 JAN,JUL ? *', 'in two months', ['2026-07-01T00:00Z', '2027-01-01T00:00Z', '2027-07-01T00:00Z']],
  ['0 0 1 1 ? 2030-2031', 'in two years', ['2030-01-01T00:00Z', '2031-01-01T00:00Z']],
  ['0 9 ? * MON-FRI *', 'on working days', ['2026-01-07T09:00Z', '2026-01-08T09:00Z', '2026-01-09T09:00Z']],
  [
    '0 9 ? * 1,7 *',
    'Sunday is 1 and Saturday 7',
    ['2026-01-10T09:00Z', '2026-01-11T09:00Z', '2026-01-17T09:00Z'],
  ],
  [
    '0 9 ? * L *',
    'the last day of the week',
    ['2026-01-10T09:00Z', '2026-01-17T09:00Z', '2026-01-24T09:00Z'],
  ],
  ['0 9 ? * 6L *', 'the last Friday', ['2026-01-30T09:00Z', '2026-02-27T09:00Z', '2026-03-27T09:00Z']],
  ['0 9 ? * TUE#2 *', 'the second Tuesday', ['2026-01-13T09:00Z', '2026-02-10T09:00Z', '2026-03-10T09:00Z']],
  [
    '0 9 ? * 3#5 *',
    'the fifth Tuesday, where there is one',
    ['2026-03-31T09:00Z', '2026-06-30T09:00Z', '2026-09-29T09:00Z'],
  ],
  [
    '0 0 15W * ? *',
    'the working day nearest the 15th',
    ['2026-01-15T00:00Z', '2026-02-16T00:00Z', '2026-03-16T00:00Z'],
  ],
  [
    '0 0 1W * ? *',
    'which stays in its month',
    ['2026-02-02T00:00Z', '2026-03-02T00:00Z', '2026-04-01T00:00Z'],
  ],
  ['0 0 31W 5 ? *', 'at its end, too', ['2026-05-29T00:00Z', '2027-05-31T00:00Z', '2028-05-31T00:00Z']],
];

describe('a cron expression', () => {
  it.each(CALENDAR)('cron(%s) runs %s', (expression, _what, next) => {
    expect(runs(timing(`cron(${expression})`), '2026-01-06T12:00:00Z')).toEqual(next);
  });

  it('runs after the moment that is asked for, and not at it', () => {
    const hourly = timing('cron(0 * * * ? *)');
    expect(runs(hourly, '2026-01-06T12:00:00Z', 1)).toEqual(['2026-01-06T13:00Z']);
    expect(runs(hourly, '2026-01-06T11:59:59Z', 1)).toEqual(['2026-01-06T12:00Z']);
  });

  it('has no runs before its schedule starts', () => {
    const later = timing('cron(0 * * * ? *)', 'UTC', '2026-02-01T00:00:00Z');
    expect(runs(later, '2026-01-06T12:00:00Z', 1)).toEqual(['2026-02-01T00:00Z']);
    expect(isRunTime(later, Date.parse('2026-01-31T23:00:00Z'))).toBe(false);
    expect(isRunTime(later, Date.parse('2026-02-01T00:00:00Z'))).toBe(true);
  });

  it('that names no day there is has no runs', () => {
    expect(runs(timing('cron(0 0 31 2 ? *)'), '2026-01-06T12:00:00Z')).toEqual([]);
    expect(runs(timing('cron(0 0 1 1 ? 2020)'), '2026-01-06T12:00:00Z')).toEqual([]);
  });

  it('is of the clocks of its time zone', () => {
    const nightly = 'cron(30 1 * * ? *)';
    const after = '2026-01-06T12:00:00Z';
    expect(runs(timing(nightly, 'Europe/Berlin'), after, 1)).toEqual(['2026-01-07T00:30Z']);
    expect(runs(timing(nightly, 'Asia/Kathmandu'), after, 1)).toEqual(['2026-01-06T19:45Z']);
    expect(runs(timing(nightly, 'America/New_York'), after, 1)).toEqual(['2026-01-07T06:30Z']);
    // A day of the week is the zone's, too: there it is Wednesday already.
    expect(runs(timing('cron(0 1 ? * WED *)', 'Pacific/Auckland'), after, 1)).toEqual(
      ['2026-01-06T12:00Z'].slice(1).concat('2026-01-13T12:00Z'),
    );
  });
});

/** When the clocks are put forward over half past two, and back over it. */
const ZONES = [
  {
    zone: 'Europe/Berlin',
    before: '2026-03-27T12:00:00Z',
    spring: ['2026-03-28T01:30Z', '2026-03-30T00:30Z'],
    eve: '2026-10-24T12:00:00Z',
    autumn: ['2026-10-25T00:30Z', '2026-10-26T01:30Z'],
  },
  {
    zone: 'America/New_York',
    before: '2026-03-06T12:00:00Z',
    spring: ['2026-03-07T07:30Z', '2026-03-09T06:30Z'],
    eve: '2026-10-31T12:00:00Z',
    autumn: ['2026-11-01T07:30Z', '2026-11-02T07:30Z'],
  },
] as const;

describe('when the clocks change', () => {
  it.each(ZONES)('a cron time that $zone skips does not run that day', ({ zone, before, spring }) => {
    expect(runs(timing('cron(30 2 * * ? *)', zone), before, 2)).toEqual(spring);
  });

  it('a cron time that comes twice runs once, the first time', () => {
    const [berlin] = ZONES;
    expect(runs(timing('cron(30 2 * * ? *)', berlin.zone), berlin.eve, 2)).toEqual(berlin.autumn);
    const newYork = timing('cron(30 1 * * ? *)', 'America/New_York');
    expect(runs(newYork, '2026-10-31T12:00:00Z', 2)).toEqual(['2026-11-01T05:30Z', '2026-11-02T06:30Z']);
  });

  it('an hourly cron loses no hour in spring, and waits one out in autumn', () => {
    const hourly = timing('cron(0 * * * ? *)', 'Europe/Berlin');
    expect(runs(hourly, '2026-03-28T23:30:00Z')).toEqual([
      '2026-03-29T00:00Z',
      '2026-03-29T01:00Z',
      '2026-03-29T02:00Z',
    ]);
    expect(runs(hourly, '2026-10-24T23:30:00Z')).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T02:00Z',
      '2026-10-25T03:00Z',
    ]);
  });

  it('the second time is no run time, seen from in between', () => {
    const halfPast = timing('cron(30 2 * * ? *)', 'Europe/Berlin');
    expect(isRunTime(halfPast, Date.parse('2026-10-25T00:30:00Z'))).toBe(true);
    expect(isRunTime(halfPast, Date.parse('2026-10-25T01:30:00Z'))).toBe(false);
    expect(runs(halfPast, '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:30Z']);
  });

  it('a rate of a day counts 24 hours, whatever the clocks show', () => {
    const daily = timing('rate(1 day)', 'Europe/Berlin', '2026-03-27T12:00:00Z');
    expect(runs(daily, '2026-03-27T12:00:00Z')).toEqual([
      '2026-03-28T12:00Z',
      '2026-03-29T12:00Z',
      '2026-03-30T12:00Z',
    ]);
  });
});

describe('a rate', () => {
  const fiveMinutes = timing('rate(5 minutes)', 'UTC', '2026-01-06T12:03:00Z');

  it('counts from the start of its schedule, one step later for the first time', () => {
    expect(runs(fiveMinutes, '2026-01-06T11:00:00Z')).toEqual([
      '2026-01-06T12:08Z',
      '2026-01-06T12:13Z',
      '2026-01-06T12:18Z',
    ]);
  });

  it('keeps its rhythm however late one asks', () => {
    expect(runs(fiveMinutes, '2026-03-01T00:00:00Z', 1)).toEqual(['2026-03-01T00:03Z']);
    expect(isRunTime(fiveMinutes, Date.parse('2026-03-01T00:03:00Z'))).toBe(true);
    expect(isRunTime(fiveMinutes, Date.parse('2026-03-01T00:05:00Z'))).toBe(false);
    expect(isRunTime(fiveMinutes, fiveMinutes.startAt)).toBe(false);
  });
});
