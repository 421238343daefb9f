import type { JobId } from '../job/identifiers.ts';
import { rescheduleJob as decideReschedule, type RescheduleCommand } from '../job/reschedule-job.ts';
import type { Deps } from '../ports/deps.ts';
import { type Commanded, commandJob } from './command-job.ts';

/** Gives a waiting or an expired job another date, or none. */
export function rescheduleJob(
  deps: Deps,
  jobId: JobId,
  command: RescheduleCommand,
): Promise<Commanded<null>> {
  return commandJob(deps, jobId, async (job, facts) => {
    const ops = job.status === 'EXPIRED' ? await deps.store.readOps(jobId, 'all') : [];
    return decideReschedule(job, ops, command, facts);
  });
}
