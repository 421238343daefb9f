import type { LineChange } from '../job/change.ts';
import { touchedBy } from '../job/grant.ts';
import type { Instant } from '../job/instant.ts';
import type { LineFacts } from '../job/line-facts.ts';
import { grantNext as decideGrant } from '../semaphore/line.ts';

/** Grants the front of a line that is owed a grant, or finds that nothing is owed any more. */
export function grantNext(line: LineFacts, now: Instant): LineChange | null {
  if (line.semaphore.dueAt === undefined) return null;
  const answer = decideGrant({ semaphore: line.semaphore, front: line.first[0] ?? null }, now);
  return {
    transition: 'grant next',
    semaphores: [answer.change],
    touched: touchedBy(answer, line, now),
  };
}
