import type { MiddlewareObj } from '@middy/core';
import type { HttpEvent } from './http-event.ts';
import { refusalOfError } from './refusal-of-error.ts';
import { type HttpResult, problemResult } from './reply.ts';

/** What is thrown becomes a problem too. */
export function errorAnswers(): MiddlewareObj<HttpEvent, HttpResult> {
  return {
    onError: (request) => {
      request.response = problemResult(refusalOfError(request.error).refusal);
    },
  };
}
