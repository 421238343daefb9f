import { finishJob as decideFinish, type FinishCommand } from '../job/finish-job.ts';
import type { JobId } from '../job/identifiers.ts';
import { endingOf } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';
import { windUp } from './advance-job.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readAdvanceFacts, readEndFacts } from './read-facts.ts';
import { readJob } from './read-job.ts';
import { readOpsOf } from './read-ops.ts';

/**
 * Task "Finish job": ends the attempt or hands it to its next segment, once. Where somebody waits for
 * what the job holds, its end comes after everything was handed on.
 */
export async function finishJob(deps: Deps, jobId: JobId, command: FinishCommand): Promise<void> {
  const { change } = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found === null) return { change: null };
    const { job, spec } = found;
    const ops = await readOpsOf(deps, job);
    // Only after PRE does admission decide about anything.
    const facts =
      command.group === 'PRE'
        ? await readAdvanceFacts(deps, job, spec, ops)
        : {
            ...(await readEndFacts(deps, job, spec)),
            liveness: deps.liveness,
            queue: null,
            dependencies: new Map(),
            rollback: job.rollback,
          };
    return { change: decideFinish(job, spec, ops, command, facts) };
  });
  if (change !== null) await carryOut(deps, change);
  if (change === null || endingOf(change.job) !== undefined) await windUpWhole(deps, jobId);
}

/** Also what an earlier call of this task decided and did not live to finish. */
async function windUpWhole(deps: Deps, jobId: JobId): Promise<void> {
  for (;;) {
    const job = await deps.store.readJob(jobId);
    if (job === null || endingOf(job) === undefined) return;
    const change = await windUp(deps, jobId);
    if (change === null) return;
    await carryOut(deps, change);
  }
}
