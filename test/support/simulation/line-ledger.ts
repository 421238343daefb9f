import type { JobId } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { Queue } from '../../../core/queue/queue.ts';
import type { SemaphoreChange } from '../../../core/semaphore/line.ts';
import { type Hold, type Semaphore, textOfKey, type Wait } from '../../../core/semaphore/semaphore.ts';

/** A semaphore by what was committed of it. */
export interface KnownLine {
  head: Semaphore;
  readonly holds: Map<JobId, Hold>;
  readonly waits: Map<JobId, Wait>;
  /** Since when somebody in front could be granted what is free. */
  owedSince: Instant | undefined;
}

/** A job's share of the lines, by the text of their keys. */
export interface Share {
  readonly holds: ReadonlyMap<string, Hold>;
  readonly waits: ReadonlyMap<string, Wait>;
}

/** Every semaphore and queue of a history. */
export class LineLedger {
  readonly #lines = new Map<string, KnownLine>();
  readonly #queues = new Map<string, Queue>();

  get(name: string): KnownLine | undefined {
    return this.#lines.get(name);
  }

  all(): readonly (readonly [string, KnownLine])[] {
    return [...this.#lines];
  }

  queue(project: string, name: string): Queue | undefined {
    return this.#queues.get(JSON.stringify([project, name]));
  }

  queues(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  /** What the job holds and waits for. */
  shareOf(jobId: JobId): Share {
    const holds = new Map<string, Hold>();
    const waits = new Map<string, Wait>();
    for (const [name, line] of this.#lines) {
      const hold = line.holds.get(jobId);
      const wait = line.waits.get(jobId);
      if (hold !== undefined) holds.set(name, hold);
      if (wait !== undefined) waits.set(name, wait);
    }
    return { holds, waits };
  }

  apply({ semaphore, putHolds, deleteHolds, putWaits, deleteWaits }: SemaphoreChange, now: Instant): void {
    const name = textOfKey(semaphore);
    const known: KnownLine = this.#lines.get(name) ?? {
      head: semaphore,
      holds: new Map(),
      waits: new Map(),
      owedSince: undefined,
    };
    known.head = semaphore;
    for (const { jobId } of deleteHolds) known.holds.delete(jobId);
    for (const { jobId } of deleteWaits) known.waits.delete(jobId);
    for (const hold of putHolds) known.holds.set(hold.jobId, hold);
    for (const wait of putWaits) known.waits.set(wait.jobId, wait);
    const since = putHolds.length === 0 ? (known.owedSince ?? now) : now;
    known.owedSince = owesGrant(known) ? since : undefined;
    this.#lines.set(name, known);
  }

  remove(name: string): void {
    this.#lines.delete(name);
  }

  setQueue(queue: Queue): void {
    this.#queues.set(JSON.stringify([queue.project, queue.name]), queue);
  }
}

/** Smaller ranks first; of two that are equal, the smaller id. */
export function isBefore(
  one: { readonly rank: number; readonly jobId: string },
  other: { readonly rank: number; readonly jobId: string },
): boolean {
  return one.rank < other.rank || (one.rank === other.rank && one.jobId < other.jobId);
}

export function frontOf(waits: Iterable<Wait>): Wait | undefined {
  let front: Wait | undefined;
  for (const wait of waits) if (front === undefined || isBefore(wait, front)) front = wait;
  return front;
}

/** Whether the first in line could have what it waits for. */
export function owesGrant({ head, waits }: Pick<KnownLine, 'head' | 'waits'>): boolean {
  const front = frontOf(waits.values());
  return front !== undefined && !head.paused && head.held + front.units <= head.capacity;
}
