import middy from '@middy/core';
import * as z from 'zod';
import type { Caller } from '../../core/access/caller.ts';
import type { Refused } from '../../core/contract/error-codes.ts';
import type { Surroundings } from '../../core/ports/surroundings.ts';
import type { GuardedRoute } from '../api/routes.ts';
import { callerOfToken } from './caller-of-token.ts';
import { errorAnswers } from './error-answers.ts';
import { type HttpEvent, headerOf } from './http-event.ts';
import { logger } from './logger.ts';
import { type HttpResult, problemResult, type Reply, replyResult } from './reply.ts';
import { requestLog } from './request-log.ts';

/** What the construct hands to the functions of the API beside what they are composed of. */
export const apiEnvironment = z.object({
  /** The claim that lists a caller's groups; another for an issuer that is not Cognito. */
  GROUPS_CLAIM: z.string().min(1).default('cognito:groups'),
});

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
  const { GROUPS_CLAIM: groupsClaim } = apiEnvironment.parse(process.env);

  async function answer(event: HttpEvent): Promise<Answer> {
    const now = deps.surroundings.now();
    const found = callerOfToken(headerOf(event, 'authorization'), { groupsClaim, now });
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
