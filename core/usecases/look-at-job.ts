import { isServiceKind } from '../contract/action-catalog.ts';
import { endHold } from '../job/end-hold.ts';
import { endRetention } from '../job/end-retention.ts';
import type { JobId } from '../job/identifiers.ts';
import { isHeld, isLive, type Job, type LiveJob } from '../job/job.ts';
import type { OwedEffect } from '../job/owed-effect.ts';
import { clearEffects, dueNow, moveDueEntry, recordLook, recordRepair } from '../job/settle-debts.ts';
import type { Deps } from '../ports/deps.ts';
import type { ExecutionRef } from '../ports/executions.ts';
import { advanceJob } from './advance-job.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { endOfExecution } from './end-of-execution.ts';
import { lookAtFamily } from './end-of-family.ts';
import { readGroupOf } from './read-facts.ts';
import { readJob } from './read-job.ts';
import { readOpsOf } from './read-ops.ts';
import {
  answerFor,
  answerOpenToken,
  CLEARED_BY_ITSELF,
  type EffectOutcome,
  runEffect,
} from './run-effect.ts';

/** What a look found and did, for metrics. */
export interface Look {
  readonly repaired: readonly OwedEffect['kind'][];
  readonly looked: boolean;
  readonly abended: boolean;
}

/**
 * Looks at one job because its time has come: does what is overdue, lets admission decide where a date
 * has come, removes the job where its retention is over, tells a dead execution from a live one, and moves
 * the job's entry in the index to its next due time. Safe to run twice at once. An effect that fails keeps nothing else from being done; it is
 * thrown when all is.
 */
export async function lookAtJob(deps: Deps, jobId: JobId): Promise<Look> {
  const repaired: OwedEffect['kind'][] = [];
  const job = await deps.store.readJob(jobId);
  if (job === null) return { repaired, looked: false, abended: false };
  const due = dueNow(job, deps.surroundings.now());
  let doubtful = due.look;
  const failures: unknown[] = [];
  for (const effect of due.effects) {
    // A job is not removed before all else that it owes is done.
    if (effect.kind === 'delete' && failures.length > 0) break;
    try {
      const met = await repair(deps, job, effect);
      repaired.push(effect.kind);
      if (effect.kind === 'delete') return { repaired, looked: false, abended: false };
      doubtful ||= met === 'unproven';
    } catch (error) {
      deps.reportOwed(effect.kind, error);
      failures.push(error);
    }
  }
  if (due.held) await endWait(deps, jobId);
  if (due.dates) await takeDate(deps, jobId);
  if (due.leaves) await leave(deps, jobId);
  const abended = doubtful && isLive(job) && (await lookAtExecution(deps, job));
  if (!abended) await changeJob(deps, async () => nextEntry(deps, jobId));
  if (failures.length > 0) throw failures[0];
  return { repaired, looked: doubtful, abended };
}

async function repair(deps: Deps, job: Job, effect: OwedEffect): Promise<EffectOutcome['met']> {
  // Its own commit is all that will be left of it.
  if (ENDS_WITH_ITS_COMMIT.has(effect.kind)) await recordDone(deps, job, effect);
  const { met, followed } = await runEffect(deps, job, effect);
  for (const change of followed) await carryOut(deps, change);
  if (effect.kind !== 'delete' && !ENDS_WITH_ITS_COMMIT.has(effect.kind)) await recordDone(deps, job, effect);
  return met;
}

const ENDS_WITH_ITS_COMMIT: ReadonlySet<OwedEffect['kind']> = new Set(['advance', 'release']);

/** What nothing that follows proves is cleared now; the next commit of the job proves the rest. */
async function recordDone(deps: Deps, job: Job, effect: OwedEffect): Promise<void> {
  await changeJob(deps, async () => {
    const current = await deps.store.readJob(job.id);
    if (current === null) return { change: null };
    const now = deps.surroundings.now();
    return {
      change: CLEARED_BY_ITSELF.has(effect.kind)
        ? clearEffects(current, [effect], now, 'the sweeper')
        : recordRepair(current, effect, now),
    };
  });
}

/** A waiting job's date has come, or a window of its has closed. */
async function takeDate(deps: Deps, jobId: JobId): Promise<void> {
  const change = await advanceJob(deps, jobId);
  if (change !== null) await carryOut(deps, change);
}

async function leave(deps: Deps, jobId: JobId): Promise<void> {
  const { change } = await changeJob(deps, async () => {
    const current = await deps.store.readJob(jobId);
    return { change: current === null ? null : endRetention(current, deps.surroundings.now()) };
  });
  if (change !== null) await carryOut(deps, change);
}

/**
 * Time is over for what the job's execution waits for: the trap's timeout answers, a pause has lasted too
 * long, an execution gets too old. Or the op's long wait is over: its token is told to try again.
 */
async function endWait(deps: Deps, jobId: JobId): Promise<void> {
  const { change, job } = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found === null) return { change: null, job: null };
    const context = { now: deps.surroundings.now(), liveness: deps.liveness };
    const ops = await readOpsOf(deps, found.job);
    return { change: endHold(found.job, found.spec, ops, context), job: found.job };
  });
  if (change !== null) await carryOut(deps, change);
  else if (job !== null) await tellTheTimeIsOver(deps, job);
}

async function tellTheTimeIsOver(deps: Deps, job: Job): Promise<void> {
  if (!isLive(job) || job.status === 'QUEUED' || isHeld(job)) return;
  const { activeOp, heldUntil } = job;
  if (activeOp === undefined || heldUntil === undefined || heldUntil > deps.surroundings.now()) return;
  const [op] = await deps.store.readSomeOps(job.id, job.attempt, [activeOp]);
  const answer = op === undefined ? null : answerFor(op);
  if (op !== undefined && answer !== null) await answerOpenToken(deps, op, answer);
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
  await lookAtWork(deps, job);
  const { group } = await readGroupOf(deps, job);
  return group !== undefined && (await lookAtFamily(deps, group));
}

/** Has the service asked that runs the job's op, in case the end of its work was never reported. */
async function lookAtWork(deps: Deps, job: LiveJob): Promise<void> {
  if (job.status === 'QUEUED' || job.activeOp === undefined || job.children !== undefined) return;
  const [op] = await deps.store.readSomeOps(job.id, job.attempt, [job.activeOp]);
  if (op?.status !== 'running' || !isServiceKind(deps.catalog.get(op.action)?.kind)) return;
  const { attempt, index, try: number } = op;
  await deps.actions.look(op.action, { jobId: job.id, attempt, op: index, try: number });
}

async function nextEntry(deps: Deps, jobId: JobId) {
  const current = await deps.store.readJob(jobId);
  return { change: current === null ? null : moveDueEntry(current, deps.surroundings.now()) };
}
