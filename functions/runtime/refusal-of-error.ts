import { type Refused, refused } from '../../core/contract/error-codes.ts';
import { ContendedError } from '../../core/usecases/change-job.ts';
import { logger } from './logger.ts';

const CONTENDED = refused(
  'Contended',
  'Others changed the same things at once. Nothing was changed: ask again.',
);

/** Says nothing of the error: whoever may know finds it in the log by the request's id. */
const INTERNAL = refused('InternalError', 'The request failed inside Jobplane. It may be asked again.');

/** What was thrown as an answer: too much contention by name, everything else as our own fault. */
export function refusalOfError(error: unknown): Refused {
  const refusal = error instanceof ContendedError ? CONTENDED : INTERNAL;
  logger.appendKeys({ code: refusal.refusal.code });
  if (refusal === INTERNAL) logger.error('The request failed', { error });
  else logger.warn('The request was contended', { error });
  return refusal;
}
