import { namesOfCallers } from '../../core/contract/action-catalog.ts';
import { listActionsQuerySchema } from '../../core/contract/api/list-actions.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { composeCatalog } from '../runtime/composition.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /actions`: 200 `{items: [{name, kind}]}`, what ops may call, by name. What stands behind a
 * name is nobody's business here.
 *
 * Errors: ProjectRequired.
 */
export function listActionsRoute(deps: Pick<Deps, 'catalog' | 'surroundings'>) {
  return projectRoute(deps, {
    ...ROUTES['list-actions'],
    ...TAKES_NOTHING,
    query: listActionsQuerySchema,
    projectOf: ({ query }) => query.project,
    handle: async () => {
      const items = namesOfCallers(deps.catalog).map((name) => ({
        name,
        kind: deps.catalog.get(name)?.kind,
      }));
      return { status: 200, body: { items } };
    },
  });
}

export const handler = listActionsRoute({ catalog: composeCatalog(), surroundings });
