import type { JobId } from '../job/identifiers.ts';
import { isLive, type Job, type LiveJob } from '../job/job.ts';
import type { OwedEffect } from '../job/owed-effect.ts';
import { clearEffect, dueNow, moveDueEntry, recordLook, recordRepair } from '../job/settle-debts.ts';
import type { Deps } from '../ports/deps.ts';
import type { ExecutionRef } from '../ports/executions.ts';
import { changeJob } from './change-job.ts';
import { endOfExecution } from './end-of-execution.ts';
import { answerFor, runEffect } from './run-effect.ts';

/** What a look found and did, for metrics. */
export interface Look {
  readonly repaired: readonly OwedEffect['kind'][];
  readonly looked: boolean;
  readonly abended: boolean;
}

/**
 * Looks at one job because its time has come: does what is overdue, tells a dead execution from a
 * live one, and moves the job's entry in the index to its next due time. Safe to run twice at once.
 */
export async function lookAtJob(deps: Deps, jobId: JobId): Promise<Look> {
  const repaired: OwedEffect['kind'][] = [];
  const job = await deps.store.readJob(jobId);
  if (job === null) return { repaired, looked: false, abended: false };
  const due = dueNow(job, deps.surroundings.now());
  let doubtful = due.look;
  for (const effect of due.effects) {
    const outcome = await runEffect(deps, job, effect);
    if (effect.kind === 'delete') return { repaired: ['delete'], looked: false, abended: false };
    doubtful ||= outcome === 'unproven';
    repaired.push(effect.kind);
    await recordDone(deps, job, effect);
  }
  if (due.held) await endLongWait(deps, job);
  const abended = doubtful && isLive(job) && (await lookAtExecution(deps, job));
  if (!abended) await changeJob(deps, async () => nextEntry(deps, jobId));
  return { repaired, looked: doubtful, abended };
}

/** A live job's next commit proves the effect; one that has ended makes none, so it is cleared now. */
async function recordDone(deps: Deps, job: Job, effect: OwedEffect): Promise<void> {
  await changeJob(deps, async () => {
    const current = await deps.store.readJob(job.id);
    if (current === null) return { change: null };
    const now = deps.surroundings.now();
    return {
      change: isLive(current) ? recordRepair(current, effect, now) : clearEffect(current, effect, now),
    };
  });
}

/** The op's long wait is over: Handle op failure's token is told to try again. */
async function endLongWait(deps: Deps, job: Job): Promise<void> {
  if (!isLive(job) || job.status === 'QUEUED' || job.activeOp === undefined) return;
  const [op] = await deps.store.readSomeOps(job.id, job.attempt, [job.activeOp]);
  const answer = op === undefined ? null : answerFor(op);
  if (op?.token !== undefined && answer !== null) await deps.executions.answer(op.token, answer);
}

/** True if the execution turned out to be dead. One that cannot be told stays: nothing is settled on doubt. */
async function lookAtExecution(deps: Deps, job: LiveJob): Promise<boolean> {
  const ref: ExecutionRef = { jobId: job.id, attempt: job.attempt, segment: job.segment };
  const found = await deps.executions.describe(ref);
  const owesStart = job.owed.some((effect) => effect.kind === 'start');
  if (found.kind === 'closed' || (found.kind === 'missing' && !owesStart)) {
    const how = found.kind === 'closed' ? found.how : 'Step Functions does not know it';
    return endOfExecution(deps, job.id, { ...job.segment, attempt: job.attempt, how });
  }
  await changeJob(deps, async () => {
    const current = await deps.store.readJob(job.id);
    if (current === null || !isLive(current) || current.liveness.at !== job.liveness.at)
      return { change: null };
    return { change: recordLook(current, deps.surroundings.now(), deps.liveness) };
  });
  return false;
}

async function nextEntry(deps: Deps, jobId: JobId) {
  const current = await deps.store.readJob(jobId);
  return { change: current === null ? null : moveDueEntry(current, deps.surroundings.now()) };
}
