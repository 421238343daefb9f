import type { ChildItem } from '../children/child-spec.ts';
import type { ChildLink, GroupWrite } from '../children/group.ts';
import type { Refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Op } from '../op/op.ts';
import type { Queue } from '../queue/queue.ts';
import type { SemaphoreChange } from '../semaphore/line.ts';
import { withAlarms } from './alarms.ts';
import { dueEntryAfter } from './due.ts';
import type { JobId } from './identifiers.ts';
import type { Instant } from './instant.ts';
import type { Job } from './job.ts';
import type { JournalEntry } from './journal-entry.ts';
import { isSettled, type Status } from './status.ts';
import { mayMove } from './transitions.ts';

/** The name of a change: what the store's guards, its logs and its tests call it. */
export type Transition =
  | 'submit job'
  | 'advance job'
  | 'confirm job'
  | 'approve job'
  | 'reject job'
  | 'reschedule job'
  | 'change priority'
  | 'expire job'
  | 'decide on dependency'
  | 'decide end'
  | 'give back'
  | 'grant'
  | 'note dependent'
  | 'release by force'
  | 'begin job'
  | 'start op'
  | 'replace token'
  | 'mark dispatched'
  | 'complete op'
  | 'fail try'
  | 'decide on failure'
  | 'hold op'
  | 'trap job'
  | 'answer trap'
  | 'refuse answer'
  | 'ask for a pause'
  | 'pause job'
  | 'resume job'
  | 'end pause'
  | 'rerun job'
  | 'roll back job'
  | 'start children'
  | 'close children'
  | 'await children'
  | 'settle children'
  | 'continue in next segment'
  | 'plan recovery'
  | 'hand over to RUN'
  | 'hand over to RECOVER'
  | 'look at execution'
  | 'settle job'
  | 'cancel job'
  | 'force end'
  | 'abend job'
  | 'add note'
  | 'add log'
  | 'record late answer'
  | 'record repair'
  | 'clear effect'
  | 'move due entry'
  | 'mark for deletion';

/** An op's next state, guarded by the version that was decided on; null: the op has not begun. */
export interface OpWrite {
  readonly before: number | null;
  readonly op: Op;
}

/** Another job's head that changes with a job: a waiter that is granted what the job gave back. */
export interface Touch {
  readonly before: number;
  readonly job: Job;
}

/** What a submission leaves so that the same key never makes a second job. */
export interface IdempotencyRecord {
  readonly project: string;
  readonly owner: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly jobId: JobId;
  readonly expiresAt: Instant;
}

/**
 * One change of one job, committed in one transaction: the head guarded by its version, its journal
 * entries with the next serials, and the ops it touches.
 */
export interface Change {
  readonly transition: Transition;
  /** The version that was decided on; null: the job must not exist. */
  readonly before: number | null;
  readonly job: Job;
  readonly entries: readonly JournalEntry[];
  readonly ops: readonly OpWrite[];
  readonly spec?: JobSpec;
  /** A child's, in place of a specification. */
  readonly childItem?: ChildItem;
  /** The children of the job's op: their group is opened or closed with the change. */
  readonly group?: GroupWrite;
  /** The job becomes a child of this group, which must be open. */
  readonly child?: ChildLink;
  readonly idempotency?: IdempotencyRecord;
  /** Semaphores that change with the job, each guarded by its own version. */
  readonly semaphores: readonly SemaphoreChange[];
  readonly touched: readonly Touch[];
  /** The job joins or leaves the live jobs of its session. */
  readonly session?: { readonly id: string; readonly isLive: boolean };
  /** Jobs whose end this one waits for from now on: each of them is touched, so none has settled. */
  readonly dependsOn: readonly JobId[];
}

/** A change of semaphores that belongs to no job: a limit that somebody set, a grant that is owed. */
export interface LineChange {
  readonly transition: 'set queue' | 'set resource' | 'grant next';
  readonly semaphores: readonly SemaphoreChange[];
  readonly touched: readonly Touch[];
  readonly queue?: { readonly before: number | null; readonly queue: Queue };
}

/** A decision is a value: what to commit, if anything, and what to answer; or why not. */
export type Decision<Answer> =
  | { readonly ok: true; readonly change: Change | null; readonly answer: Answer }
  | Refused;

