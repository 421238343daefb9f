import type { Instant } from './instant.ts';
import {
  type DueEntry,
  isLive,
  isSettledJob,
  isWaiting,
  type Job,
  type LiveJob,
  type WaitingJob,
} from './job.ts';
import { SEGMENT_MAX_MS } from './live-segment.ts';

/**
 * When someone must look at this job if nothing happens before, and in which lane; undefined for one
 * that waits for others alone.
 */
export function dueOf(job: Job): DueEntry | undefined {
  const leaves = leavesAt(job);
  if (leaves !== undefined) return { lane: 'retention', at: leaves };
  const reasons: DueEntry[] = job.owed.map(({ by }) => ({ lane: 'owed', at: by }));
  if (isLive(job) && job.ending === undefined) {
    reasons.push({ lane: 'liveness', at: job.liveness.at });
    reasons.push(...holdsOf(job).map((at): DueEntry => ({ lane: 'dates', at })));
  }
  if (isWaiting(job)) reasons.push(...datesOf(job).map((at): DueEntry => ({ lane: 'dates', at })));
  return reasons.reduce<DueEntry | undefined>(
    (earliest, reason) => (earliest === undefined || reason.at < earliest.at ? reason : earliest),
    undefined,
  );
}

/**
 * The entry the index `by-due` should hold. A due time that moved later leaves the entry where it
 * is: the sweeper comes early once and moves it, which saves the two index writes of every step. An end
 * moves it at once, since no step follows: a sweep of every ended job would cost more.
 */
export function dueEntryAfter(job: Job, held: DueEntry | undefined): DueEntry | undefined {
  const due = dueOf(job);
  if (due === undefined || held === undefined || due.lane === 'retention') return due;
  return due.at < held.at ? due : held;
}

/**
 * When a settled job leaves with everything of it; none while it owes something. A child leaves with its
 * root, and never by itself.
 */
export function leavesAt(job: Job): Instant | undefined {
  if (!isSettledJob(job) || job.owed.length > 0) return undefined;
  // A child leaves with its root, and a parent after its children have ended.
  if (job.parent !== undefined || job.children !== undefined) return undefined;
  return job.retainUntil;
}

/** The moments at which time alone moves a job whose execution waits: for its next try, or for somebody. */
export function holdsOf(job: LiveJob): readonly Instant[] {
  switch (job.status) {
    case 'QUEUED':
      return [];
    case 'PAUSED':
      return [job.pause.until, wornOutAt(job)];
    case 'TRAPPED':
      return [...(job.trap.until === undefined ? [] : [job.trap.until]), wornOutAt(job)];
    case 'TRAP_PAUSED':
      return [wornOutAt(job)];
    default:
      return job.heldUntil === undefined ? [] : [Math.min(job.heldUntil, wornOutAt(job))];
  }
}

/** No wait outlasts what an execution may. */
function wornOutAt({ segment }: LiveJob): Instant {
  return segment.committedAt + SEGMENT_MAX_MS;
}

/** The moments at which time alone moves a waiting job: its date, the end of a window. */
export function datesOf(job: WaitingJob): readonly Instant[] {
  if (job.ending !== undefined) return [];
  return [
    ...(job.status === 'SCHEDULED' ? [job.scheduledAt] : []),
    ...(job.status === 'WAITING_APPROVAL' ? [job.approvalUntil + 1] : []),
    // It may still start in the last millisecond of its window.
    ...(job.maxStartAt === undefined ? [] : [job.maxStartAt + 1]),
  ];
}
