import { commentBodySchema } from '../../core/contract/api/comment.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { rollBackJob } from '../../core/usecases/roll-back-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { saidBy } from '../runtime/said-by.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/rollback`: 200 with the job, which takes its locks and resources and then undoes what
 * all its attempts have done and not undone, as its next attempt.
 *
 * Errors: CommandRefused while it runs; NothingToUndo.
 */
export function rollBackJobRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['roll-back-job'],
    ...TAKES_NOTHING,
    body: commentBodySchema,
    handle: async ({ caller, job, body }) => {
      const rolledBack = await rollBackJob(deps, job.id, saidBy(caller, body));
      return rolledBack.ok ? { status: 200, body: jobShape(rolledBack.job) } : rolledBack;
    },
  });
}

export const handler = rollBackJobRoute(composeDeps({ schedules: composeSchedules() }));
