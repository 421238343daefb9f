import { cancelJobBodySchema } from '../../core/contract/api/cancel-job.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { cancelAs } from '../runtime/cancel-as.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { composeReacher } from '../runtime/reach-composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/cancel`: 200 `{outcome, message, job}`. What it yields depends on the job's state
 * when it is processed: `canceled` at once, or `canceling` while work is stopped and undone.
 *
 * Errors: CommandRefused, naming the status and what is possible; AlreadyStarted for onlyIfQueued;
 * Forbidden for force without job.operate.
 */
export function cancelJobRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['cancel-job'],
    ...TAKES_NOTHING,
    body: cancelJobBodySchema,
    handle: async ({ caller, job, body }) => {
      const canceled = await cancelAs(deps, caller, job, body);
      if (!canceled.ok) return canceled;
      return { status: 200, body: { ...canceled.answer, job: jobShape(canceled.job) } };
    },
  });
}

export const handler = cancelJobRoute(
  composeDeps({ actions: composeReacher(), schedules: composeSchedules() }),
);
