import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema, trySchema } from '../../core/job/identifiers.ts';
import { runBulk } from '../../core/usecases/run-bulk.ts';
import { composeBulk } from '../runtime/bulk-composition.ts';
import { composeDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';
import { composeReacher } from '../runtime/reach-composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';

const deps = composeDeps({ actions: composeReacher(), schedules: composeSchedules() });
const callAgain = composeBulk();

const bulkTrySchema = z.strictObject({
  jobId: jobIdSchema,
  attempt: attemptSchema,
  op: opIndexSchema,
  try: trySchema,
  nonce: z.string(),
});

/** Left for the page that is under way: its jobs may be contended, 25 of them by eights 4 s each. */
const ENDS_BEFORE_MS = 60_000;

/**
 * Works through the filter of a bulk job until its time is nearly over, and then has itself called again.
 * A call that comes twice, or whose try is over, does no harm.
 */
export const handler = middy(async (event: unknown, context: Context): Promise<void> => {
  const bulk = bulkTrySchema.parse(event);
  const until = deps.surroundings.now() + context.getRemainingTimeInMillis() - ENDS_BEFORE_MS;
  const ran = await runBulk(deps, bulk, until);
  if (ran === 'more') await callAgain(bulk);
  logger.info('Worked through a filter', { jobId: bulk.jobId, try: bulk.try, ran });
});
