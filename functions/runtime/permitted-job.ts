import { JOB_NOT_FOUND, refusedOnJob } from '../../core/access/authorize.ts';
import { type Caller, sees } from '../../core/access/caller.ts';
import type { Permission } from '../../core/access/permissions.ts';
import type { Refused } from '../../core/contract/error-codes.ts';
import { isDeleted } from '../../core/job/delete-job.ts';
import { jobIdSchema } from '../../core/job/identifiers.ts';
import type { Job } from '../../core/job/job.ts';
import type { Deps } from '../../core/ports/deps.ts';
import type { GuardedRoute } from '../api/routes.ts';

/** What a caller needs to do something to a job. */
export interface Needed extends Pick<GuardedRoute, 'permission' | 'ofOwner'> {
  /** Where it depends on what of the job is meant. */
  readonly permissionOf?: (job: Job) => Promise<Permission>;
}

/**
 * The job that a caller names, if they may do this to it. Its project and owner never change, so what
 * is found now holds when the command is decided.
 */
export async function permittedJob(
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  { permission, ofOwner = permission, permissionOf }: Needed,
  named: string | undefined,
): Promise<{ readonly ok: true; readonly job: Job } | Refused> {
  const id = jobIdSchema.safeParse(named);
  const job = id.success ? await store.readJob(id.data) : null;
  if (job === null || isDeleted(job)) return JOB_NOT_FOUND;
  if (!sees(caller, job.project)) return JOB_NOT_FOUND;
  const usual = job.owner === caller.user ? ofOwner : permission;
  const needed = permissionOf === undefined ? usual : await permissionOf(job);
  return refusedOnJob(caller, needed, job) ?? { ok: true, job };
}
