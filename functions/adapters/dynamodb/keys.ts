import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { DueLane } from '../../../core/job/job.ts';
import type { StatusClass } from '../../../core/job/status.ts';
import { DUE_SHARDS } from '../../../core/ports/job-store.ts';

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

/** What the sort keys of journal entries begin with, and no other's: the stream is filtered by it. */
export const ENTRY = 'LOG#';

/** The item that its partition is about. */
const HEAD = 'HEAD';

/** Wide enough for all that a job can ever count, so that text sorts as the numbers do. */
const DIGITS = { attempt: 6, op: 4, serial: 10, instant: 13 } as const;

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

/** What the sort keys of all ops of an attempt begin with. */
export function opPrefix(attempt: number): string {
  return `OP#${padded(attempt, DIGITS.attempt)}#`;
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

/** Partition of `by-due`: one shard of a lane. */
export function dueKey(lane: DueLane, shard: number): string {
  return `${lane}#${shard}`;
}

/** The shard of every due entry of this job, for as long as it lives. */
export function dueShard(id: JobId): number {
  let hash = FNV_OFFSET;
  for (const character of id) {
    hash = Math.imul(hash ^ character.charCodeAt(0), FNV_PRIME) >>> 0;
  }
  return hash % DUE_SHARDS;
}

/** FNV-1a of 32 bits: spreads ids that differ in one character, and never changes. */
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
