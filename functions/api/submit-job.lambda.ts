import { jobShape } from '../../core/contract/api/job-shape.ts';
import { idempotencyKeySchema, submitJobQuerySchema } from '../../core/contract/api/submit-job.ts';
import { submittedSpecSchema } from '../../core/contract/job-spec.ts';
import { parseInput } from '../../core/contract/parse-input.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { asStored, checkSubmission, submitJob } from '../../core/usecases/submit-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { headerOf } from '../runtime/http-event.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { readYaml } from '../runtime/read-yaml.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { submissionOf } from '../runtime/submission-of.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs`: 201 with the job and its `Location`, also when the same `Idempotency-Key` and body
 * made it before (then with `Idempotency-Replayed: true`). `?dryRun=true`: 200 `{dryRun, spec}`, the
 * specification as it would be stored.
 *
 * Errors: whatever is wrong with the specification, each problem with its own code; QueueDraining;
 * InvalidIdempotencyKey, IdempotencyKeyReused.
 */
export function submitJobRoute(deps: Deps) {
  return projectRoute(deps, {
    ...ROUTES['submit-job'],
    ...TAKES_NOTHING,
    query: submitJobQuerySchema,
    body: submittedSpecSchema,
    tooLarge: 'SpecTooLarge',
    readYaml,
    projectOf: ({ body }) => body.project,
    handle: async ({ event, caller, query, body: spec }) => {
      const key = parseInput(idempotencyKeySchema.optional(), headerOf(event, 'idempotency-key'));
      if (!key.ok) return key;
      if (query.dryRun) {
        const stored = asStored(deps, spec);
        const checked = await checkSubmission(deps, stored);
        return checked.ok ? { status: 200, body: { dryRun: true, spec: stored } } : checked;
      }
      const submitted = await submitJob(deps, submissionOf(caller, spec, key.value));
      if (!submitted.ok) return submitted;
      const { job, replayed } = submitted;
      const replay = replayed ? { 'idempotency-replayed': 'true' } : {};
      const headers = { location: `/jobs/${job.id}`, ...replay };
      return { status: 201, headers, body: jobShape(job) };
    },
  });
}

export const handler = submitJobRoute(composeDeps({ schedules: composeSchedules() }));
