import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { DueLane } from '../../../core/job/job.ts';
import type { StatusClass } from '../../../core/job/status.ts';
import { DUE_SHARDS } from '../../../core/ports/job-store.ts';
import type { Place } from '../../../core/semaphore/line.ts';
import { type SemaphoreKey, semaphoreSchema, textOfKey } from '../../../core/semaphore/semaphore.ts';

/**
 * The one table as infrastructure makes it: on demand, with a stream of new and old images. Both
 * indexes project their keys only, since a listing reads the heads themselves.
 */
export const TABLE = {
  partitionKey: { name: 'pk', type: 'S' },
  sortKey: { name: 'sk', type: 'S' },
  timeToLiveAttribute: 'ttl',
  indexes: {
    byClass: {
      name: 'by-class',
      partitionKey: { name: 'classKey', type: 'S' },
      sortKey: { name: 'classPlace', type: 'S' },
    },
    byDue: {
      name: 'by-due',
      partitionKey: { name: 'dueKey', type: 'S' },
      sortKey: { name: 'dueAt', type: 'N' },
    },
  },
} as const;

/** The primary key of an item. */
export type Key = { readonly pk: string; readonly sk: string };

const JOB = 'JOB#';
const SEMAPHORE = 'SEM#';

/** What the sort keys of journal entries begin with, and no other's: the stream is filtered by it. */
export const ENTRY = 'LOG#';

/** What the sort keys of a semaphore's holds begin with. */
export const HOLD = 'HOLD#';

/** What the sort keys of the places in a semaphore's line begin with. */
export const WAIT = 'WAIT#';

/** What the sort keys of a project's queues begin with. */
export const QUEUE = 'QUEUE#';

/** What the sort keys of those who wait for a job's end begin with. */
export const DEPENDENT = 'DEPENDENT#';

/** The item that its partition is about. */
const HEAD = 'HEAD';

/** Wide enough for all that a job can ever count, so that text sorts as the numbers do. */
const DIGITS = { attempt: 6, op: 6, serial: 10, instant: 13, rank: 16 } as const;

const LAST_SERIAL = 10 ** DIGITS.serial - 1;

/** The partition of everything that belongs to one job. */
export function jobPartition(id: JobId): string {
  return `${JOB}${id}`;
}

/** The job whose partition this is. */
export function jobIdOf(partition: string): JobId {
  return jobIdSchema.parse(partition.slice(JOB.length));
}

export function headKey(id: JobId): Key {
  return { pk: jobPartition(id), sk: HEAD };
}

export function specKey(id: JobId): Key {
  return { pk: jobPartition(id), sk: 'SPEC' };
}

export function opKey(id: JobId, attempt: number, index: number): Key {
  return { pk: jobPartition(id), sk: `${opPrefix(attempt)}${padded(index, DIGITS.op)}` };
}

/** What the sort keys of all ops of an attempt begin with, or of all attempts. */
export function opPrefix(attempt: number | 'all'): string {
  return attempt === 'all' ? 'OP#' : `OP#${padded(attempt, DIGITS.attempt)}#`;
}

export function entryKey(id: JobId, serial: number): Key {
  return { pk: jobPartition(id), sk: entrySortKey(serial) };
}

/** Whether this sort key is a journal entry's. */
export function isEntryKey(sortKey: string): boolean {
  return sortKey.startsWith(ENTRY);
}

/** First and last sort key of the entries with serials above `newerThan`; null when there can be none. */
export function entryRange(newerThan: number): { readonly first: string; readonly last: string } | null {
  if (newerThan >= LAST_SERIAL) return null;
  return { first: entrySortKey(Math.max(0, newerThan) + 1), last: entrySortKey(LAST_SERIAL) };
}

export function idempotencyKey(project: string, owner: string, key: string): Key {
  return { pk: `IDEMPOTENCY#${encoded(project)}#${encoded(owner)}#${encoded(key)}`, sk: HEAD };
}

/** How far a bulk op has come. */
export function bulkKey(id: JobId, attempt: number, op: number): Key {
  return { pk: jobPartition(id), sk: `BULK#${padded(attempt, DIGITS.attempt)}#${padded(op, DIGITS.op)}` };
}

/** The item that says that `dependent` waits for the end of this job. */
export function dependentKey(id: JobId, dependent: JobId): Key {
  return { pk: jobPartition(id), sk: `${DEPENDENT}${dependent}` };
}

/** The partition of a session: its live jobs. */
export function sessionPartition(sessionId: string): string {
  return `SESSION#${encoded(sessionId)}`;
}

export function sessionJobKey(sessionId: string, jobId: JobId): Key {
  return { pk: sessionPartition(sessionId), sk: `${JOB}${jobId}` };
}

/** The partition of a semaphore, its holds and its line. */
export function semaphorePartition({ scope, kind, name }: SemaphoreKey): string {
  return `${SEMAPHORE}${encoded(scope)}#${kind}#${encoded(name)}`;
}

