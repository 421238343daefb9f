import { entryShape } from '../../core/contract/api/entry-shape.ts';
import { logBodySchema, opPathSchema } from '../../core/contract/api/worker-verbs.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { logOp } from '../../core/usecases/log-op.ts';
import { composeCatalog, composeStore } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { opPermission } from '../runtime/op-permission.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/ops/{index}/log`: 201 with the journal entry that the running try has written.
 *
 * Errors: as of complete; MessageTooLarge.
 */
export function logOpRoute(deps: Pick<Deps, 'store' | 'catalog' | 'surroundings'>) {
  return jobRoute(deps, {
    ...ROUTES['log-op'],
    ...TAKES_NOTHING,
    params: opPathSchema,
    permissionOf: opPermission(deps),
    body: logBodySchema,
    handle: async ({ caller, job, params, body }) => {
      const logged = await logOp(deps, job.id, { ...body, op: params.index, actor: caller.user });
      return logged.ok ? { status: 201, body: entryShape(logged.entry) } : logged;
    },
  });
}

export const handler = logOpRoute({ store: composeStore(), catalog: composeCatalog(), surroundings });
