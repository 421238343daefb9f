import { jobShape } from '../../core/contract/api/job-shape.ts';
import { rescheduleJobBodySchema } from '../../core/contract/api/reschedule-job.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { rescheduleJob } from '../../core/usecases/reschedule-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { saidBy } from '../runtime/said-by.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/reschedule`: 200 with the job, which has left its line, given back what it held,
 * and waits for the new date; with `at: null` it stands as CREATED.
 *
 * Errors: CommandRefused once it starts.
 */
export function rescheduleJobRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['reschedule-job'],
    ...TAKES_NOTHING,
    body: rescheduleJobBodySchema,
    handle: async ({ caller, job, body }) => {
      const { at, startWithin } = body;
      const rescheduled = await rescheduleJob(deps, job.id, {
        ...saidBy(caller, body),
        at,
        ...(startWithin === undefined ? {} : { startWithinSeconds: startWithin }),
      });
      return rescheduled.ok ? { status: 200, body: jobShape(rescheduled.job) } : rescheduled;
    },
  });
}

export const handler = rescheduleJobRoute(composeDeps({ schedules: composeSchedules() }));
