import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';

/**
 * EventBridge Scheduler, as far as Jobplane needs it: one-time schedules that have a job looked at.
 * Every verb is safe to repeat, and a schedule that fires late, early or twice does no harm.
 */
export interface Schedules {
  /** Has the job looked at from this moment on; the schedule is gone once it has fired. */
  create(jobId: JobId, at: Instant): Promise<void>;
  /** Harmless where there is none, or none any more. */
  remove(jobId: JobId, at: Instant): Promise<void>;
}
