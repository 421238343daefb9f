import { getJobQuerySchema } from '../../core/contract/api/get-job.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { getJob } from '../../core/usecases/get-job.ts';
import { composeStore } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /jobs/{id}`: 200 with the job, and `children` while it waits for some; with `?view=` also `views`, with `?fields=` also `fields`, the
 * values of Ganeti's fields in the asked order.
 *
 * Errors: UnknownView, UnknownField.
 */
export function getJobRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return jobRoute(deps, {
    ...ROUTES['get-job'],
    ...TAKES_NOTHING,
    query: getJobQuerySchema,
    handle: async ({ job, query }) => {
      const answered = await getJob(deps, job, query);
      if (!answered.ok) return answered;
      const { views, fields, children } = answered;
      return { status: 200, body: { ...jobShape(job), children, views, fields } };
    },
  });
}

export const handler = getJobRoute({ store: composeStore(), surroundings });
