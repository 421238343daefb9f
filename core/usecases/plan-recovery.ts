import { TaskError } from '../contract/tasks.ts';
import type { JobId } from '../job/identifiers.ts';
import { type PlannedItem, plannedItems } from '../job/plan.ts';
import { planRecovery as decideRecovery, type RecoveryCommand } from '../job/plan-recovery.ts';
import type { Deps } from '../ports/deps.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readJob } from './read-job.ts';
import { readOpsOf } from './read-ops.ts';

/** Task "Plan recovery": commits how the job ends and returns the rollbacks and POST ops before that. */
export async function planRecovery(
  deps: Deps,
  jobId: JobId,
  command: RecoveryCommand,
): Promise<readonly PlannedItem[]> {
  const { answer, change, spec } = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found === null) throw new TaskError('Stale', 'The job does not exist any more');
    const ops = await readOpsOf(deps, found.job);
    const decision = decideRecovery(found.job, found.spec, ops, command, {
      now: deps.surroundings.now(),
      liveness: deps.liveness,
    });
    return { ...decision, spec: found.spec };
  });
  if (answer.kind === 'throw') {
    if (change !== null) await carryOut(deps, change);
    throw new TaskError(answer.error, `Recovery of job ${jobId}`);
  }
  return plannedItems(spec, answer.ops, deps.catalog);
}
