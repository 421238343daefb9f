import { type BatchItem, submitBatchBodySchema } from '../../core/contract/api/submit-batch.ts';
import { refused } from '../../core/contract/error-codes.ts';
import { LIMITS } from '../../core/contract/limits.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { composeDeps } from '../runtime/composition.ts';
import { httpRoute } from '../runtime/http-route.ts';
import { parseRequest, TAKES_NOTHING } from '../runtime/parse-request.ts';
import { readYaml } from '../runtime/read-yaml.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { refusedItem, submitOne } from '../runtime/submit-one.ts';
import { ROUTES } from './routes.ts';

const TAKES = {
  ...TAKES_NOTHING,
  readYaml,
  body: submitBatchBodySchema,
  bodyBytes: LIMITS.batchBytes,
  tooLarge: 'BatchTooLarge',
} as const;

/** How long one call goes on: a job that is contended takes 4 s and more, and the function has 29 s. */
const SUBMITS_FOR_MS = 20_000;

/**
 * `POST /jobs/batch`: 200 `{items: [{status: 201, job} | {status, error}]}`, each job submitted by itself
 * in the order of the body, as by `POST /jobs` with an `idempotencyKey` of its own.
 *
 * Errors of the whole: a body that is no list of jobs; TooManyJobs, BatchTooLarge.
 */
export function submitBatchRoute(deps: Deps) {
  return httpRoute(deps, ROUTES['submit-batch'], async ({ event, caller }) => {
    const parsed = parseRequest(event, TAKES);
    if (!parsed.ok) return parsed;
    const until = deps.surroundings.now() + SUBMITS_FOR_MS;
    const items: BatchItem[] = [];
    for (const job of parsed.body.jobs) {
      const isOver = deps.surroundings.now() > until;
      items.push(isOver ? TOO_LATE : await submitOne(deps, caller, job));
    }
    return { status: 200, body: { items } };
  });
}

const TOO_LATE = refusedItem(
  refused('Contended', 'The jobs before this one took too long. Nothing was stored of it: submit it again.'),
);

export const handler = submitBatchRoute(composeDeps({ schedules: composeSchedules() }));
