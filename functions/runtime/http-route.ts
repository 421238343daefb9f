import middy from '@middy/core';
import type { Caller } from '../../core/access/caller.ts';
import type { Refused } from '../../core/contract/error-codes.ts';
import type { Surroundings } from '../../core/ports/surroundings.ts';
import type { GuardedRoute } from '../api/routes.ts';
import { COGNITO_USER_CLAIMS, callerOfToken } from './caller-of-token.ts';
import { claimsEnvironment } from './environment.ts';
import { errorAnswers } from './error-answers.ts';
import { type HttpEvent, headerOf } from './http-event.ts';
import { logger } from './logger.ts';
import { type HttpResult, problemResult, type Reply, replyResult } from './reply.ts';
import { requestLog } from './request-log.ts';

/** A request whose caller is known. */
export interface HttpRequest {
  readonly event: HttpEvent;
  readonly caller: Caller;
}

/** A route's answer: done, or a typed refusal. */
export type Answer = Reply | Refused;

/**
 * The bundle around every route: one log line, the caller from the token, refusals as
 * `application/problem+json`, and whatever is thrown as a 500 that tells nothing.
 *
 * Routes use it through `job-route.ts` and `project-route.ts`, which check the permission.
 */
export function httpRoute(
  deps: { readonly surroundings: Surroundings },
  route: GuardedRoute,
  handle: (request: HttpRequest) => Promise<Answer>,
) {
  const { GROUPS_CLAIM: groupsClaim, USER_CLAIM: userClaim } = claimsEnvironment.parse(process.env);
  const userClaims = userClaim === undefined ? COGNITO_USER_CLAIMS : [userClaim];

  async function answer(event: HttpEvent): Promise<Answer> {
    const now = deps.surroundings.now();
    const found = callerOfToken(headerOf(event, 'authorization'), { groupsClaim, userClaims, now });
    return found.ok ? handle({ event, caller: found.caller }) : found;
  }

  return middy<HttpEvent, HttpResult>()
    .use(requestLog(route))
    .use(errorAnswers())
    .handler(async (event: HttpEvent): Promise<HttpResult> => {
      const answered = await answer(event);
      if (!('refusal' in answered)) return replyResult(answered);
      logger.appendKeys({ code: answered.refusal.code });
      return problemResult(answered.refusal);
    });
}
