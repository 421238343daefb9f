import { failOpBodySchema, opPathSchema } from '../../core/contract/api/worker-verbs.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { failOp } from '../../core/usecases/fail-op.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { opPermission } from '../runtime/op-permission.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/ops/{index}/fail`: 204, the try failed; another try, or what the op declared for
 * its error, follows.
 *
 * Errors: as of complete; MessageTooLarge for the error's message or detail.
 */
export function failOpRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['fail-op'],
    ...TAKES_NOTHING,
    params: opPathSchema,
    permissionOf: opPermission(deps),
    body: failOpBodySchema,
    handle: async ({ caller, job, params, body }) => {
      const failed = await failOp(deps, job.id, { ...body, op: params.index, actor: caller.user });
      return failed.ok ? { status: 204 } : failed;
    },
  });
}

export const handler = failOpRoute(composeDeps());
