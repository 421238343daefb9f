import { expect } from 'vitest';
import type { Change, LineChange } from '../../core/job/change.ts';
import type { Job } from '../../core/job/job.ts';
import { addNote } from '../../core/job/journal-notes.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import type { SemaphoreChange } from '../../core/semaphore/line.ts';
import {
  type Hold,
  newSemaphore,
  SEMAPHORE_SCHEMA_VERSION,
  type Semaphore,
  type SemaphoreKey,
  type Wait,
} from '../../core/semaphore/semaphore.ts';
import { jobId, RECEIVED_AT } from './job-steps.ts';

/** The semaphore of these tests, unless they say otherwise. */
export const LOCK: SemaphoreKey = { scope: 'web', kind: 'lock', name: 'site' };

const CAPACITY = 10;

/** Of whom a hold or a place in line is. */
const common = { schema: SEMAPHORE_SCHEMA_VERSION, project: 'web', owner: 'ada', units: 1 } as const;

/** What the n-th job holds. */
export function holdOf(n: number, parts: Partial<Hold> = {}): Hold {
  return { ...common, jobId: jobId(n), fence: n, since: RECEIVED_AT, ...parts };
}

/** The n-th job's place in line. */
export function waitOf(n: number, parts: Partial<Wait> = {}): Wait {
  return { ...common, jobId: jobId(n), rank: RECEIVED_AT + n, since: RECEIVED_AT, ...parts };
}

/** The next change of a semaphore as it is. */
export function changed(semaphore: Semaphore, parts: Partial<SemaphoreChange> = {}): SemaphoreChange {
  return {
    before: semaphore.ver,
    semaphore: { ...semaphore, ver: semaphore.ver + 1 },
    putHolds: [],
    deleteHolds: [],
    putWaits: [],
    deleteWaits: [],
    ...parts,
  };
}

/** The first change of a semaphore: who holds it, and who waits for it. */
export function used(
  key: SemaphoreKey,
  holds: readonly Hold[] = [],
  waits: readonly Wait[] = [],
  parts: Partial<Semaphore> = {},
): SemaphoreChange {
  const semaphore: Semaphore = {
    ...newSemaphore(key, CAPACITY),
    held: holds.reduce((held, { units }) => held + units, 0),
    waiting: waits.length,
    fence: Math.max(0, ...holds.map(({ fence }) => fence)),
    clock: Math.max(0, ...waits.map(({ rank }) => rank)),
    ver: 1,
    ...parts,
  };
  return { ...changed(semaphore), before: 0, semaphore, putHolds: holds, putWaits: waits };
}

/** A change of semaphores by themselves. */
export function lineChange(
  semaphores: readonly SemaphoreChange[],
  parts: Partial<LineChange> = {},
): LineChange {
  return { transition: 'set resource', semaphores, touched: [], ...parts };
}

/** Commits what nobody contests, and answers the first semaphore. */
export async function commitUsed(store: JobStore, change: SemaphoreChange): Promise<Semaphore> {
  expect(await store.commitLines(lineChange([change]))).toEqual({ ok: true });
  return change.semaphore;
}

/** A change of a job, with what changes beside it. */
export function noteWith(job: Job, parts: Partial<Change>): Change {
  return { ...addNote(job, { actor: 'ada', comment: 'with others' }, RECEIVED_AT), ...parts };
}

/** All that is stored of a semaphore. */
export async function wholeLine(store: JobStore, key: SemaphoreKey) {
  const [line] = await store.readLines([key]);
  return {
    semaphore: line?.semaphore ?? null,
    holds: await store.readHolds(key, EVERYTHING),
    waits: await store.readWaits(key, EVERYTHING),
  };
}

const EVERYTHING = 1_000;
