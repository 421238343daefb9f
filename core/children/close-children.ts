import { type Change, changeOf } from '../job/change.ts';
import type { Instant } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import type { JobError } from '../job/job-error.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import { EFFECT_OWED_MS, type OwedEffect } from '../job/owed-effect.ts';
import { type Closed, type Group, type GroupRef, type GroupWrite, groupRefOf, isSameGroup } from './group.ts';

/** What closing a group adds to a change of its parent. */
export interface Closing {
  readonly group?: GroupWrite;
  readonly owed: readonly OwedEffect[];
}

/**
 * No more children are made of the job's group from this change on, and those there are are cancelled: the
 * group is closed first, so that none slips through. Nothing where the job waits for no children.
 *
 * @param group as it was read; one that was closed before is only cancelled again, now by force
 */
export function closing(
  job: Job,
  group: Group | undefined,
  how: Closed['how'],
  now: Instant,
  error?: JobError,
): Closing {
  const ref = groupRefOf(job);
  if (ref === undefined) return { owed: [] };
  if (group === undefined) throw new Error(`the children of job ${job.id} were not read`);
  const isOpen = group.closed === undefined;
  if (!isOpen && how !== 'forced') return { owed: [] };
  const { op, try: number } = ref;
  const force = how === 'forced' ? ({ force: true } as const) : {};
  const owed = [{ kind: 'cascade', op, try: number, ...force, by: now + EFFECT_OWED_MS } as const];
  if (!isOpen) return { owed };
  const closed: Closed = { how, at: now, ...(error === undefined ? {} : { error }) };
  return { group: { kind: 'close', ref, closed }, owed };
}

/**
 * A child did not succeed where none may fail, or not all children could be made: the rest is cancelled, and
 * the op fails once all have ended. Null: the parent does not wait for this group, or it is closed.
 */
export function closeChildren(
  job: Job,
  ref: GroupRef,
  group: Group,
  error: JobError,
  now: Instant,
): Change | null {
  if (!isGroupOf(job, ref)) return null;
  const { group: write, owed } = closing(job, group, 'failed', now, error);
  if (write === undefined) return null;
  return changeOf('close children', job, { ...job, owed: [...job.owed, ...owed] }, now, {
    actor: JOBPLANE,
    group: write,
    entries: [{ kind: 'decision', message: `The other children are cancelled: ${error.message}` }],
  });
}

/** Whether this is the group that the job waits for. */
export function isGroupOf(job: Job, ref: GroupRef): boolean {
  const own = groupRefOf(job);
  return own !== undefined && isSameGroup(own, ref);
}
