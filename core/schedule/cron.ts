import { type Parsed, parsed, problem } from './parsed.ts';

/** A day of the calendar, whatever the time zone. */
export interface Day {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

/** The times that a cron expression names, on whatever clock reads it. Lists are in ascending order. */
export interface Cron {
  readonly years: readonly number[];
  readonly months: readonly number[];
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly isDay: (day: Day) => boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Of the values from `min` on. */
  readonly names: readonly string[];
}

const MONTH_NAMES = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAY_NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const MINUTES: Field = { name: 'minutes', min: 0, max: 59, names: [] };
const HOURS: Field = { name: 'hours', min: 0, max: 23, names: [] };
const DAY_OF_MONTH: Field = { name: 'day-of-month', min: 1, max: 31, names: [] };
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTH_NAMES };
const DAY_OF_WEEK: Field = { name: 'day-of-week', min: 1, max: 7, names: DAY_NAMES };
const YEAR: Field = { name: 'year', min: 1970, max: 2199, names: [] };

const SATURDAY = 7;
const SUNDAY = 1;
const DAYS_OF_WEEK = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The six fields of a cron expression, as EventBridge Scheduler has them:
 * `minutes hours day-of-month month day-of-week year`, with `,` `-` `*`, with `/` but in the days of the week,
 * and with `?` `L` `W` `#` in the days (docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based). What those pages
 * do not describe is refused here, before the Scheduler refuses it where nobody sees it.
 */
export function parseCron(text: string): Parsed<Cron> {
  const fields = text.trim().split(/ +/);
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fields;
  if (fields.length !== 6 || minute === undefined || hour === undefined || dayOfMonth === undefined)
    return problem(SIX_FIELDS);
  if (month === undefined || dayOfWeek === undefined || year === undefined) return problem(SIX_FIELDS);
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    return problem("exactly one of day-of-month and day-of-week must be '?'");
  const minutes = valuesOf(MINUTES, minute);
  if (!minutes.ok) return minutes;
  const hours = valuesOf(HOURS, hour);
  if (!hours.ok) return hours;
  const months = valuesOf(MONTH, month);
  if (!months.ok) return months;
  const years = valuesOf(YEAR, year);
  if (!years.ok) return years;
  const isDay = dayOfWeek === '?' ? daysOfMonth(dayOfMonth) : daysOfWeek(dayOfWeek);
  if (!isDay.ok) return isDay;
  return parsed({
    minutes: minutes.value,
    hours: hours.value,
    months: months.value,
    years: years.value,
    isDay: isDay.value,
  });
}

const SIX_FIELDS = "must have six fields: 'cron(minutes hours day-of-month month day-of-week year)'";

/** Days in a month, which depend on the year for one of them. */
export function daysIn({ year, month }: Pick<Day, 'year' | 'month'>): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

type DayRule = (day: Day) => boolean;

function daysOfMonth(text: string): Parsed<DayRule> {
  return anyOf(text, (part) => {
    if (part === 'L') return parsed((day) => day.day === daysIn(day));
    const [, weekday] = /^(\d{1,2})W$/.exec(part) ?? [];
    if (weekday === undefined) {
      const days = valuesOf(DAY_OF_MONTH, part);
      return days.ok ? parsed((day) => days.value.includes(day.day)) : days;
    }
    const near = valueIn(DAY_OF_MONTH, weekday);
    return near.ok ? parsed((day) => day.day === nearestWeekday({ ...day, day: near.value })) : near;
  });
}

function daysOfWeek(text: string): Parsed<DayRule> {
  if (text.includes('#') && text.includes(',')) {
    return problem("day-of-week with '#' takes one value and no list");
  }
  if (text.includes('/')) return problem("day-of-week takes no steps ('/'): list its days");
  return anyOf(text, (part) => {
    const [, nthDay, nth] = /^(\w+)#([1-5])$/.exec(part) ?? [];
    if (nthDay !== undefined) {
      const day = valueIn(DAY_OF_WEEK, nthDay);
      return day.ok ? parsed((each) => isNth(each, day.value, Number(nth))) : day;
    }
    const [, lastDay] = /^(\w+)L$/.exec(part) ?? [];
    if (lastDay !== undefined) {
      const day = valueIn(DAY_OF_WEEK, lastDay);
      return day.ok ? parsed((each) => isLast(each, day.value)) : day;
    }
    // The last day of the week.
    const days = part === 'L' ? parsed([SATURDAY]) : valuesOf(DAY_OF_WEEK, part);
    return days.ok ? parsed((each) => days.value.includes(dayOfWeek(each))) : days;
  });
}

/** A list of rules: a day that fits one of them is meant. */
function anyOf(text: string, ruleOf: (part: string) => Parsed<DayRule>): Parsed<DayRule> {
  const rules: DayRule[] = [];
  for (const part of text.split(',')) {
    const rule = ruleOf(part);
    if (!rule.ok) return rule;
    rules.push(rule.value);
  }
  return parsed((day) => rules.some((rule) => rule(day)));
}

/** The weekday nearest to a day, in the same month; a month without that day has none. */
function nearestWeekday(day: Day): number | null {
  const last = daysIn(day);
  if (day.day > last) return null;
  const weekday = dayOfWeek(day);
  if (weekday === SATURDAY) return day.day > 1 ? day.day - 1 : day.day + 2;
  if (weekday === SUNDAY) return day.day < last ? day.day + 1 : day.day - 2;
  return day.day;
}

function isNth(day: Day, weekday: number, nth: number): boolean {
  return dayOfWeek(day) === weekday && Math.ceil(day.day / DAYS_OF_WEEK) === nth;
}

function isLast(day: Day, weekday: number): boolean {
  return dayOfWeek(day) === weekday && day.day + DAYS_OF_WEEK > daysIn(day);
}

/** 1: Sunday. */
function dayOfWeek({ year, month, day }: Day): number {
  // The first day of 1970 was a Thursday.
  return ((Math.floor(Date.UTC(year, month - 1, day) / DAY_MS) + 4) % DAYS_OF_WEEK) + SUNDAY;
}

const PART = /^(?:\*|([A-Z]{3}|\d{1,4})(?:-([A-Z]{3}|\d{1,4}))?)(?:\/(\d{1,4}))?$/;

/** The values of a field: a list of single ones, ranges, and either with a step. */
function valuesOf(field: Field, text: string): Parsed<readonly number[]> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = PART.exec(part);
    if (match === null) return wrongPart(field, part);
    const [, first, last, step] = match;
    const from = first === undefined ? parsed(field.min) : valueIn(field, first);
    if (!from.ok) return from;
    const isSingle = first !== undefined && last === undefined && step === undefined;
    const to = last === undefined ? parsed(isSingle ? from.value : field.max) : valueIn(field, last);
    if (!to.ok) return to;
    const by = step === undefined ? 1 : Number(step);
    if (by === 0 || from.value > to.value) return wrongPart(field, part);
    for (let value = from.value; value <= to.value; value += by) values.add(value);
  }
  return parsed([...values].sort((one, other) => one - other));
}

function valueIn(field: Field, text: string): Parsed<number> {
  const name = field.names.indexOf(text);
  const value = name === -1 ? Number(text) : field.min + name;
  const isOne = Number.isInteger(value) && value >= field.min && value <= field.max;
  return isOne ? parsed(value) : wrongPart(field, text);
}

function wrongPart({ name, min, max, names }: Field, part: string): Parsed<never> {
  const named = names.length === 0 ? '' : ` or ${names[0]}-${names.at(-1)}`;
  return problem(`${name} has ${min}-${max}${named}; '${part}' is none of that`);
}
