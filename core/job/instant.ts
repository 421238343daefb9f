import * as z from 'zod';

/**
 * A moment as milliseconds since the epoch, UTC. Stored as a number: shorter than text in an item
 * that every step writes, and compared without parsing. The API shows ISO 8601.
 */
export const instantSchema = z.int().min(0);

export type Instant = z.infer<typeof instantSchema>;

export function isoOf(instant: Instant): string {
  return new Date(instant).toISOString();
}
