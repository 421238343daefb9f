import type { ChildLink, GroupRef, GroupWrite } from '../../../core/children/group.ts';
import type { Change, LineChange } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { SemaphoreChange } from '../../../core/semaphore/line.ts';
import type { SemaphoreKey } from '../../../core/semaphore/semaphore.ts';
import { groupItem, linkItem } from './child-items.ts';
import {
  type Condition,
  childIsNew,
  groupIsNew,
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
import { addChild, closeGroup, type GuardedUpdate } from './group-updates.ts';
import { type Item, storedKey } from './item.ts';
import { childSpecItem, entryItem, headItem, opItem, recordItem, specItem } from './job-items.ts';
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
  | { readonly role: 'group'; readonly ref: GroupRef }
  | { readonly role: 'semaphore'; readonly key: SemaphoreKey };

/** One item of a change. */
export type ChangeWrite = { readonly part: Part } & (
  | { readonly put: GuardedPut }
  | { readonly update: GuardedUpdate }
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
    ? [
        ...jobWrites(change),
        ...familyWrites(change),
        ...beside,
        ...dependentWrites(change),
        ...sessionWrites(change),
      ]
    : [...queueWrites(change), ...beside];
}

function jobWrites({
  before,
  job,
  entries,
  ops,
  spec,
  childItem,
  idempotency,
}: Change): readonly ChangeWrite[] {
  const headGuard = before === null ? jobIsNew() : headIsUnchanged(before);
  return [
    put({ role: 'head' }, headItem(job), headGuard),
    ...entries.map((entry) => put({ role: 'entry', jobId: job.id }, entryItem(entry), serialIsFree())),
    ...ops.map(({ before: version, op }) =>
      put({ role: 'op' }, opItem(op), version === null ? opIsNew() : opIsUnchanged(version)),
    ),
    ...(spec === undefined ? [] : [put({ role: 'spec', jobId: job.id }, specItem(job.id, spec), jobIsNew())]),
    ...(childItem === undefined
      ? []
      : [put({ role: 'spec', jobId: job.id }, childSpecItem(job.id, childItem), jobIsNew())]),
    // Only a submission leaves a record, so the job was received when this was decided.
    ...(idempotency === undefined
      ? []
      : [put({ role: 'idempotency' }, recordItem(idempotency), keyIsUnused(job.receivedAt))]),
  ];
}

/** What the change does to the group of the job's children, and to the group that the job joins. */
function familyWrites({ group, child }: Change): readonly ChangeWrite[] {
  return [
    ...(group === undefined ? [] : [groupWrite(group)]),
    ...(child === undefined ? [] : linkWrites(child)),
  ];
}

function groupWrite(write: GroupWrite): ChangeWrite {
  return write.kind === 'open'
    ? put(groupPart(write.group), groupItem(write.group), groupIsNew())
    : { part: groupPart(write.ref), update: closeGroup(write) };
}

function linkWrites(link: ChildLink): readonly ChangeWrite[] {
  const part = groupPart(link);
  return [put(part, linkItem(link), childIsNew()), { part, update: addChild(link) }];
}

function groupPart({ jobId, attempt, op, try: number }: GroupRef): Part {
  return { role: 'group', ref: { jobId, attempt, op, try: number } };
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
