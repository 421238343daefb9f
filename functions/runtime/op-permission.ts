import type { Permission } from '../../core/access/permissions.ts';
import { opPathSchema } from '../../core/contract/api/worker-verbs.ts';
import type { Job } from '../../core/job/job.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { permissionOfOp } from '../../core/usecases/permission-of-op.ts';

/** What a request about the op in its path needs; an index that cannot be read is refused after that. */
export function opPermission(deps: Pick<Deps, 'store' | 'catalog'>) {
  return async (job: Job, path: Readonly<Record<string, string | undefined>>): Promise<Permission> => {
    const named = opPathSchema.safeParse({ index: path['index'] });
    return named.success ? permissionOfOp(deps, job.id, named.data.index) : 'job.work';
  };
}