/** A journal entry as a decision words it; job, serial, attempt, step and project follow from the job. */
export type EntryDraft = Omit<
  JournalEntry,
  'jobId' | 'serial' | 'at' | 'attempt' | 'project' | 'step' | 'actor'
> & { readonly actor?: string };

/** What a decision adds to the head it decided. */
export interface ChangeParts
  extends Partial<Pick<Change, 'ops' | 'semaphores' | 'touched' | 'dependsOn' | 'group' | 'child'>> {
  readonly entries?: readonly EntryDraft[];
  readonly actor: string;
  /** A status that the job passes within the change, on its way to the one that it has then. */
  readonly through?: Status;
}

/**
 * Completes a change: next version, gap-free serials, the due entry. Throws on a move that the
 * transition table does not have, since that is a bug of the decision and not of its caller.
 *
 * @param before the job that was decided on, null for a new one
 * @param next the job as decided; its version, serial and due entry are set here
 */
export function changeOf(
  transition: Transition,
  before: Job | null,
  next: Job,
  now: Instant,
  parts: ChangeParts,
): Change {
  const path = [before?.status ?? null, ...(parts.through === undefined ? [] : [parts.through]), next.status];
  for (const [position, to] of path.entries()) {
    const from = path[position - 1];
    if (from === undefined || to === null || from === to || mayMove(from, to)) continue;
    throw new Error(`${transition}: no transition leads from ${from ?? 'nothing'} to ${to}`);
  }
  const firstSerial = (before?.logSerial ?? 0) + 1;
  const entries = (parts.entries ?? []).map(
    (draft, position): JournalEntry => ({
      ...draft,
      message: shortened(draft.message),
      actor: draft.actor ?? parts.actor,
      jobId: next.id,
      serial: firstSerial + position,
      at: now,
      attempt: next.attempt,
      project: next.project,
      step: next.step,
    }),
  );
  const known = CLEARING.has(transition) ? null : before;
  const { dueEntry: earlier, ...rest } = withAlarms(known, withUnproven(known, next), now);
  const dueEntry = dueEntryAfter(rest, earlier);
  const job: Job = {
    ...rest,
    version: (before?.version ?? 0) + 1,
    logSerial: Math.max(1, firstSerial - 1 + entries.length),
    ...(dueEntry === undefined ? {} : { dueEntry }),
  };
  return {
    transition,
    before: before?.version ?? null,
    job,
    entries,
    ops: parts.ops ?? [],
    semaphores: parts.semaphores ?? [],
    touched: parts.touched ?? [],
    dependsOn: parts.dependsOn ?? [],
    ...(parts.group === undefined ? {} : { group: parts.group }),
    ...(parts.child === undefined ? {} : { child: parts.child }),
    ...sessionOf(before, job),
  };
}

/** A session's live jobs are those that have not settled; a rerun joins them again. */
function sessionOf(before: Job | null, after: Job): Pick<Change, 'session'> {
  const wasLive = before !== null && !isSettled(before.status);
  const isLive = !isSettled(after.status);
  if (after.sessionId === undefined || wasLive === isLive) return {};
  return { session: { id: after.sessionId, isLive } };
}

/**
 * Nothing that follows proves that an execution was stopped, that a child's start was announced or its end
 * counted, or that children are being cancelled: that stays owed until somebody has done it.
 */
function withUnproven(before: Job | null, next: Job): Job {
  const unproven = (before?.owed ?? []).filter(
    ({ kind }) =>
      kind === 'stop' ||
      kind === 'count' ||
      kind === 'announce' ||
      (kind === 'cascade' && next.children !== undefined),
  );
  const missing = unproven.filter((effect) => !next.owed.includes(effect));
  return missing.length === 0 ? next : { ...next, owed: [...next.owed, ...missing] };
}

/** Changes that take away what was owed because it was done. */
const CLEARING: ReadonlySet<Transition> = new Set(['clear effect', 'record repair']);

/** The serial that the entry at this position of the next change will have. */
export function nextSerial(job: Job, position = 0): number {
  return job.logSerial + 1 + position;
}

/** A journal line is for reading: what an action said at length stands in its own result or log. */
function shortened(message: string): string {
  return message.length <= LIMITS.messageBytes ? message : `${message.slice(0, LIMITS.messageBytes - 1)}…`;
}
