import { refusedToSome } from '../../core/access/authorize.ts';
import { BULK_PERMISSIONS } from '../../core/access/bulk-permissions.ts';
import { bulkBodySchema } from '../../core/contract/api/bulk.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import { idempotencyKeySchema } from '../../core/contract/api/submit-job.ts';
import { parseInput } from '../../core/contract/parse-input.ts';
import { bulkSpec } from '../../core/job/bulk-job.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { findBulk } from '../../core/usecases/find-bulk.ts';
import { submitJob } from '../../core/usecases/submit-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { headerOf } from '../runtime/http-event.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { projectRoute } from '../runtime/project-route.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { submissionOf } from '../runtime/submission-of.ts';
import { ROUTES } from './routes.ts';

/** Jobs that a dry run shows. */
const SHOWN = 20;

/**
 * `POST /bulk`: 201 with a job of the caller that does it to every job that matches, each with the rights
 * of the caller; its op's result is `{matched, done, refused, refusals}`. `dryRun`: 200
 * `{dryRun, matched, more, items}`, and nothing is done.
 *
 * Errors: Forbidden for an action that the caller may do to no job of the project.
 */
export function bulkRoute(deps: Deps) {
  return projectRoute(deps, {
    ...ROUTES.bulk,
    ...TAKES_NOTHING,
    body: bulkBodySchema,
    projectOf: ({ body }) => body.project,
    handle: async ({ event, caller, project, body }) => {
      const refusal = refusedToSome(caller, BULK_PERMISSIONS[body.action], project);
      if (refusal !== null) return refusal;
      const key = parseInput(idempotencyKeySchema.optional(), headerOf(event, 'idempotency-key'));
      if (!key.ok) return key;
      if (body.dryRun) {
        const { jobs, more } = await findBulk(deps, project, body);
        const items = jobs.slice(0, SHOWN).map(jobShape);
        return { status: 200, body: { dryRun: true, matched: jobs.length, more, items } };
      }
      const submission = submissionOf(caller, bulkSpec(project, body), key.value);
      const submitted = await submitJob(deps, { ...submission, isOurs: true });
      if (!submitted.ok) return submitted;
      const headers = { location: `/jobs/${submitted.job.id}` };
      return { status: 201, headers, body: jobShape(submitted.job) };
    },
  });
}

export const handler = bulkRoute(composeDeps({ schedules: composeSchedules() }));
