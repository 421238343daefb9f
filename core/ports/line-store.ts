import type { LineChange } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';
import type { Queue } from '../queue/queue.ts';
import type { Hold, Semaphore, SemaphoreKey, Wait } from '../semaphore/semaphore.ts';
import type { Committed } from './job-store.ts';

/** A semaphore and the first in its line. The two are read one after the other: `ver` guards both. */
export interface StoredLine {
  /** Null: nobody has used it yet. */
  readonly semaphore: Semaphore | null;
  /** At most two, by rank; only read where somebody waits. */
  readonly first: readonly Wait[];
}

/** A page of the semaphores of a scope, by name. */
export interface SemaphorePage {
  readonly semaphores: readonly Semaphore[];
  readonly next?: string;
}

/** Queues, semaphores and who stands in their lines. Every deciding read is strongly consistent. */
export interface LineStore {
  /** In the order of the keys. */
  readLines(keys: readonly SemaphoreKey[]): Promise<readonly StoredLine[]>;
  /** Holders in the order of their ids, at most `limit`. */
  readHolds(key: SemaphoreKey, limit: number): Promise<readonly Hold[]>;
  /** Waiters by rank, at most `limit`. */
  readWaits(key: SemaphoreKey, limit: number): Promise<readonly Wait[]>;
  /** How many stand before this place in line, counted up to `limit`. */
  countBefore(key: SemaphoreKey, place: Pick<Wait, 'rank' | 'jobId'>, limit: number): Promise<number>;
  /** Semaphores of a kind in a scope, by name; the listing may lag behind. */
  listSemaphores(
    scope: string,
    kind: SemaphoreKey['kind'],
    page: { readonly after?: string; readonly limit: number },
  ): Promise<SemaphorePage>;
  /** Semaphores that owe somebody a grant since before `now`, earliest first. */
  listDueSemaphores(shard: number, now: Instant, limit: number): Promise<readonly SemaphoreKey[]>;

  readQueue(project: string, name: string): Promise<Queue | null>;
  listQueues(project: string): Promise<readonly Queue[]>;

  /** One change of semaphores, one transaction, guarded by every version it was decided on. */
  commitLines(change: LineChange): Promise<Committed>;

  /** Jobs that wait for this one's end, at most `limit`. */
  listDependents(id: JobId, limit: number): Promise<readonly JobId[]>;
  /**
   * The dependent was told how this attempt ended; safe to repeat. False: the job is gone, or has another
   * attempt since, whose end it waits for.
   */
  removeDependent(id: JobId, dependent: JobId, attempt: number): Promise<boolean>;
}
