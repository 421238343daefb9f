import { jobShape } from '../../core/contract/api/job-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { readSession } from '../../core/usecases/read-session.ts';
import { composeStore } from '../runtime/composition.ts';
import { sessionRoute } from '../runtime/session-route.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /sessions/{session}`: 200 `{sessionId, live, items}`, the jobs of the session that have not
 * settled, as a warning before a logout. A session without any reads as one that nobody knows.
 */
export function getSessionRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return sessionRoute(deps, ROUTES['get-session'], async ({ sessionId, mayAsk }) => {
    const { live, jobs } = await readSession(deps, sessionId, mayAsk);
    return { status: 200, body: { sessionId, live, items: jobs.map(jobShape) } };
  });
}

export const handler = getSessionRoute({ store: composeStore(), surroundings });
