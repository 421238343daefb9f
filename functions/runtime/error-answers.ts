import type { MiddlewareObj } from '@middy/core';
import { type Refused, refused } from '../../core/contract/error-codes.ts';
import { ContendedError } from '../../core/usecases/change-job.ts';
import type { HttpEvent } from './http-event.ts';
import { logger } from './logger.ts';
import { type HttpResult, problemResult } from './reply.ts';

const CONTENDED = refused(
  'Contended',
  'Others changed the same things at once. Nothing was changed: ask again.',
);

/** Says nothing of the error: whoever may know finds it in the log by the request's id. */
const INTERNAL = refused('InternalError', 'The request failed inside Jobplane. It may be asked again.');

/** What is thrown becomes a problem too: too much contention by name, everything else as our own fault. */
export function errorAnswers(): MiddlewareObj<HttpEvent, HttpResult> {
  return {
    onError: (request) => {
      request.response = problemResult(refusalOf(request.error).refusal);
    },
  };
}

function refusalOf(error: unknown): Refused {
  const refusal = error instanceof ContendedError ? CONTENDED : INTERNAL;
  logger.appendKeys({ code: refusal.refusal.code });
  if (refusal === INTERNAL) logger.error('The request failed', { error });
  else logger.warn('The request was contended', { error });
  return refusal;
}
