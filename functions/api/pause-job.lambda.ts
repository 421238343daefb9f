import { commentBodySchema } from '../../core/contract/api/comment.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { pauseJob } from '../../core/usecases/pause-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { saidBy } from '../runtime/said-by.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/pause`: 200 with the job, which stops before its next op and keeps what it holds. It
 * fails, and is undone, if nobody resumes it within its `pause.window`.
 *
 * Errors: CommandRefused for what waits (unschedule it instead), is trapped, or is being undone.
 */
export function pauseJobRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['pause-job'],
    ...TAKES_NOTHING,
    body: commentBodySchema,
    handle: async ({ caller, job, body }) => {
      const paused = await pauseJob(deps, job.id, saidBy(caller, body));
      return paused.ok ? { status: 200, body: jobShape(paused.job) } : paused;
    },
  });
}

export const handler = pauseJobRoute(composeDeps({ schedules: composeSchedules() }));
