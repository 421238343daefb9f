import type { Refused } from '../contract/error-codes.ts';
import type { JobId } from '../job/identifiers.ts';
import { type ForcedRelease, releaseByForce } from '../job/release-by-force.ts';
import type { Deps } from '../ports/deps.ts';
import { commandJob } from './command-job.ts';

/** Takes a lock from the job that holds it; the next in line has it then. */
export async function releaseLock(
  deps: Deps,
  lock: { readonly scope: string; readonly name: string },
  jobId: JobId,
  command: ForcedRelease,
): Promise<{ readonly ok: true } | Refused> {
  const released = await commandJob(deps, jobId, (job, facts) =>
    releaseByForce(job, { ...lock, kind: 'lock' }, command, facts),
  );
  return released.ok ? { ok: true } : released;
}
