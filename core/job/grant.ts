import type { LineAnswer } from '../semaphore/line.ts';
import { changeOf, type Touch } from './change.ts';
import type { Instant } from './instant.ts';
import { type Held, type Job, type JobInLine, placeOf } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import type { LineFacts } from './line-facts.ts';
import { GRANT_OWED_MS } from './owed-effect.ts';
import { TornReadError } from './torn-read-error.ts';

/**
 * The head of the waiter that an answer grants: it holds what it stood in line for, and is due now,
 * so that whoever dies before advancing it delays it and never loses it.
 */
export function touchedBy(answer: LineAnswer, facts: LineFacts, now: Instant): readonly Touch[] {
  if (answer.granted === null) return [];
  const { wait, hold } = answer.granted;
  const head = facts.heads.get(wait.jobId);
  const place = head === undefined ? undefined : placeOf(head);
  if (head === undefined || place === undefined || place.rank !== wait.rank) {
    throw new TornReadError(`job ${wait.jobId} does not stand in line any more`);
  }
  const rank = facts.semaphore.kind === 'slot' ? { rank: wait.rank } : {};
  const next = granted(head, { need: place.need, fence: hold.fence, ...rank }, now);
  const { before, job } = changeOf('grant', head, next, now, { actor: JOBPLANE });
  return before === null ? [] : [{ before, job }];
}

function granted(head: Job, held: Held, now: Instant): Job {
  const { place: _place, ...rest }: Job & Pick<JobInLine, 'place'> = head;
  const holds = [...head.holds, held];
  return { ...rest, holds, owed: [...head.owed, { kind: 'advance', by: now + GRANT_OWED_MS }] };
}
