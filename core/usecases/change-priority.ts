import { changePriority as decidePriority, type PriorityCommand } from '../job/change-priority.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Deps } from '../ports/deps.ts';
import { type Commanded, commandJob } from './command-job.ts';

/** Gives what has not begun of a job another priority; a job in line moves in it. */
export function changePriority(
  deps: Deps,
  jobId: JobId,
  command: PriorityCommand,
): Promise<Commanded<{ readonly message: string }>> {
  return commandJob(deps, jobId, async (job, facts) =>
    decidePriority(job, await deps.store.readOps(jobId, job.attempt), command, facts),
  );
}
