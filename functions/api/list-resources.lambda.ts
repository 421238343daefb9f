import { resourceShape } from '../../core/contract/api/semaphore-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { composeStore } from '../runtime/composition.ts';
import { semaphoresRoute } from '../runtime/semaphores-route.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /resources`: 200 `{items, cursor?}`, those of the project or the global ones, by name. `?name=`:
 * the one, with its `holders` and `waiters`; of jobs that the caller may not see only how much.
 *
 * Errors: ProjectRequired, InvalidCursor, ResourceNotFound.
 */
export function listResourcesRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return semaphoresRoute(deps, ROUTES['list-resources'], 'resource', resourceShape);
}

export const handler = listResourcesRoute({ store: composeStore(), surroundings });
