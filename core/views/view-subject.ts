import type { Job, ROLLBACK_OUTCOMES, Step } from '../job/job.ts';
import type { Status } from '../job/status.ts';

/** What the word for a job's status depends on, and nothing else of the job. */
export interface ViewSubject {
  readonly status: Status;
  readonly step: Step;
  readonly rollback: (typeof ROLLBACK_OUTCOMES)[number];
  /** Whether a step has run, in any attempt. */
  readonly stepHasRun: boolean;
}

export function viewSubjectOf(job: Job): ViewSubject {
  const { status, step, rollback } = job;
  return { status, step, rollback, stepHasRun: job.startedAt !== undefined };
}
