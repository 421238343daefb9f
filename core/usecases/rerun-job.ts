import type { JobId } from '../job/identifiers.ts';
import { rerunJob as decideRerun, type RerunCommand } from '../job/rerun-job.ts';
import type { Deps } from '../ports/deps.ts';
import { type Commanded, commandJob } from './command-job.ts';

/** Runs a settled job again, as its next attempt. */
export function rerunJob(deps: Deps, jobId: JobId, command: RerunCommand): Promise<Commanded<null>> {
  return commandJob(deps, jobId, async (job, facts) =>
    decideRerun(job, facts.spec, await deps.store.readOps(jobId, 'all'), command, facts),
  );
}
