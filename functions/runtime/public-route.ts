import middy from '@middy/core';
import type { PublicRoute } from '../api/routes.ts';
import { errorAnswers } from './error-answers.ts';
import type { HttpEvent } from './http-event.ts';
import { type HttpResult, type Reply, replyResult } from './reply.ts';
import { requestLog } from './request-log.ts';

/** A route that answers everybody the same, whatever they send. */
export function publicRoute(route: PublicRoute, reply: Reply) {
  return middy<HttpEvent, HttpResult>()
    .use(requestLog(route))
    .use(errorAnswers())
    .handler(async (): Promise<HttpResult> => replyResult(reply));
}
