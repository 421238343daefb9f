import type { LineChange } from '../job/change.ts';
import { touchedBy } from '../job/grant.ts';
import type { Instant } from '../job/instant.ts';
import type { LineFacts } from '../job/line-facts.ts';
import { reshape } from '../semaphore/line.ts';

/**
 * Sets how many units a resource has. Nothing is taken from jobs that hold some: a smaller one grants
 * nothing until it fits.
 */
export function setResource(
  line: LineFacts,
  wanted: { readonly capacity: number; readonly paused: boolean },
  now: Instant,
): LineChange {
  const answer = reshape({ semaphore: line.semaphore, front: line.first[0] ?? null }, wanted, now);
  return {
    transition: 'set resource',
    semaphores: [answer.change],
    touched: touchedBy(answer, line, now),
  };
}
