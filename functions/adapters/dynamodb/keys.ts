import type { GroupRef } from '../../../core/children/group.ts';
import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { DueLane } from '../../../core/job/job.ts';
import type { StatusClass } from '../../../core/job/status.ts';
import { DUE_SHARDS } from '../../../core/ports/job-store.ts';
import { type Run, type ScheduleId, scheduleIdSchema } from '../../../core/schedule/schedule.ts';
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
const SCHEDULE = 'SCHEDULE#';

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
const DIGITS = { attempt: 6, op: 6, try: 6, child: 5, serial: 10, instant: 13, rank: 16 } as const;

const LAST_SERIAL = 10 ** DIGITS.serial - 1;
const LAST_CHILD = 10 ** DIGITS.child - 1;

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

/** The item of a group of children, in the partition of their parent. */
export function groupKey(ref: GroupRef): Key {
  return { pk: jobPartition(ref.jobId), sk: `${groupPrefix(ref)}${padded(ref.try, DIGITS.try)}` };
}

/** What the sort keys of all groups of an op in an attempt begin with, or of all groups. */
export function groupPrefix(of: Pick<GroupRef, 'attempt' | 'op'> | 'all'): string {
  return of === 'all' ? 'GROUP#' : `GROUP#${padded(of.attempt, DIGITS.attempt)}#${padded(of.op, DIGITS.op)}#`;
}

/** The item that links a group to one of its children. */
export function childKey(ref: GroupRef, child: number): Key {
  return { pk: jobPartition(ref.jobId), sk: childSortKey(ref, child) };
}

/** First and last sort key of the links from `from` up to and without `to`; null when there can be none. */
export function childRange(
  ref: GroupRef,
  from: number,
  to: number,
): { readonly first: string; readonly last: string } | null {
  const first = Math.max(0, from);
  const last = Math.min(to - 1, LAST_CHILD);
  return first > last ? null : { first: childSortKey(ref, first), last: childSortKey(ref, last) };
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

/** The counter of what a project submits in a minute. */
export function submissionsKey(project: string, minute: Instant): Key {
  return { pk: projectPartition(project), sk: `SUBMISSIONS#${padded(minute, DIGITS.instant)}` };
}

/** What the sort keys of a schedule's runs begin with. */
export const RUN = 'RUN#';

/** The partition of a recurring schedule and its runs. */
export function schedulePartition(id: ScheduleId): string {
  return `${SCHEDULE}${id}`;
}

/** The schedule whose partition this is. */
export function scheduleIdOf(partition: string): ScheduleId {
  return scheduleIdSchema.parse(partition.slice(SCHEDULE.length));
}

export function scheduleKey(id: ScheduleId): Key {
  return { pk: schedulePartition(id), sk: HEAD };
}

/** Runs sort by their time. What somebody wanted now is apart from what was due at that moment. */
export function runKey(id: ScheduleId, { at, trigger }: Pick<Run, 'at' | 'trigger'>): Key {
  return { pk: schedulePartition(id), sk: `${RUN}${padded(at, DIGITS.instant)}#${trigger}` };
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

/** What follows the place of a child, so that the index alone tells it from others; it sorts right behind. */
const CHILD_MARK = '#CHILD';

/** The place of a child. */
export function childPlace(at: Instant, id: JobId): string {
  return `${classPlace(at, id)}${CHILD_MARK}`;
}

export function isChildPlace(place: string): boolean {
  return place.endsWith(CHILD_MARK);
}

/** Time and job of a place that {@link classPlace} or {@link childPlace} made. */
export function placeOf(place: string): { readonly at: Instant; readonly id: JobId } {
  const [at, id] = place.split('#');
  return { at: Number(at), id: jobIdSchema.parse(id) };
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

/** Partition of `by-class`: the schedules of a project, which is the name of no class and no kind. */
export function schedulesKey(project: string): string {
  return `${encoded(project)}#schedules`;
}

/** The lane of `by-due` in which schedules stand that somebody must look at. */
export const SCHEDULE_LANE = 'schedules';

/** The lane of `by-due` in which semaphores that owe somebody a grant stand. */
export const SEMAPHORE_LANE = 'semaphores';

/** Partition of `by-due`: one shard of a lane. */
export function dueKey(lane: DueLane | typeof SEMAPHORE_LANE | typeof SCHEDULE_LANE, shard: number): string {
  return `${lane}#${shard}`;
}

/** The shard of every due entry of this job or schedule, for as long as it lives. */
export function dueShard(id: JobId | ScheduleId): number {
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

function childSortKey({ attempt, op, try: number }: GroupRef, child: number): string {
  const group = [padded(attempt, DIGITS.attempt), padded(op, DIGITS.op), padded(number, DIGITS.try)];
  return `CHILD#${group.join('#')}#${padded(child, DIGITS.child)}`;
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
