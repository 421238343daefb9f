import middy from '@middy/core';
import * as z from 'zod';
import { httpCallSchema } from '../../core/contract/http-call.ts';
import { failedWith } from '../../core/contract/reported-outcome.ts';
import { tryName } from '../../core/contract/try-name.ts';
import type { Outcome } from '../../core/job/complete-op.ts';
import { attemptSchema, jobIdSchema, opIndexSchema, trySchema } from '../../core/job/identifiers.ts';
import { composeHttp } from '../runtime/http-composition.ts';
import { logger } from '../runtime/logger.ts';

const makeRequest = composeHttp();

/** Of our own call, what this function needs of it. */
const eventSchema = z.object({
  jobId: jobIdSchema,
  attempt: attemptSchema,
  op: z.object({ index: opIndexSchema }),
  try: trySchema,
  input: z.json(),
});

/**
 * Makes the request of one try of an action of kind http, and returns how it went: the function's
 * destinations bring that to `lambda-result`. It knows no job and may write nowhere.
 */
export const handler = middy(async (event: unknown): Promise<Outcome> => {
  const { jobId, attempt, op, try: number, input } = eventSchema.parse(event);
  const call = httpCallSchema.safeParse(input);
  if (!call.success) return failedWith('Fatal', `the request's ${z.prettifyError(call.error)}`);
  const outcome = await makeRequest(call.data, tryName({ jobId, attempt, op: op.index, try: number }));
  logger.info('Made a request', { jobId, op: op.index, try: number, outcome: outcome.kind });
  return outcome;
});
