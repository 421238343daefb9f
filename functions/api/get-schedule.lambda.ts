import type { ScheduleDeps } from '../../core/ports/schedule-deps.ts';
import { showSchedule } from '../../core/usecases/list-schedules.ts';
import { composeStore } from '../runtime/composition.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { composeScheduleStore } from '../runtime/recurring-composition.ts';
import { scheduleRoute } from '../runtime/schedule-route.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/** `GET /schedules/{id}`: 200 with the schedule, its next ten runs and its latest 20. */
export function getScheduleRoute(deps: Pick<ScheduleDeps, 'store' | 'scheduleStore' | 'surroundings'>) {
  return scheduleRoute(deps, {
    ...ROUTES['get-schedule'],
    ...TAKES_NOTHING,
    handle: async ({ schedule }) => ({ status: 200, body: await showSchedule(deps, schedule) }),
  });
}

export const handler = getScheduleRoute({
  store: composeStore(),
  scheduleStore: composeScheduleStore(),
  surroundings,
});
