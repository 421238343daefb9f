import { finishJob as decideFinish, type FinishCommand } from '../job/finish-job.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { readJob } from './read-job.ts';
import { runEffects } from './run-effect.ts';

/** Task "Finish job": ends the attempt or hands it to its next segment, once. */
export async function finishJob(deps: Deps, jobId: JobId, command: FinishCommand): Promise<void> {
  const { change } = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found === null) return { change: null };
    const ops = await deps.store.readOps(jobId, command.attempt);
    const context = { now: deps.surroundings.now(), liveness: deps.liveness };
    return { change: decideFinish(found.job, found.spec, ops, command, context) };
  });
  if (change !== null) await runEffects(deps, change.job);
}
