import { JOB_NOT_FOUND, projectMeant, refusedInProject } from '../../core/access/authorize.ts';
import { republishBodySchema } from '../../core/contract/api/republish.ts';
import type { Surroundings } from '../../core/ports/surroundings.ts';
import { type RepublishDeps, republishJob } from '../../core/usecases/republish-job.ts';
import { republishRange } from '../../core/usecases/republish-range.ts';
import { composePublisher, composeStore } from '../runtime/composition.ts';
import { httpRoute } from '../runtime/http-route.ts';
import { parseRequest, TAKES_NOTHING } from '../runtime/parse-request.ts';
import { permittedJob } from '../runtime/permitted-job.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /republish`: 200 `{republished, cursor?}`, the events of a job or of a time range sent once
 * more; with a cursor, the same body with it sends the rest.
 *
 * Errors: JobNotFound, ProjectRequired, InvalidCursor; PublishingFailed (503), to be asked again.
 */
export function republishRoute(deps: RepublishDeps & { readonly surroundings: Surroundings }) {
  const route = ROUTES.republish;
  return httpRoute(deps, route, async ({ event, caller }) => {
    const parsed = parseRequest(event, { ...TAKES_NOTHING, body: republishBodySchema });
    if (!parsed.ok) return parsed;
    const { body } = parsed;
    if ('jobId' in body) {
      const found = await permittedJob(deps, caller, route, body.jobId);
      if (!found.ok) return found;
      if (body.project !== undefined && body.project !== found.job.project) return JOB_NOT_FOUND;
      const sent = await republishJob(deps, found.job, body.cursor);
      return sent.ok ? { status: 200, body: { republished: sent.republished, cursor: sent.cursor } } : sent;
    }
    const meant = projectMeant(caller, body.project);
    if (!meant.ok) return meant;
    const refusal = refusedInProject(caller, route.permission, meant.project);
    if (refusal !== null) return refusal;
    const { from, to, cursor } = body;
    const sent = await republishRange(deps, meant.project, { from, to }, cursor);
    return sent.ok ? { status: 200, body: { republished: sent.republished, cursor: sent.cursor } } : sent;
  });
}

export const handler = republishRoute({ store: composeStore(), publisher: composePublisher(), surroundings });
