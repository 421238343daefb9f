import type { Instant } from './instant.ts';
import { type DueEntry, isLive, isWaiting, type Job, type WaitingJob } from './job.ts';

/**
 * When someone must look at this job if nothing happens before, and in which lane; undefined for a
 * job that nobody owes anything.
 */
export function dueOf(job: Job): DueEntry | undefined {
  const reasons: DueEntry[] = job.owed.map(({ by }) => ({ lane: 'owed', at: by }));
  if (isLive(job) && job.ending === undefined) {
    reasons.push({ lane: 'liveness', at: job.liveness.at });
    if (job.status !== 'QUEUED' && job.heldUntil !== undefined) {
      reasons.push({ lane: 'dates', at: job.heldUntil });
    }
  }
  if (isWaiting(job)) reasons.push(...datesOf(job).map((at): DueEntry => ({ lane: 'dates', at })));
  return reasons.reduce<DueEntry | undefined>(
    (earliest, reason) => (earliest === undefined || reason.at < earliest.at ? reason : earliest),
    undefined,
  );
}

/**
 * The entry the index `by-due` should hold. A due time that moved later leaves the entry where it
 * is: the sweeper comes early once and moves it, which saves the two index writes of every step.
 */
export function dueEntryAfter(job: Job, held: DueEntry | undefined): DueEntry | undefined {
  const due = dueOf(job);
  if (due === undefined || held === undefined) return due;
  return due.at < held.at ? due : held;
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
