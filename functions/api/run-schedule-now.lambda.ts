import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { ScheduleDeps } from '../../core/ports/schedule-deps.ts';
import { runScheduleNow } from '../../core/usecases/run-schedule.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { composeScheduleDeps } from '../runtime/recurring-composition.ts';
import { scheduleRoute } from '../runtime/schedule-route.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /schedules/{id}/run`: 201 with the job and its `Location`, also of a schedule that is disabled.
 * Its rhythm stays as it is.
 *
 * Errors: ScheduleRunning where its overlap policy is `skip` and its last job has not settled; whatever
 * is wrong with the job now.
 */
export function runScheduleNowRoute(deps: ScheduleDeps) {
  return scheduleRoute(deps, {
    ...ROUTES['run-schedule-now'],
    ...TAKES_NOTHING,
    handle: async ({ caller, schedule }) => {
      const ran = await runScheduleNow(deps, schedule.id, caller.user);
      if (!ran.ok) return ran;
      return { status: 201, headers: { location: `/jobs/${ran.job.id}` }, body: jobShape(ran.job) };
    },
  });
}

export const handler = runScheduleNowRoute(composeScheduleDeps());
