import { jobShape } from '../../core/contract/api/job-shape.ts';
import { listJobsQuerySchema } from '../../core/contract/api/list-jobs.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { listJobs } from '../../core/usecases/list-jobs.ts';
import { composeStore } from '../runtime/composition.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /jobs`: 200 `{items, cursor?}`, jobs of one project, newest first. A page may be shorter than
 * asked for, even empty, and have a cursor all the same: a rare filter ends before it takes too long.
 *
 * Errors: ProjectRequired; InvalidCursor for one of another project or filter.
 */
export function listJobsRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return projectRoute(deps, {
    ...ROUTES['list-jobs'],
    ...TAKES_NOTHING,
    query: listJobsQuerySchema,
    projectOf: ({ query }) => query.project,
    handle: async ({ project, query: { limit, cursor, ...filter } }) => {
      const page = await listJobs(deps, project, filter, { limit, cursor });
      if (!page.ok) return page;
      return { status: 200, body: { items: page.jobs.map(jobShape), cursor: page.cursor } };
    },
  });
}

export const handler = listJobsRoute({ store: composeStore(), surroundings });
