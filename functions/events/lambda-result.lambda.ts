import middy from '@middy/core';
import { completionOf, lambdaResultSchema } from '../../core/contract/lambda-result.ts';
import { completeTry } from '../../core/usecases/complete-try.ts';
import { composeDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';

const deps = composeDeps();

/**
 * Destination of every Lambda action's alias, on success and on failure: records what the function
 * returned or threw and answers the task token. Comes at least once; repeats and answers that are
 * too late are told apart by try and nonce.
 */
export const handler = middy(async (event: unknown): Promise<void> => {
  const { jobId, completion } = completionOf(lambdaResultSchema.parse(event));
  const completed = await completeTry(deps, jobId, completion);
  if (completed.ok) return;
  logger.info('Completion refused', { jobId, op: completion.op, code: completed.refusal.code });
});
