import type * as z from 'zod';
import { refusedOnJob } from '../../core/access/authorize.ts';
import type { Caller } from '../../core/access/caller.ts';
import type { cancelJobBodySchema } from '../../core/contract/api/cancel-job.ts';
import type { Job } from '../../core/job/job.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { type Canceled, cancelJob } from '../../core/usecases/cancel-job.ts';

/** Cancels a job that the caller may cancel; by force only if they may operate, too. */
export async function cancelAs(
  deps: Deps,
  caller: Caller,
  job: Job,
  { reason, ...command }: z.output<typeof cancelJobBodySchema>,
): Promise<Canceled> {
  const refusal = command.force ? refusedOnJob(caller, 'job.operate', job) : null;
  if (refusal !== null) return refusal;
  const said = reason === undefined ? {} : { reason };
  return cancelJob(deps, job.id, { ...command, ...said, actor: caller.user });
}
