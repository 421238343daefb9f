import { answerTrapBodySchema } from '../../core/contract/api/answer-trap.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { answerTrap } from '../../core/usecases/answer-trap.ts';
import { composeDeps } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { saidBy } from '../runtime/said-by.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/trap`: 200 with the job. `retry` tries the op once more, `skip` lets the job go on as
 * if it had succeeded, `abort` fails it; `pause` stops the trap's countdown and `resume` starts it again.
 *
 * Errors: CommandRefused for a job that is not trapped; the refusal is in its journal.
 */
export function answerTrapRoute(deps: Deps) {
  return jobRoute(deps, {
    ...ROUTES['answer-trap'],
    ...TAKES_NOTHING,
    body: answerTrapBodySchema,
    handle: async ({ caller, job, body }) => {
      const answered = await answerTrap(deps, job.id, {
        ...saidBy(caller, body),
        answer: body.answer,
      });
      return answered.ok ? { status: 200, body: jobShape(answered.job) } : answered;
    },
  });
}

export const handler = answerTrapRoute(composeDeps({ schedules: composeSchedules() }));
