import type { Permission } from '../access/permissions.ts';
import type { JobId } from '../job/identifiers.ts';
import { plannedCall } from '../job/plan.ts';
import type { Deps } from '../ports/deps.ts';

/** What answering for an op needs: what a person is to do is the operators', all else the workers'. */
export async function permissionOfOp(
  { store, catalog }: Pick<Deps, 'store' | 'catalog'>,
  jobId: JobId,
  op: number,
): Promise<Permission> {
  const spec = await store.readSpec(jobId);
  const action = spec === null ? undefined : plannedCall(spec, op)?.call.action;
  return action !== undefined && catalog.get(action)?.kind === 'manual' ? 'job.operate' : 'job.work';
}
