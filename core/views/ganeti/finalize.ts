import type { GanetiJob, GanetiTime } from './ganeti-job.ts';

/** Sets the end timestamp, and nothing else (Finalize). */
export function finalize(job: GanetiJob, now: GanetiTime): GanetiJob {
  return { ...job, endTimestamp: now };
}
