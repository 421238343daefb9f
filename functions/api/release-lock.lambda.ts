import { JOB_NOT_FOUND } from '../../core/access/authorize.ts';
import { EVERY_PROJECT } from '../../core/access/caller.ts';
import { releaseLockBodySchema } from '../../core/contract/api/release-lock.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { keyScope } from '../../core/semaphore/scope.ts';
import { releaseLock } from '../../core/usecases/release-lock.ts';
import { composeDeps } from '../runtime/composition.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { permittedJob } from '../runtime/permitted-job.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /locks/release`: 204, the job has lost the lock, and the next in line has it. The job goes on
 * without it: its fence keeps it from writing over the next holder's work. A global lock needs the
 * permission in all projects.
 *
 * Errors: ProjectRequired; JobNotFound; LockNotHeld.
 */
export function releaseLockRoute(deps: Deps) {
  const route = ROUTES['release-lock'];
  return projectRoute(deps, {
    ...route,
    ...TAKES_NOTHING,
    body: releaseLockBodySchema,
    projectOf: ({ body }) => (body.scope === 'global' ? EVERY_PROJECT : body.project),
    handle: async ({ caller, project, body: { scope, name, jobId, reason } }) => {
      const found = await permittedJob(deps, caller, route, jobId);
      if (!found.ok) return found;
      const lock = { scope: keyScope(scope, project), name };
      const released = await releaseLock(deps, lock, found.job.id, { actor: caller.user, reason });
      if (released.ok) return { status: 204 };
      return released.refusal.code === 'JobNotFound' ? JOB_NOT_FOUND : released;
    },
  });
}

export const handler = releaseLockRoute(composeDeps({ schedules: composeSchedules() }));
