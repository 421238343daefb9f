import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../../core/schedule/expression.ts';
import { isTimeZone } from '../../../core/schedule/time-zone.ts';

const REFUSED: readonly [expression: string, why: RegExp][] = [
  ['0 3 * * ? *', /must be 'cron/],
  ['at(2026-12-01T02:00:00)', /a single date goes into the job/],
  ['cron(0 3 * * *)', /six fields/],
  ['cron(0 0 3 * * ? *)', /six fields/],
  ['cron()', /six fields/],
  ['cron(0 3 * * * *)', /exactly one of day-of-month and day-of-week/],
  ['cron(0 3 ? * ? *)', /exactly one of day-of-month and day-of-week/],
  ['cron(0 3 1 * MON *)', /exactly one of day-of-month and day-of-week/],
  ['cron(60 3 * * ? *)', /minutes has 0-59; '60'/],
  ['cron(0 24 * * ? *)', /hours has 0-23/],
  ['cron(0 3 0 * ? *)', /day-of-month has 1-31/],
  ['cron(0 3 * 13 ? *)', /month has 1-12 or JAN-DEC/],
  ['cron(0 3 * jan ? *)', /month has 1-12 or JAN-DEC; 'jan'/],
  ['cron(0 3 ? * 0 *)', /day-of-week has 1-7 or SUN-SAT/],
  ['cron(0 3 ? * MON#6 *)', /day-of-week has/],
  ['cron(0 3 ? * 3#1,6#3 *)', /takes one value/],
  ['cron(0 3 ? * FRI-MON *)', /'FRI-MON'/],
  ['cron(0 3 ? * 2/2 *)', /takes no steps/],
  ['cron(0 3 32W * ? *)', /day-of-month has 1-31; '32'/],
  ['cron(0 3 LW * ? *)', /'LW'/],
  ['cron(0 3 * * ? 1969)', /year has 1970-2199/],
  ['cron(0/0 3 * * ? *)', /'0\/0'/],
  ['cron(1, 3 * * ? *)', /minutes has 0-59; ''/],
  ['cron(1.5 3 * * ? *)', /minutes/],
  ['cron(-1 3 * * ? *)', /minutes/],
  ['rate(0 minutes)', /rate\(value unit\)/],
  ['rate(5 minute)', /rate\(value unit\)/],
  ['rate(5 seconds)', /rate\(value unit\)/],
  ['rate(1.5 hours)', /rate\(value unit\)/],
  ['rate(4000 days)', /ten years/],
  [`cron(${'0,'.repeat(200)}0 3 * * ? *)`, /256 characters/],
];

describe('an expression', () => {
  it.each(REFUSED)('%s is refused', (expression, why) => {
    const read = parseExpression(expression);
    expect(read.ok ? 'accepted' : read.problem).toMatch(why);
  });

  it.each([
    'rate(1 minute)',
    'rate(1 minutes)',
    'rate(12 hours)',
    'rate(30 days)',
    'cron(0-15/1 8-8 ? * 2,3 *)',
  ])('%s is accepted, as AWS accepts it', (expression) => {
    expect(parseExpression(expression).ok).toBe(true);
  });
});

describe('a time zone', () => {
  it.each([
    'UTC',
    'Europe/Berlin',
    'America/Argentina/Buenos_Aires',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Etc/GMT+5',
  ])('%s is one', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each([
    '',
    'Mars/Base',
    'europe/berlin',
    'EUROPE/BERLIN',
    '+01:00',
    'Berlin',
    `Europe/${'x'.repeat(50)}`,
  ])("'%s' is none", (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
