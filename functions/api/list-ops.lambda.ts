import { listOpsQuerySchema } from '../../core/contract/api/list-ops.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { listOps } from '../../core/usecases/list-ops.ts';
import { composeStore } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /jobs/{id}/ops`: 200 `{items, cursor?}`, the ops in order and behind them the rollbacks that have
 * begun; a cursor only where their results are too large for one answer. What the current attempt does
 * not run again reads as an earlier one left it; `?attempt=` shows what had begun in an earlier one.
 *
 * Errors: InvalidCursor; AttemptNotFound.
 */
export function listOpsRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return jobRoute(deps, {
    ...ROUTES['list-ops'],
    ...TAKES_NOTHING,
    query: listOpsQuerySchema,
    handle: async ({ job, query }) => {
      const page = await listOps(deps, job, query);
      return page.ok ? { status: 200, body: { items: page.ops, cursor: page.cursor } } : page;
    },
  });
}

export const handler = listOpsRoute({ store: composeStore(), surroundings });
