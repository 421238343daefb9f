import middy from '@middy/core';
import { declaredQueuesSchema } from '../../core/contract/declared-queues.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { declareQueues } from '../../core/usecases/declare-queues.ts';
import {
  answerCustomResource,
  type CustomResourceRequest,
  customResourceRequestSchema,
} from '../adapters/cloudformation/custom-resource.ts';
import { composeDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';

/**
 * Function of the custom resource that holds the queues a deployment declares. Called when they change; a queue
 * that is declared no longer stays with its limits, since jobs may be in it.
 */
export function declareQueuesHandler(deps: Deps) {
  return middy(async (event: unknown): Promise<void> => {
    const request = customResourceRequestSchema.parse(event);
    const failure = await declare(deps, request).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    if (failure !== null) logger.error('Queues could not be declared', { failure });
    await answerCustomResource(request, failure);
  });
}

export const handler = declareQueuesHandler(composeDeps({ schedules: composeSchedules() }));

async function declare(deps: Deps, { RequestType, ResourceProperties }: CustomResourceRequest) {
  if (RequestType === 'Delete') return;
  const text = String(ResourceProperties['Queues']);
  await declareQueues(deps, declaredQueuesSchema.parse(JSON.parse(text)));
}
