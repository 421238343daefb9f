import { listSchedulesQuerySchema } from '../../core/contract/api/schedules.ts';
import type { ScheduleDeps } from '../../core/ports/schedule-deps.ts';
import { listSchedules } from '../../core/usecases/list-schedules.ts';
import { composeStore } from '../runtime/composition.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { composeScheduleStore } from '../runtime/recurring-composition.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /schedules`: 200 `{items, cursor?}`, the project's schedules, oldest first.
 *
 * Errors: ProjectRequired, InvalidCursor.
 */
export function listSchedulesRoute(deps: Pick<ScheduleDeps, 'store' | 'scheduleStore' | 'surroundings'>) {
  return projectRoute(deps, {
    ...ROUTES['list-schedules'],
    ...TAKES_NOTHING,
    query: listSchedulesQuerySchema,
    projectOf: ({ query }) => query.project,
    handle: async ({ project, query: { limit, cursor } }) => {
      const page = await listSchedules(deps, project, { limit, cursor });
      if (!page.ok) return page;
      return { status: 200, body: { items: page.items, cursor: page.cursor } };
    },
  });
}

export const handler = listSchedulesRoute({
  store: composeStore(),
  scheduleStore: composeScheduleStore(),
  surroundings,
});
