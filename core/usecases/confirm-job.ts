import { confirmJob as decideConfirm } from '../job/confirm-job.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Said } from '../job/said.ts';
import type { Deps } from '../ports/deps.ts';
import { type Commanded, commandJob } from './command-job.ts';

/** Lets a job that stands as CREATED go on. */
export function confirmJob(deps: Deps, jobId: JobId, said: Said): Promise<Commanded<null>> {
  return commandJob(deps, jobId, (job, facts) => decideConfirm(job, said, facts));
}
