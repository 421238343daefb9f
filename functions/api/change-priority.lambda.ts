import { changePriorityBodySchema } from '../../core/contract/api/change-priority.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { changePriority } from '../../core/usecases/change-priority.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/priority`: 200 `{message, job}`. What has begun keeps the priority it began with; a
 * job in line moves in it.
 *
 * Errors: OpNotFound; NothingPending; CommandRefused once the job ends.
 */
export function changePriorityRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['change-priority'],
    ...TAKES_NOTHING,
    body: changePriorityBodySchema,
    handle: async ({ caller, job, body: { priority, op } }) => {
      const changed = await changePriority(deps, job.id, {
        actor: caller.user,
        priority,
        ...(op === undefined ? {} : { op }),
      });
      if (!changed.ok) return changed;
      return { status: 200, body: { message: changed.answer.message, job: jobShape(changed.job) } };
    },
  });
}

export const handler = changePriorityRoute(composeDeps({ schedules: composeSchedules() }));
