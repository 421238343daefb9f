import { jobShape } from '../../core/contract/api/job-shape.ts';
import { rerunJobBodySchema } from '../../core/contract/api/rerun-job.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { rerunJob } from '../../core/usecases/rerun-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { saidBy } from '../runtime/said-by.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/rerun`: 200 with the job, which waits or starts as its next attempt. Earlier attempts
 * stay readable: their ops by `GET /jobs/{id}/ops?attempt=`, their entries in the journal.
 *
 * Errors: CommandRefused while it runs, for what has completed under `rerunPolicy: strict`, and where
 * there is nothing to begin at.
 */
export function rerunJobRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['rerun-job'],
    ...TAKES_NOTHING,
    body: rerunJobBodySchema,
    handle: async ({ caller, job, body }) => {
      const rerun = await rerunJob(deps, job.id, {
        ...saidBy(caller, body),
        from: body.from,
        runNow: body.runNow,
      });
      return rerun.ok ? { status: 200, body: jobShape(rerun.job) } : rerun;
    },
  });
}

export const handler = rerunJobRoute(composeDeps({ schedules: composeSchedules() }));
