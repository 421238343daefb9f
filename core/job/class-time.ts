import type { Instant } from './instant.ts';
import type { Job } from './job.ts';

/**
 * The moment by which a job stands in its class: when it was received, or once it has settled, when
 * that was. It changes only where the class may change, so a step rewrites no index entry; and it
 * follows from the job, since a write of the head replaces the whole item.
 */
export function classTime(job: Job): Instant {
  return 'endedAt' in job ? job.endedAt : job.receivedAt;
}
