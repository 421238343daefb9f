import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';
import { type Hold, SEMAPHORE_SCHEMA_VERSION, type Semaphore, type Wait } from './semaphore.ts';

/** One step of priority is worth half an hour of waiting, so that nobody starves (Ganeti's −20…19). */
const PRIORITY_STEP_MS = 30 * 60 * 1000;

/** Who asks for how much. */
export interface Ask {
  readonly jobId: JobId;
  readonly project: string;
  readonly owner: string;
  readonly units: number;
  readonly priority: number;
  /** A place that it had before, and takes again. */
  readonly rank?: number;
}

/** What one transaction does to a semaphore; every part of it is guarded by `before`. */
export interface SemaphoreChange {
  /** The head's `ver` that was decided on; 0: it must not be stored yet. */
  readonly before: number;
  readonly semaphore: Semaphore;
  readonly putHolds: readonly Hold[];
  /** Deleted only under the fence that was decided on. */
  readonly deleteHolds: readonly HeldUnits[];
  readonly putWaits: readonly Wait[];
  /** Deleted only if they exist: a waiter is granted or removed once. */
  readonly deleteWaits: readonly Place[];
}

/** What names a hold, and how much it holds. */
export type HeldUnits = Pick<Hold, 'jobId' | 'fence' | 'units'>;

/** What names a place in line. */
export type Place = Pick<Wait, 'jobId' | 'rank'>;

/** What a job has of a semaphore, and who is first in line. */
export interface Line {
  readonly semaphore: Semaphore;
  readonly own: HeldUnits | Place | null;
  readonly front: Wait | null;
}

export type AcquireAnswer =
  | {
      readonly kind: 'granted';
      readonly fence: number;
      readonly rank?: number;
      readonly change: SemaphoreChange | null;
    }
  | { readonly kind: 'waiting'; readonly place: Place; readonly change: SemaphoreChange | null };

/**
 * Grants at once only what fits and ranks before all who wait; a big request is never overtaken by a
 * small one. Asking again for what is held or waited for answers the same, since an answer may be lost.
 */
export function acquire(line: Line, ask: Ask, now: Instant): AcquireAnswer {
  const { semaphore, own, front } = line;
  if (own !== null && 'fence' in own) return { kind: 'granted', fence: own.fence, change: null };
  if (own !== null) return { kind: 'waiting', place: own, change: null };
  const clock = Math.max(now, semaphore.clock + 1);
  const wait: Wait = {
    schema: SEMAPHORE_SCHEMA_VERSION,
    jobId: ask.jobId,
    project: ask.project,
    owner: ask.owner,
    units: ask.units,
    rank: ask.rank ?? clock + ask.priority * PRIORITY_STEP_MS,
    since: now,
  };
  if (fits(semaphore, ask.units) && (front === null || comesBefore(wait, front))) {
    const { hold, next } = granted({ ...semaphore, clock }, wait, now);
    const change = { ...unchanged(semaphore), semaphore: next, putHolds: [hold] };
    return { kind: 'granted', fence: hold.fence, rank: wait.rank, change };
  }
  const next = { ...semaphore, clock, waiting: semaphore.waiting + 1, ver: semaphore.ver + 1 };
  const change = { ...unchanged(semaphore), semaphore: next, putWaits: [wait] };
  return { kind: 'waiting', place: wait, change };
}

/** What a release, a removed waiter, a raised capacity or an unpause does to the line. */
export interface LineAnswer {
  readonly change: SemaphoreChange;
  /** The waiter that was granted in the same transaction; its job's head is bumped and made due. */
  readonly granted: { readonly wait: Wait; readonly hold: Hold } | null;
}

/**
 * Gives a hold back, and in the same transaction grants the front of the line if it now fits. Null:
 * the hold is not the one that is owed, so nothing is released: it was given back before, or it is a
 * later grant's.
 */
export function release(line: Line, owed: { readonly fence: number }, now: Instant): LineAnswer | null {
  const { semaphore, own, front } = line;
  if (own === null || !('fence' in own) || own.fence !== owed.fence) return null;
  const freed = { ...semaphore, held: semaphore.held - own.units };
  return moveUp(semaphore, freed, front, { deleteHolds: [own] }, now);
}

