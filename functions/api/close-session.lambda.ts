import type { Deps } from '../../core/ports/deps.ts';
import { closeSession } from '../../core/usecases/close-session.ts';
import { composeDeps } from '../runtime/composition.ts';
import { composeReacher } from '../runtime/reach-composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { sessionRoute } from '../runtime/session-route.ts';
import { ROUTES } from './routes.ts';

/**
 * `DELETE /sessions/{session}`, a confirmed logout: 200 `{sessionId, canceled, canceling, refused, left}`.
 * Every live job of the session is canceled; with many of them, asked again while some are `left`.
 */
export function closeSessionRoute(deps: Deps) {
  return sessionRoute(deps, ROUTES['close-session'], async ({ caller, sessionId, mayAsk }) => {
    const closed = await closeSession(deps, sessionId, mayAsk, caller.user);
    return { status: 200, body: { sessionId, ...closed } };
  });
}

export const handler = closeSessionRoute(
  composeDeps({ actions: composeReacher(), schedules: composeSchedules() }),
);
