import { type Refused, refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { Change, Decision } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import type { Op } from '../op/op.ts';
import type { Deps } from '../ports/deps.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import type { Commanded } from './command-job.ts';
import { readJob } from './read-job.ts';
import { readOpsOf } from './read-ops.ts';

export type { Commanded } from './command-job.ts';

/** Gives a job at work a command: it is decided on the job and its ops alone, committed, and carried out. */
export async function commandLiveJob<Answer>(
  deps: Deps,
  jobId: JobId,
  decide: (job: Job, spec: JobSpec, ops: readonly Op[]) => Decision<Answer>,
): Promise<Commanded<Answer>> {
  const decided = await changeJob(
    deps,
    async (): Promise<
      | { readonly change: Change | null; readonly answer: Answer; readonly job: Job; readonly ok: true }
      | (Refused & { readonly change: null })
    > => {
      const found = await readJob(deps, jobId);
      if (found === null) return { ...refused('JobNotFound', `There is no job ${jobId}.`), change: null };
      const decision = decide(found.job, found.spec, await readOpsOf(deps, found.job));
      if (!decision.ok) return { ...decision, change: null };
      return { ...decision, job: decision.change?.job ?? found.job };
    },
  );
  if (!decided.ok) return { ok: false, refusal: decided.refusal };
  if (decided.change !== null) await carryOut(deps, decided.change);
  return { ok: true, answer: decided.answer, job: decided.job };
}
