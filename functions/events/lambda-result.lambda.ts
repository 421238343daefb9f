import middy from '@middy/core';
import { lambdaResultSchema, outcomeOf } from '../../core/contract/lambda-result.ts';
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
  const record = lambdaResultSchema.parse(event);
  const { jobId, attempt, op, try: number, nonce } = record.requestPayload;
  const completed = await completeTry(deps, jobId, {
    attempt,
    op: op.index,
    try: number,
    nonce,
    outcome: outcomeOf(record),
    actor: `action:${record.requestContext.requestId}`,
  });
  if (!completed.ok) logger.info('Completion refused', { jobId, op: op.index, code: completed.refusal.code });
});
