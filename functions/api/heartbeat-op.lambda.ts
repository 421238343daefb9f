import { heartbeatBodySchema, opPathSchema } from '../../core/contract/api/worker-verbs.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { heartbeatOp } from '../../core/usecases/heartbeat-op.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { opPermission } from '../runtime/op-permission.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/ops/{index}/heartbeat`: 204, the try is still wanted.
 *
 * Errors: as of complete; each says that the worker should stop.
 */
export function heartbeatOpRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['heartbeat-op'],
    ...TAKES_NOTHING,
    params: opPathSchema,
    permissionOf: opPermission(deps),
    body: heartbeatBodySchema,
    handle: async ({ caller, job, params, body }) => {
      const alive = await heartbeatOp(deps, job.id, { ...body, op: params.index, actor: caller.user });
      return alive.ok ? { status: 204 } : alive;
    },
  });
}

export const handler = heartbeatOpRoute(composeDeps());
