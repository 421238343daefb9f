import { commentBodySchema } from '../../core/contract/api/comment.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { confirmJob } from '../../core/usecases/confirm-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { saidBy } from '../runtime/said-by.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/confirm`: 200 with the job, which goes on to its approval, its date or its queue.
 * Its owner may confirm it too.
 *
 * Errors: CommandRefused for a job that is not CREATED.
 */
export function confirmJobRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['confirm-job'],
    ...TAKES_NOTHING,
    body: commentBodySchema,
    handle: async ({ caller, job, body }) => {
      const confirmed = await confirmJob(deps, job.id, saidBy(caller, body));
      return confirmed.ok ? { status: 200, body: jobShape(confirmed.job) } : confirmed;
    },
  });
}

export const handler = confirmJobRoute(composeDeps({ schedules: composeSchedules() }));
