import type { JobId } from '../job/identifiers.ts';
import { rollBackJob as decideRollback } from '../job/roll-back-job.ts';
import type { Said } from '../job/said.ts';
import type { Deps } from '../ports/deps.ts';
import { type Commanded, commandJob } from './command-job.ts';

/** Undoes a settled job by hand, as its next attempt. */
export function rollBackJob(deps: Deps, jobId: JobId, said: Said): Promise<Commanded<null>> {
  return commandJob(deps, jobId, async (job, facts) =>
    decideRollback(job, facts.spec, await deps.store.readOps(jobId, 'all'), said, facts),
  );
}
