import type { LineChange } from '../job/change.ts';
import { touchedBy } from '../job/grant.ts';
import type { Instant } from '../job/instant.ts';
import type { LineFacts } from '../job/line-facts.ts';
import { reshape } from '../semaphore/line.ts';
import { UNLIMITED } from '../semaphore/semaphore.ts';
import { QUEUE_SCHEMA_VERSION, type Queue, type QueueLimits } from './queue.ts';

/** The queue as it is, and its two lines. */
export interface QueueFacts {
  readonly now: Instant;
  readonly queue: Queue | null;
  readonly admission: LineFacts;
  readonly slot: LineFacts;
}

/**
 * Sets a queue's limits, all of them. Nothing is taken from jobs that have been admitted or run: a
 * lower limit starts nothing until it fits. What a higher one lets in is granted at once, the first in
 * this transaction and the others by those who advance it.
 */
export function setQueue(
  named: { readonly project: string; readonly name: string },
  limits: QueueLimits,
  facts: QueueFacts,
): { readonly change: LineChange; readonly queue: Queue } {
  const { now } = facts;
  const queue: Queue = {
    ...limits,
    ...named,
    schema: QUEUE_SCHEMA_VERSION,
    version: (facts.queue?.version ?? 0) + 1,
  };
  const shaped = [
    { facts: facts.admission, capacity: limits.maxAdmitted ?? UNLIMITED },
    { facts: facts.slot, capacity: limits.maxRunning ?? UNLIMITED },
  ].map(({ facts: line, capacity }) => {
    const wanted = { capacity, paused: limits.paused };
    const front = line.first[0] ?? null;
    const answer = reshape({ semaphore: line.semaphore, front }, wanted, now);
    return { semaphore: answer.change, touched: touchedBy(answer, line, now) };
  });
  return {
    queue,
    change: {
      transition: 'set queue',
      semaphores: shaped.map(({ semaphore }) => semaphore),
      touched: shaped.flatMap(({ touched }) => touched),
      queue: { before: facts.queue?.version ?? null, queue },
    },
  };
}
