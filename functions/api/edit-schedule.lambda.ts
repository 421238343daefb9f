import { groupsIn } from '../../core/access/caller.ts';
import { editScheduleBodySchema } from '../../core/contract/api/schedules.ts';
import type { ScheduleDeps } from '../../core/ports/schedule-deps.ts';
import { shapeOf } from '../../core/usecases/list-schedules.ts';
import { editSchedule } from '../../core/usecases/set-schedule.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { readYaml } from '../runtime/read-yaml.ts';
import { composeScheduleDeps } from '../runtime/recurring-composition.ts';
import { scheduleRoute } from '../runtime/schedule-route.ts';
import { ROUTES } from './routes.ts';

/**
 * `PUT /schedules/{id}`: 200 with the schedule. What the body leaves out gets its default; `enabled:
 * false` stops it. Its jobs are the editor's from then on.
 *
 * Errors: as of `POST /schedules`; ScheduleChanged when it was edited since the `version` of the body.
 */
export function editScheduleRoute(deps: ScheduleDeps) {
  return scheduleRoute(deps, {
    ...ROUTES['edit-schedule'],
    ...TAKES_NOTHING,
    body: editScheduleBodySchema,
    tooLarge: 'SpecTooLarge',
    readYaml,
    handle: async ({ caller, schedule, body: { version: readAt, ...settings } }) => {
      const groups = groupsIn(caller, schedule.project);
      const edited = await editSchedule(deps, schedule, settings, { user: caller.user, groups, readAt });
      return edited.ok ? { status: 200, body: await shapeOf(deps, edited.schedule) } : edited;
    },
  });
}

export const handler = editScheduleRoute(composeScheduleDeps());
