import * as z from 'zod';
import type { Instant } from '../job/instant.ts';

/** Later dates are mistakes, and the clocks that would fire then are not made for them: the year 2100. */
const LATEST = Date.UTC(2100, 0, 1);

/**
 * A moment as ISO 8601 with its zone, `Z` or an offset: without one it would mean another moment on
 * another machine. Days that no calendar has are refused. The past is a moment like any other.
 */
export const instantTextSchema = z.iso
  .datetime({
    offset: true,
    error: 'must be a date and time with a zone, such as 2026-12-01T02:00:00Z or 2026-12-01T03:00:00+01:00',
  })
  .refine((text) => !(Date.parse(text) >= LATEST), { error: 'must be before the year 2100' });

/** The moment that {@link instantTextSchema} accepted. What was before 1970 is the past, too, which means now. */
export function momentOf(text: string): Instant {
  return Math.max(0, Date.parse(text));
}
