import { completeOpBodySchema, opPathSchema } from '../../core/contract/api/worker-verbs.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { completeOp } from '../../core/usecases/complete-op.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { opPermission } from '../runtime/op-permission.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/ops/{index}/complete`: 204, the try succeeded and its result is stored.
 *
 * Errors: OpNotFound, NotAWorkersOp, OpNotStarted, ResultTooLarge; CompletionRepeated, which a worker
 * whose answer was lost may take for a 204; CompletionLate, AttemptSuperseded, TrySuperseded.
 */
export function completeOpRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['complete-op'],
    ...TAKES_NOTHING,
    params: opPathSchema,
    permissionOf: opPermission(deps),
    body: completeOpBodySchema,
    tooLarge: 'ResultTooLarge',
    handle: async ({ caller, job, params, body }) => {
      const completed = await completeOp(deps, job.id, { ...body, op: params.index, actor: caller.user });
      return completed.ok ? { status: 204 } : completed;
    },
  });
}

export const handler = completeOpRoute(composeDeps());
