import * as z from 'zod';
import { PUBLISHED } from './published.ts';

const SECONDS_IN = { W: 604_800, D: 86_400, H: 3_600, M: 60, S: 1 } as const;

const PATTERN = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/**
 * An ISO 8601 duration in whole weeks, days, hours, minutes and seconds. Months and years are
 * refused: their length depends on the date, and a timeout must not.
 */
export const durationSchema = z
  .string()
  .refine((text) => text !== 'P' && PATTERN.test(text) && secondsOf(text) <= MAX_DURATION_SECONDS, {
    error: 'must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as PT10M or P1D',
  })
  .register(PUBLISHED, { type: 'string', pattern: PATTERN.source });

/** A hundred years: more is a mistake, and milliseconds of it still are a safe integer. */
const MAX_DURATION_SECONDS = 100 * 365 * SECONDS_IN.D;

/** A duration of at least `seconds`, for clocks that tick in whole seconds. */
export function durationOf(bounds: { minSeconds: number; maxSeconds: number }) {
  return durationSchema.refine(
    (text) => secondsOf(text) >= bounds.minSeconds && secondsOf(text) <= bounds.maxSeconds,
    { error: `must be between ${bounds.minSeconds} and ${bounds.maxSeconds} seconds` },
  );
}

/** Seconds of a duration that {@link durationSchema} accepted; NaN of anything else. */
export function secondsOf(duration: string): number {
  const match = PATTERN.exec(duration);
  if (match === null) return Number.NaN;
  const [, weeks, days, hours, minutes, seconds] = match;
  return (
    Number(weeks ?? 0) * SECONDS_IN.W +
    Number(days ?? 0) * SECONDS_IN.D +
    Number(hours ?? 0) * SECONDS_IN.H +
    Number(minutes ?? 0) * SECONDS_IN.M +
    Number(seconds ?? 0) * SECONDS_IN.S
  );
}
