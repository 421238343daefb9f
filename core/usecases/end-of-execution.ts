import { isServiceKind } from '../contract/action-catalog.ts';
import { abendJob } from '../job/abend-job.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import type { Serves } from '../job/live-segment.ts';
import type { Op } from '../op/op.ts';
import type { Deps } from '../ports/deps.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readEndFacts } from './read-facts.ts';
import { readJob } from './read-job.ts';
import { readOpsOf } from './read-ops.ts';

/**
 * An execution has ended: if the job still counts on it, it is ABENDED. Events about executions come
 * late, twice or never, so the stored head decides; true if the job was settled by this call.
 */
export async function endOfExecution(
  deps: Deps,
  jobId: JobId,
  closed: Serves & { readonly how: string },
): Promise<boolean> {
  const { change } = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found === null) return { change: null };
    const ops = await readOpsOf(deps, found.job);
    const facts = await readEndFacts(deps, found.job, found.spec);
    const atWork = ops.find((op) => isAtWork(deps, found.job, op));
    const at = atWork === undefined ? {} : { atOp: atWork.index };
    return { change: abendJob(found.job, ops, { ...closed, ...at }, facts) };
  });
  if (change !== null) await carryOut(deps, change);
  return change !== null;
}

/** Whether another service is at work on the op, which knows nothing of the execution. */
function isAtWork({ catalog }: Deps, { attempt }: Job, op: Op): boolean {
  return op.attempt === attempt && op.status === 'running' && isServiceKind(catalog.get(op.action)?.kind);
}
