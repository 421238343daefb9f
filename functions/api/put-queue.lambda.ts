import { putQueueBodySchema, queuePathSchema } from '../../core/contract/api/put-queue.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { findQueue } from '../../core/usecases/list-queues.ts';
import { setQueue } from '../../core/usecases/set-queue.ts';
import { composeDeps } from '../runtime/composition.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `PUT /queues/{name+}`: 200 with the queue, made if there was none. What the body leaves out has no
 * limit then. Nothing is taken from jobs that run; what a higher limit lets in goes on at once.
 *
 * Errors: ProjectRequired, InvalidName.
 */
export function putQueueRoute(deps: Deps) {
  return projectRoute(deps, {
    ...ROUTES['put-queue'],
    ...TAKES_NOTHING,
    params: queuePathSchema,
    body: putQueueBodySchema,
    projectOf: ({ body }) => body.project,
    handle: async ({ project, params: { name }, body: { project: _named, ...limits } }) => {
      await setQueue(deps, { project, name }, limits);
      const found = await findQueue(deps, { project, name });
      return found.ok ? { status: 200, body: found.queue } : found;
    },
  });
}

export const handler = putQueueRoute(composeDeps({ schedules: composeSchedules() }));
