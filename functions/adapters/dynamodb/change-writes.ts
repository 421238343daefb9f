import type { Change, LineChange } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { SemaphoreChange } from '../../../core/semaphore/line.ts';
import type { SemaphoreKey } from '../../../core/semaphore/semaphore.ts';
import {
  type Condition,
  headIsUnchanged,
  holdIsNew,
  holdIsUnderFence,
  jobIsNew,
  keyIsUnused,
  opIsNew,
  opIsUnchanged,
  queueIsNew,
  queueIsUnchanged,
  semaphoreIsNew,
  semaphoreIsUnchanged,
  serialIsFree,
  waitExists,
  waitIsNew,
} from './conditions.ts';
import { type Item, storedKey } from './item.ts';
import { entryItem, headItem, opItem, recordItem, specItem } from './job-items.ts';
import { holdKey, type Key, sessionJobKey, waitKey } from './keys.ts';
import { dependentItem, holdItem, queueItem, semaphoreItem, waitItem } from './line-items.ts';
import { sessionJobItem } from './sessions.ts';

/** A put that happens only under its condition. */
export type GuardedPut = { readonly Item: Item } & Partial<Condition>;

/** A deletion that happens only under its condition. */
export type GuardedDelete = { readonly Key: Item } & Partial<Condition>;

/** What an item is to its change: a failed condition means something else for each. */
export type Part =
  | { readonly role: 'idempotency' | 'head' | 'op' | 'queue' | 'dependent' | 'session' }
  | { readonly role: 'entry' | 'spec' | 'touched'; readonly jobId: JobId }
  | { readonly role: 'semaphore'; readonly key: SemaphoreKey };

/** One item of a change. */
export type ChangeWrite = { readonly part: Part } & (
  | { readonly put: GuardedPut }
  | { readonly remove: GuardedDelete }
);

/** Every item that the change writes; of a job's change, its head first. */
export function writesOf(change: Change | LineChange): readonly ChangeWrite[] {
  const beside = [
    ...change.semaphores.flatMap(semaphoreWrites),
    ...change.touched.map(({ before, job }) =>
      put({ role: 'touched', jobId: job.id }, headItem(job), headIsUnchanged(before)),
    ),
  ];
  return 'job' in change
    ? [...jobWrites(change), ...beside, ...dependentWrites(change), ...sessionWrites(change)]
    : [...queueWrites(change), ...beside];
}

function jobWrites({ before, job, entries, ops, spec, idempotency }: Change): readonly ChangeWrite[] {
  const headGuard = before === null ? jobIsNew() : headIsUnchanged(before);
  return [
    put({ role: 'head' }, headItem(job), headGuard),
    ...entries.map((entry) => put({ role: 'entry', jobId: job.id }, entryItem(entry), serialIsFree())),
    ...ops.map(({ before: version, op }) =>
      put({ role: 'op' }, opItem(op), version === null ? opIsNew() : opIsUnchanged(version)),
    ),
    ...(spec === undefined ? [] : [put({ role: 'spec', jobId: job.id }, specItem(job.id, spec), jobIsNew())]),
    // Only a submission leaves a record, so the job was received when this was decided.
    ...(idempotency === undefined
      ? []
      : [put({ role: 'idempotency' }, recordItem(idempotency), keyIsUnused(job.receivedAt))]),
  ];
}

function semaphoreWrites(change: SemaphoreChange): readonly ChangeWrite[] {
  const { before, semaphore } = change;
  const { scope, kind, name } = semaphore;
  const key: SemaphoreKey = { scope, kind, name };
  const part: Part = { role: 'semaphore', key };
  const headGuard = before === 0 ? semaphoreIsNew() : semaphoreIsUnchanged(before);
  return [
    put(part, semaphoreItem(semaphore), headGuard),
    ...change.putHolds.map((hold) => put(part, holdItem(key, hold), holdIsNew())),
    ...change.deleteHolds.map(({ jobId, fence }) =>
      remove(part, holdKey(key, jobId), holdIsUnderFence(fence)),
    ),
    ...change.putWaits.map((wait) => put(part, waitItem(key, wait), waitIsNew())),
    ...change.deleteWaits.map((place) => remove(part, waitKey(key, place), waitExists())),
  ];
}

/** Unguarded: the head of the job that is waited for changes in the same transaction. */
function dependentWrites({ job, dependsOn }: Change): readonly ChangeWrite[] {
  return dependsOn.map((id) => put({ role: 'dependent' }, dependentItem(id, job.id)));
}

/** Unguarded: it follows from the head, which is guarded. */
function sessionWrites({ job, session }: Change): readonly ChangeWrite[] {
  if (session === undefined) return [];
  const part = { role: 'session' } as const;
  return session.isLive
    ? [put(part, sessionJobItem(session.id, job))]
    : [{ part, remove: { Key: storedKey(sessionJobKey(session.id, job.id)) } }];
}

function queueWrites({ queue: write }: LineChange): readonly ChangeWrite[] {
  if (write === undefined) return [];
  const guard = write.before === null ? queueIsNew() : queueIsUnchanged(write.before);
  return [put({ role: 'queue' }, queueItem(write.queue), guard)];
}

function put(part: Part, item: Item, guard?: Condition): ChangeWrite {
  return { part, put: { Item: item, ...guard } };
}

function remove(part: Part, key: Key, guard: Condition): ChangeWrite {
  return { part, remove: { Key: storedKey(key), ...guard } };
}
