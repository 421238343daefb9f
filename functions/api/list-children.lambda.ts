import { listChildrenQuerySchema } from '../../core/contract/api/list-children.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { listChildren } from '../../core/usecases/list-children.ts';
import { composeStore } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /jobs/{id}/children`: 200 `{children?, items, cursor?}`, the children of an op with how many of them
 * have ended; without `?op=` those of the latest op that has any. A job without children has no items.
 *
 * Errors: InvalidCursor.
 */
export function listChildrenRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return jobRoute(deps, {
    ...ROUTES['list-children'],
    ...TAKES_NOTHING,
    query: listChildrenQuerySchema,
    handle: async ({ job, query }) => {
      const listed = await listChildren(deps, job, query);
      return listed.ok ? { status: 200, body: listed.list } : listed;
    },
  });
}

export const handler = listChildrenRoute({ store: composeStore(), surroundings });
