import type { Deps } from '../../core/ports/deps.ts';
import { deleteJob } from '../../core/usecases/delete-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { composeReacher } from '../runtime/reach-composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `DELETE /jobs/{id}`: 204, and the job is gone to every caller.
 *
 * Errors: CommandRefused while the job is not settled.
 */
export function deleteJobRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['delete-job'],
    ...TAKES_NOTHING,
    handle: async ({ caller, job }) => {
      const deleted = await deleteJob(deps, job.id, caller.user);
      return deleted.ok ? { status: 204 } : deleted;
    },
  });
}

export const handler = deleteJobRoute(
  composeDeps({ actions: composeReacher(), schedules: composeSchedules() }),
);