/** Takes a waiter out of line; `front` is who is first once it is gone. Null: it is not in line. */
export function removeWaiter(line: Line, now: Instant): LineAnswer | null {
  const { semaphore, own, front } = line;
  if (own === null || 'fence' in own) return null;
  const left = { ...semaphore, waiting: semaphore.waiting - 1 };
  return moveUp(semaphore, left, front, { deleteWaits: [own] }, now);
}

/**
 * Gives a waiter another priority: its rank moves by what the steps are worth, and whoever is first
 * then is granted if it fits, be it the waiter itself. `others` is who is first of all the others.
 */
export function rerank(
  semaphore: Semaphore,
  own: Wait,
  others: Wait | null,
  steps: number,
  now: Instant,
): LineAnswer & { readonly place: Place } {
  const moved: Wait = { ...own, rank: own.rank + steps * PRIORITY_STEP_MS };
  const front = others === null || comesBefore(moved, others) ? moved : others;
  const answer = moveUp(semaphore, semaphore, front, { deleteWaits: [own] }, now);
  const isGranted = answer.granted?.wait.jobId === own.jobId;
  const change = isGranted
    ? { ...answer.change, deleteWaits: [own] }
    : { ...answer.change, putWaits: [moved] };
  return { ...answer, change, place: moved };
}

/** Changes what a semaphore allows. Nothing is taken from holders: a smaller one grants nothing until it fits. */
export function reshape(
  line: Omit<Line, 'own'>,
  wanted: { readonly capacity?: number; readonly paused?: boolean },
  now: Instant,
): LineAnswer {
  return moveUp(line.semaphore, { ...line.semaphore, ...wanted }, line.front, {}, now);
}

/** Grants the front of the line, if it fits; otherwise nothing may be owed any more. */
export function grantNext(line: Omit<Line, 'own'>, now: Instant): LineAnswer {
  return moveUp(line.semaphore, line.semaphore, line.front, {}, now);
}

function moveUp(
  before: Semaphore,
  after: Semaphore,
  front: Wait | null,
  parts: Partial<SemaphoreChange>,
  now: Instant,
): LineAnswer {
  const base = { ...unchanged(before), ...parts };
  if (front === null || !fits(after, front.units)) {
    const { dueAt: _owed, ...settled } = after;
    return { change: { ...base, semaphore: { ...settled, ver: before.ver + 1 } }, granted: null };
  }
  const { hold, next } = granted({ ...after, waiting: after.waiting - 1, ver: before.ver }, front, now);
  // Whoever is first now may fit as well: the granted job's advance grants it, or the sweeper does.
  const mayOwe = next.waiting > 0 && next.held < next.capacity;
  const { dueAt: _earlier, ...rest } = next;
  const semaphore = mayOwe ? { ...rest, dueAt: now } : rest;
  return {
    change: { ...base, semaphore, putHolds: [hold], deleteWaits: [...base.deleteWaits, front] },
    granted: { wait: front, hold },
  };
}

function granted(
  semaphore: Semaphore,
  wait: Wait,
  now: Instant,
): { readonly hold: Hold; readonly next: Semaphore } {
  const fence = semaphore.fence + 1;
  const { schema, jobId, project, owner, units } = wait;
  return {
    hold: { schema, jobId, project, owner, units, fence, since: now },
    next: { ...semaphore, fence, held: semaphore.held + units, ver: semaphore.ver + 1 },
  };
}

function fits(semaphore: Semaphore, units: number): boolean {
  return !semaphore.paused && semaphore.held + units <= semaphore.capacity;
}

/** Smaller ranks first; of two that are equal, the job that was received first. */
function comesBefore(one: Wait, other: Wait): boolean {
  return one.rank < other.rank || (one.rank === other.rank && one.jobId < other.jobId);
}

function unchanged(semaphore: Semaphore): SemaphoreChange {
  return {
    before: semaphore.ver,
    semaphore,
    putHolds: [],
    deleteHolds: [],
    putWaits: [],
    deleteWaits: [],
  };
}
