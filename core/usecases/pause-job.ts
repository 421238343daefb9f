import type { JobId } from '../job/identifiers.ts';
import { requestPause } from '../job/request-pause.ts';
import type { Said } from '../job/said.ts';
import type { Deps } from '../ports/deps.ts';
import { type Commanded, commandLiveJob } from './command-live-job.ts';

/** Stops a job before its next op. */
export function pauseJob(deps: Deps, jobId: JobId, said: Said): Promise<Commanded<null>> {
  return commandLiveJob(deps, jobId, (job) => requestPause(job, said, deps.surroundings.now()));
}
