import { lockShape } from '../../core/contract/api/semaphore-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { composeStore } from '../runtime/composition.ts';
import { semaphoresRoute } from '../runtime/semaphores-route.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /locks`: 200 `{items, cursor?}`, those of the project or the global ones, by name. `?name=`:
 * the one, with its `holders` and `waiters`; of jobs that the caller may not see only how they hold it.
 *
 * Errors: ProjectRequired, InvalidCursor, LockNotFound.
 */
export function listLocksRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return semaphoresRoute(deps, ROUTES['list-locks'], 'lock', lockShape);
}

export const handler = listLocksRoute({ store: composeStore(), surroundings });
