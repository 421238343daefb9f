import { type DueEntry, isLive, type Job } from './job.ts';

/**
 * When someone must look at this job if nothing happens before, and in which lane; undefined for a
 * job that nobody owes anything.
 */
export function dueOf(job: Job): DueEntry | undefined {
  const reasons: DueEntry[] = job.owed.map(({ by }) => ({ lane: 'owed', at: by }));
  if (isLive(job)) {
    reasons.push({ lane: 'liveness', at: job.liveness.at });
    if (job.status !== 'QUEUED' && job.heldUntil !== undefined) {
      reasons.push({ lane: 'dates', at: job.heldUntil });
    }
  }
  return reasons.reduce<DueEntry | undefined>(
    (earliest, reason) => (earliest === undefined || reason.at < earliest.at ? reason : earliest),
    undefined,
  );
}

/**
 * The entry the index `by-due` should hold. A due time that moved later leaves the entry where it
 * is: the sweeper comes early once and moves it, which saves the two index writes of every step.
 */
export function dueEntryAfter(job: Job): DueEntry | undefined {
  const due = dueOf(job);
  const held = job.dueEntry;
  if (due === undefined || held === undefined) return due;
  return due.at < held.at ? due : held;
}
