import { commentBodySchema } from '../../core/contract/api/comment.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { decideApproval } from '../../core/usecases/decide-approval.ts';
import { approverOf } from '../runtime/approver-of.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/reject`: 200 with the job, REJECTED: it stands still until somebody reruns or cancels it.
 *
 * Errors: NotAnApprover; CommandRefused for a job that does not wait for approval, or not any more.
 */
export function rejectJobRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['reject-job'],
    ...TAKES_NOTHING,
    body: commentBodySchema,
    handle: async ({ caller, job, body }) => {
      const decided = await decideApproval(deps, job.id, 'reject', approverOf(caller, job, body));
      return decided.ok ? { status: 200, body: jobShape(decided.job) } : decided;
    },
  });
}

export const handler = rejectJobRoute(composeDeps({ schedules: composeSchedules() }));
