import { commentBodySchema } from '../../core/contract/api/comment.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { resumeJob } from '../../core/usecases/resume-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { saidBy } from '../runtime/said-by.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/resume`: 200 with the job, which runs on, or does not pause after all.
 *
 * Errors: CommandRefused for what neither runs nor is paused.
 */
export function resumeJobRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['resume-job'],
    ...TAKES_NOTHING,
    body: commentBodySchema,
    handle: async ({ caller, job, body }) => {
      const resumed = await resumeJob(deps, job.id, saidBy(caller, body));
      return resumed.ok ? { status: 200, body: jobShape(resumed.job) } : resumed;
    },
  });
}

export const handler = resumeJobRoute(composeDeps({ schedules: composeSchedules() }));
