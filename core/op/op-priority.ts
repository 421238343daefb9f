import type { JobSpec } from '../contract/job-spec.ts';
import type { Job } from '../job/job.ts';

/** What an op's priority is: given to it since, its own, or its job's. */
export function opPriority(job: Job, spec: JobSpec, index: number): number {
  return job.opPriorities?.[index] ?? spec.ops[index]?.priority ?? job.priority;
}
