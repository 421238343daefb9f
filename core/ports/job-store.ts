import type { GroupRef } from '../children/group.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { Change, IdempotencyRecord } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';
import type { DueLane, Job } from '../job/job.ts';
import type { JournalEntry } from '../job/journal-entry.ts';
import type { StatusClass } from '../job/status.ts';
import type { Op } from '../op/op.ts';
import type { Queue } from '../queue/queue.ts';
import type { SemaphoreKey } from '../semaphore/semaphore.ts';
import type { BulkStore } from './bulk-store.ts';
import type { ChildStore } from './child-store.ts';
import type { LineStore } from './line-store.ts';
import type { QuotaStore } from './quota-store.ts';
import type { SessionStore } from './session-store.ts';

/**
 * Why a change was not committed, with the item in the way. Nothing of it was written; only after
 * `contention` may an earlier call of the same change still turn out to be.
 * - `version`: the job is not at the version that was decided on; null: there is no such job.
 * - `semaphore`: a semaphore, a hold or a place in its line is not as it was decided on.
 * - `touched`: another job that changes with it is not at the version that was decided on.
 * - `queue`: the queue is not at the version that was decided on.
 * - `group`: the group of children takes none any more, is there already, or has a child at this place.
 * - `op`: an op is not at the version that was decided on.
 * - `idempotencyKey`: the key was used before.
 * - `contention`: DynamoDB refused the transaction for another's sake (conflict or throttling).
 */
export type Conflict =
  | { readonly kind: 'version'; readonly current: Job | null }
  | { readonly kind: 'semaphore'; readonly key: SemaphoreKey }
  | { readonly kind: 'touched'; readonly jobId: JobId }
  | { readonly kind: 'queue'; readonly current: Queue | null }
  | { readonly kind: 'group'; readonly ref: GroupRef }
  | { readonly kind: 'op'; readonly current: Op | null }
  | { readonly kind: 'idempotencyKey'; readonly record: IdempotencyRecord }
  | { readonly kind: 'contention' };

export type Committed = { readonly ok: true } | { readonly ok: false; readonly conflict: Conflict };

/** A page of a listing, and where it goes on. Positions are job ids and times, never keys. */
export interface JobPage {
  readonly jobs: readonly Job[];
  readonly next?: { readonly at: Instant; readonly id: JobId };
}

/** Every deciding read is strongly consistent. */
export interface JobStore extends LineStore, ChildStore, SessionStore, BulkStore, QuotaStore {
  readJob(id: JobId): Promise<Job | null>;
  /** A child's is made of its ancestors' templates (core/children/child-spec.ts); null: it, or one of them, is gone. */
  readSpec(id: JobId): Promise<JobSpec | null>;
  /** The stored ops of an attempt, rollbacks included, by index; or of all attempts, one after the other. */
  readOps(id: JobId, attempt: number | 'all'): Promise<readonly Op[]>;
  /** Only those of the named indexes that have begun. */
  readSomeOps(id: JobId, attempt: number, indexes: readonly number[]): Promise<readonly Op[]>;
  /** Entries with serials above `newerThan`, oldest first, at most `limit`. */
  readJournal(id: JobId, newerThan: number, limit: number): Promise<readonly JournalEntry[]>;
  readIdempotency(project: string, owner: string, key: string): Promise<IdempotencyRecord | null>;

  /** One change, one transaction, guarded by every version it was decided on. */
  commit(change: Change): Promise<Committed>;

  /**
   * Marks the try as handed to its action. Guarded by the op's version alone: the head does not
   * change. False if the op has moved on, which proves as much.
   */
  markDispatched(op: Op): Promise<boolean>;

  /** Removes a job that is marked for deletion, its head last. Safe to repeat. */
  removeJob(job: Job): Promise<void>;

  /** Jobs of a project in a class, newest first. */
  listByClass(
    project: string,
    statusClass: StatusClass,
    page: { readonly after?: { readonly at: Instant; readonly id: JobId }; readonly limit: number },
  ): Promise<JobPage>;

  /** Jobs whose due entry in this lane has come, earliest first. */
  listDue(
    lane: DueLane,
    shard: number,
    page: { readonly after?: DuePlace; readonly now: Instant; readonly limit: number },
  ): Promise<readonly DuePlace[]>;

  /** Where the last sweep that was cut off has come to in each lane and shard; a hint and no guard. */
  readSweepPlaces(): Promise<SweepPlaces>;
  saveSweepPlaces(places: SweepPlaces): Promise<void>;
}

/** A job's place among those that are due. */
export interface DuePlace {
  readonly at: Instant;
  readonly id: JobId;
}

/** Places by `<lane>#<shard>`. */
export type SweepPlaces = Readonly<Record<string, DuePlace>>;

/** Shards of each due lane: one partition of an index takes 1,000 writes a second. */
export const DUE_SHARDS = 4;
