import type { ScheduleDeps } from '../../core/ports/schedule-deps.ts';
import { removeSchedule } from '../../core/usecases/set-schedule.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { composeScheduleDeps } from '../runtime/recurring-composition.ts';
import { scheduleRoute } from '../runtime/schedule-route.ts';
import { ROUTES } from './routes.ts';

/** `DELETE /schedules/{id}`: 204, and it never runs again. Jobs that it has submitted go on. */
export function deleteScheduleRoute(deps: ScheduleDeps) {
  return scheduleRoute(deps, {
    ...ROUTES['delete-schedule'],
    ...TAKES_NOTHING,
    handle: async ({ schedule }) => {
      await removeSchedule(deps, schedule.id);
      return { status: 204 };
    },
  });
}

export const handler = deleteScheduleRoute(composeScheduleDeps());
