import { type Caller, projectsOf, sees } from '../../core/access/caller.ts';
import { listSemaphoresQuerySchema } from '../../core/contract/api/list-semaphores.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { keyScope } from '../../core/semaphore/scope.ts';
import type { Semaphore } from '../../core/semaphore/semaphore.ts';
import { findSemaphore, listSemaphores, type SemaphoreClass } from '../../core/usecases/list-semaphores.ts';
import type { GuardedRoute } from '../api/routes.ts';
import { TAKES_NOTHING } from './parse-request.ts';
import { projectRoute } from './project-route.ts';

/** Lists the semaphores of a kind, each in its shape, or shows the one that is named. */
export function semaphoresRoute(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  route: GuardedRoute,
  kind: SemaphoreClass['kind'],
  shapeOf: (semaphore: Semaphore) => object,
) {
  return projectRoute(deps, {
    ...route,
    ...TAKES_NOTHING,
    query: listSemaphoresQuerySchema,
    projectOf: ({ caller, query }) => (query.scope === 'global' ? anyProject(caller, query) : query.project),
    handle: async ({ caller, project, query: { scope: asked, name, limit, cursor } }) => {
      const scope = keyScope(asked, project);
      if (name !== undefined) {
        const found = await findSemaphore(deps, { kind, scope, name }, (of) => sees(caller, of));
        if (!found.ok) return found;
        const { semaphore, holders, waiters } = found;
        return { status: 200, body: { items: [{ ...shapeOf(semaphore), holders, waiters }] } };
      }
      const page = await listSemaphores(deps, { kind, scope }, { limit, cursor });
      if (!page.ok) return page;
      return { status: 200, body: { items: page.semaphores.map(shapeOf), cursor: page.cursor } };
    },
  });
}

/** What is shared by all projects may be seen from any. */
function anyProject(
  caller: Caller,
  { project }: { readonly project?: string | undefined },
): string | undefined {
  return project ?? projectsOf(caller)[0];
}
