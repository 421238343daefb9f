import { EVERY_PROJECT, sees } from '../../core/access/caller.ts';
import { putResourceBodySchema } from '../../core/contract/api/put-resource.ts';
import { resourceShape } from '../../core/contract/api/semaphore-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { keyScope } from '../../core/semaphore/scope.ts';
import { findSemaphore } from '../../core/usecases/list-semaphores.ts';
import { setResource } from '../../core/usecases/set-resource.ts';
import { composeDeps } from '../runtime/composition.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `PUT /resources`: 200 with the resource, made if there was none. Nothing is taken from jobs that hold
 * units; what more of them let in goes on at once. A global one needs the permission in all projects.
 *
 * Errors: ProjectRequired.
 */
export function putResourceRoute(deps: Deps) {
  return projectRoute(deps, {
    ...ROUTES['put-resource'],
    ...TAKES_NOTHING,
    body: putResourceBodySchema,
    projectOf: ({ body }) => (body.scope === 'global' ? EVERY_PROJECT : body.project),
    handle: async ({ caller, project, body: { scope: asked, name, capacity, paused } }) => {
      const scope = keyScope(asked, project);
      await setResource(deps, { scope, name }, { capacity, paused });
      const found = await findSemaphore(deps, { kind: 'resource', scope, name }, (of) => sees(caller, of));
      if (!found.ok) return found;
      const { semaphore, holders, waiters } = found;
      return { status: 200, body: { ...resourceShape(semaphore), holders, waiters } };
    },
  });
}

export const handler = putResourceRoute(composeDeps({ schedules: composeSchedules() }));
