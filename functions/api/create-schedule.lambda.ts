import { groupsIn } from '../../core/access/caller.ts';
import { createScheduleBodySchema } from '../../core/contract/api/schedules.ts';
import type { ScheduleDeps } from '../../core/ports/schedule-deps.ts';
import { shapeOf } from '../../core/usecases/list-schedules.ts';
import { createSchedule } from '../../core/usecases/set-schedule.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { readYaml } from '../runtime/read-yaml.ts';
import { composeScheduleDeps } from '../runtime/recurring-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /schedules`: 201 with the schedule and its `Location`.
 *
 * Errors: ProjectRequired; InvalidScheduleExpression, UnknownTimeZone; whatever is wrong with the job,
 * each problem with the code that its submission would have and a path from `job.` on.
 */
export function createScheduleRoute(deps: ScheduleDeps) {
  return projectRoute(deps, {
    ...ROUTES['create-schedule'],
    ...TAKES_NOTHING,
    body: createScheduleBodySchema,
    tooLarge: 'SpecTooLarge',
    readYaml,
    projectOf: ({ body }) => body.project,
    handle: async ({ caller, project, body: { project: _named, ...settings } }) => {
      const submitter = { user: caller.user, groups: groupsIn(caller, project) };
      const made = await createSchedule(deps, project, settings, submitter);
      if (!made.ok) return made;
      const headers = { location: `/schedules/${made.schedule.id}` };
      return { status: 201, headers, body: await shapeOf(deps, made.schedule) };
    },
  });
}

export const handler = createScheduleRoute(composeScheduleDeps());
