import { type Refused, refused } from '../contract/error-codes.ts';
import { type CancelAnswer, type CancelCommand, cancelJob as decideCancel } from '../job/cancel-job.ts';
import type { Change } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import { endingOf, type Job } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readEndFacts } from './read-facts.ts';
import { readJob } from './read-job.ts';
import { readOpsOf } from './read-ops.ts';

export type Canceled = { readonly ok: true; readonly answer: CancelAnswer; readonly job: Job } | Refused;

/** Cancels, by the state the job is in when the cancel is processed, and stops what runs. */
export async function cancelJob(deps: Deps, jobId: JobId, command: CancelCommand): Promise<Canceled> {
  const decided = await changeJob(deps, async (): Promise<Canceled & { readonly change: Change | null }> => {
    const found = await readJob(deps, jobId);
    if (found === null) return { ...refused('JobNotFound', `There is no job ${jobId}.`), change: null };
    const ops = await readOpsOf(deps, found.job);
    const facts = await readEndFacts(deps, found.job, found.spec);
    const decision = decideCancel(found.job, ops, command, { ...facts, liveness: deps.liveness });
    if (!decision.ok) return { ...decision, change: null };
    return {
      ok: true,
      change: decision.change,
      answer: decision.answer,
      job: decision.change?.job ?? found.job,
    };
  });
  if (!decided.ok) return decided;
  if (decided.change === null) return { ok: true, answer: decided.answer, job: decided.job };
  await carryOut(deps, decided.change);
  return { ok: true, answer: decided.answer, job: await afterwards(deps, decided.job) };
}

/** A job that somebody waits for has given back what it held by now, and ended. */
async function afterwards(deps: Pick<Deps, 'store'>, job: Job): Promise<Job> {
  if (endingOf(job) === undefined) return job;
  return (await deps.store.readJob(job.id)) ?? job;
}
