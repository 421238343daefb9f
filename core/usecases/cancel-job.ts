import { type Refused, refused } from '../contract/error-codes.ts';
import { type CancelAnswer, type CancelCommand, cancelJob as decideCancel } from '../job/cancel-job.ts';
import type { Change } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import { isLive, type Job } from '../job/job.ts';
import { clearEffect } from '../job/settle-debts.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { readJob } from './read-job.ts';
import { runEffect, runEffects } from './run-effect.ts';

export type Canceled = { readonly ok: true; readonly answer: CancelAnswer; readonly job: Job } | Refused;

/** Cancels, by the state the job is in when the cancel is processed, and stops what runs. */
export async function cancelJob(deps: Deps, jobId: JobId, command: CancelCommand): Promise<Canceled> {
  const decided = await changeJob(deps, async (): Promise<Canceled & { readonly change: Change | null }> => {
    const found = await readJob(deps, jobId);
    if (found === null) return { ...refused('JobNotFound', `There is no job ${jobId}.`), change: null };
    const ops = await deps.store.readOps(jobId, found.job.attempt);
    const context = { now: deps.surroundings.now(), liveness: deps.liveness };
    const decision = decideCancel(found.job, found.spec, ops, command, context);
    if (!decision.ok) return { ...decision, change: null };
    return {
      ok: true,
      change: decision.change,
      answer: decision.answer,
      job: decision.change?.job ?? found.job,
    };
  });
  if (!decided.ok) return decided;
  if (isLive(decided.job)) await runEffects(deps, decided.job);
  else await settleDebts(deps, decided.job);
  return { ok: true, answer: decided.answer, job: decided.job };
}

/** A job that has ended makes no further commit that would prove an effect done: it is cleared by its own. */
export async function settleDebts(deps: Deps, job: Job): Promise<void> {
  for (const effect of job.owed) {
    try {
      await runEffect(deps, job, effect);
      if (effect.kind === 'delete') return;
      await changeJob(deps, async () => {
        const current = await deps.store.readJob(job.id);
        return { change: current === null ? null : clearEffect(current, effect, deps.surroundings.now()) };
      });
    } catch (error) {
      // What comes after it may need it: a job is not removed before its execution is stopped.
      deps.reportOwed(effect.kind, error);
      return;
    }
  }
}
