import { allowsOnJob, type Caller } from '../../core/access/caller.ts';
import { sessionParamsSchema } from '../../core/contract/api/session.ts';
import type { SessionJob } from '../../core/ports/session-store.ts';
import type { Surroundings } from '../../core/ports/surroundings.ts';
import type { GuardedRoute } from '../api/routes.ts';
import { type Answer, httpRoute } from './http-route.ts';
import { parseRequest, TAKES_NOTHING } from './parse-request.ts';

/** A request about a session, and of which of its jobs the caller may ask this. */
export interface SessionRequest {
  readonly caller: Caller;
  readonly sessionId: string;
  readonly mayAsk: (job: SessionJob) => boolean;
}

/**
 * A route below `/sessions/{session}`. A session is whatever jobs name it: its owner may ask about their
 * own jobs, and an operator about those of the project. To everybody else it has no jobs, like a session
 * that nobody knows.
 */
export function sessionRoute(
  deps: { readonly surroundings: Surroundings },
  route: GuardedRoute,
  handle: (request: SessionRequest) => Promise<Answer>,
) {
  const { permission, ofOwner = permission } = route;
  return httpRoute(deps, route, async ({ event, caller }) => {
    const parsed = parseRequest(event, { ...TAKES_NOTHING, params: sessionParamsSchema });
    if (!parsed.ok) return parsed;
    const mayAsk = (job: SessionJob) =>
      allowsOnJob(caller, job.owner === caller.user ? ofOwner : permission, job);
    return handle({ caller, sessionId: parsed.params.session, mayAsk });
  });
}
