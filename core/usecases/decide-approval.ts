import { type Approver, approveJob, rejectJob } from '../job/approve-job.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Deps } from '../ports/deps.ts';
import { type Commanded, commandJob } from './command-job.ts';

/** Approves or rejects a job that waits for it. */
export function decideApproval(
  deps: Deps,
  jobId: JobId,
  verdict: 'approve' | 'reject',
  approver: Approver,
): Promise<Commanded<null>> {
  const decide = verdict === 'approve' ? approveJob : rejectJob;
  return commandJob(deps, jobId, (job, facts) => decide(job, approver, facts));
}
