import { listQueuesQuerySchema } from '../../core/contract/api/list-queues.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { findQueue, listQueues } from '../../core/usecases/list-queues.ts';
import { composeStore } from '../runtime/composition.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /queues`: 200 `{items}`, the project's queues by name, with their limits and how many jobs run
 * and wait. `?name=`: the one, with its `holders` and `waiters`.
 *
 * Errors: ProjectRequired, QueueNotFound.
 */
export function listQueuesRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return projectRoute(deps, {
    ...ROUTES['list-queues'],
    ...TAKES_NOTHING,
    query: listQueuesQuerySchema,
    projectOf: ({ query }) => query.project,
    handle: async ({ project, query: { name } }) => {
      if (name === undefined) return { status: 200, body: { items: await listQueues(deps, project) } };
      const found = await findQueue(deps, { project, name });
      return found.ok ? { status: 200, body: { items: [found.queue] } } : found;
    },
  });
}

export const handler = listQueuesRoute({ store: composeStore(), surroundings });
