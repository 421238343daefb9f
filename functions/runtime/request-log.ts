import type { MiddlewareObj, Request } from '@middy/core';
import type { Route } from '../api/routes.ts';
import type { HttpEvent } from './http-event.ts';
import { logger } from './logger.ts';
import type { HttpResult } from './reply.ts';

/**
 * One line for each request, with API Gateway's request id for the correlation id: route, status and
 * time, and what the route appends of its own (the job's id, a refusal's code). Never what was sent
 * or answered, and never who asked.
 */
export function requestLog({ method, path }: Route): MiddlewareObj<HttpEvent, HttpResult> {
  let startedAt = 0;

  function logRequest({ response }: Request<HttpEvent, HttpResult>): void {
    const milliseconds = Math.round(performance.now() - startedAt);
    logger.info(`${method} ${path}`, { status: response?.statusCode ?? 500, milliseconds });
  }

  return {
    before: ({ event, context }) => {
      startedAt = performance.now();
      logger.resetKeys();
      logger.addContext(context);
      logger.appendKeys({ correlation_id: event.requestContext.requestId });
    },
    after: logRequest,
    onError: logRequest,
  };
}