/** The semaphore whose partition this is. */
export function semaphoreKeyOf(partition: string): SemaphoreKey {
  const [prefix, scope, kind, name, ...others] = partition.split('#');
  const isOne = `${prefix}#` === SEMAPHORE && name !== undefined && others.length === 0;
  if (!isOne || scope === undefined) throw new Error(`${partition} is no semaphore's partition`);
  return keySchema.parse({ scope: decoded(scope), kind, name: decoded(name) });
}

const keySchema = semaphoreSchema.pick({ scope: true, kind: true, name: true });

export function semaphoreHeadKey(key: SemaphoreKey): Key {
  return { pk: semaphorePartition(key), sk: HEAD };
}

export function holdKey(key: SemaphoreKey, jobId: JobId): Key {
  return { pk: semaphorePartition(key), sk: `${HOLD}${jobId}` };
}

/** Places sort as the line does: by rank, and by id among those of the same rank. */
export function waitKey(key: SemaphoreKey, { rank, jobId }: Place): Key {
  return { pk: semaphorePartition(key), sk: `${WAIT}${padded(rank, DIGITS.rank)}#${jobId}` };
}

/** The partition of what belongs to a project itself. */
export function projectPartition(project: string): string {
  return `PROJECT#${encoded(project)}`;
}

export function queueKey(project: string, name: string): Key {
  return { pk: projectPartition(project), sk: `${QUEUE}${encoded(name)}` };
}

/** The one item that says how far the last sweep has come. */
export const SWEEP_PLACES_KEY: Key = { pk: 'SWEEP', sk: 'PLACES' };

/** Partition of `by-class`: the jobs of a project in a class. */
export function classKey(project: string, statusClass: StatusClass): string {
  return `${encoded(project)}#${statusClass}`;
}

/** A job's place in its class: by time, and by id among those of the same millisecond. */
export function classPlace(at: Instant, id: JobId): string {
  return `${padded(at, DIGITS.instant)}#${id}`;
}

/** Time and job of a place that {@link classPlace} made. */
export function placeOf(place: string): { readonly at: Instant; readonly id: JobId } {
  const at = Number(place.slice(0, DIGITS.instant));
  return { at, id: jobIdSchema.parse(place.slice(DIGITS.instant + '#'.length)) };
}

/**
 * Partition of `by-class`: the semaphores of a kind in a scope. No status class is the name of a kind,
 * so it is never the partition of a project's jobs.
 */
export function kindKey(scope: string, kind: SemaphoreKey['kind']): string {
  return `${encoded(scope)}#${kind}`;
}

/** A semaphore's place among those of its kind: by name. */
export function kindPlace(name: string): string {
  return encoded(name);
}

/** The lane of `by-due` in which semaphores that owe somebody a grant stand. */
export const SEMAPHORE_LANE = 'semaphores';

/** Partition of `by-due`: one shard of a lane. */
export function dueKey(lane: DueLane | typeof SEMAPHORE_LANE, shard: number): string {
  return `${lane}#${shard}`;
}

/** The shard of every due entry of this job, for as long as it lives. */
export function dueShard(id: JobId): number {
  return shardOf(id);
}

/** The shard of every due entry of this semaphore. */
export function semaphoreShard(key: SemaphoreKey): number {
  return shardOf(textOfKey(key));
}

function shardOf(text: string): number {
  let hash = FNV_OFFSET;
  for (const character of text) {
    hash = Math.imul(hash ^ character.charCodeAt(0), FNV_PRIME) >>> 0;
  }
  return hash % DUE_SHARDS;
}

/** FNV-1a of 32 bits: spreads texts that differ in one character, and never changes. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function entrySortKey(serial: number): string {
  return `${ENTRY}${padded(serial, DIGITS.serial)}`;
}

function padded(number: number, digits: number): string {
  const text = String(number).padStart(digits, '0');
  if (!/^\d+$/.test(text) || text.length > digits) {
    throw new RangeError(`${number} is no whole number of at most ${digits} digits: it would not sort`);
  }
  return text;
}

/**
 * A part as it stands in a key. `#` separates parts, so no part may hold one: otherwise a user named
 * `a#b` could use the keys of `a`. Half a surrogate pair is encoded too: UTF-8 has none, so two
 * different ones would become the same key.
 */
function encoded(part: string): string {
  return part.replace(FORGING, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase();
    return code.length > 2 ? `%u${code}` : `%${code.padStart(2, '0')}`;
  });
}

const FORGING = /[#%\p{Cc}\p{Cs}]/gu;

/** The part again that {@link encoded} made this of. */
function decoded(part: string): string {
  return part.replace(ENCODED, (_code, wide: string | undefined, narrow: string | undefined) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow ?? '', 16)),
  );
}

const ENCODED = /%u([0-9A-F]{4})|%([0-9A-F]{2})/g;
