import type { Change } from './change.ts';
import { deleteJob } from './delete-job.ts';
import { leavesAt } from './due.ts';
import type { Instant } from './instant.ts';
import type { Job } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';

/** The job's time after its end is over: it is deleted as by hand. Null where it is not, or not yet. */
export function endRetention(job: Job, now: Instant): Change | null {
  const at = leavesAt(job);
  if (at === undefined || at > now) return null;
  const decision = deleteJob(job, JOBPLANE, now, 'Job deleted: its retention is over');
  return decision.ok ? decision.change : null;
}
