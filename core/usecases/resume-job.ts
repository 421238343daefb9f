import type { JobId } from '../job/identifiers.ts';
import { resumeJob as decideResume } from '../job/resume-job.ts';
import type { Said } from '../job/said.ts';
import type { Deps } from '../ports/deps.ts';
import { type Commanded, commandLiveJob } from './command-live-job.ts';

/** Lets a paused job run on. */
export function resumeJob(deps: Deps, jobId: JobId, said: Said): Promise<Commanded<null>> {
  return commandLiveJob(deps, jobId, (job, _spec, ops) =>
    decideResume(job, ops, said, deps.surroundings.now()),
  );
}
