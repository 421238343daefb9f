import middy from '@middy/core';
import * as z from 'zod';
import { answerOfBatchJob, batchJobResultSchema } from '../../core/contract/batch-job-result.ts';
import { answerOfTask, ecsTaskResultSchema } from '../../core/contract/ecs-task-result.ts';
import type { ServiceAnswer } from '../../core/contract/service-answer.ts';
import { answerOfStateMachine, stateMachineResultSchema } from '../../core/contract/state-machine-result.ts';
import { takeServiceAnswer } from '../../core/usecases/take-service-answer.ts';
import { containerOf, isTargetOf } from '../adapters/actions/answering-target.ts';
import { composeDeps } from '../runtime/composition.ts';
import { targetsEnvironment } from '../runtime/environment.ts';
import { logger } from '../runtime/logger.ts';

const deps = composeDeps();
const { ACTION_TARGETS } = targetsEnvironment.parse(process.env);

const eventSchema = z.discriminatedUnion('detail-type', [
  stateMachineResultSchema,
  ecsTaskResultSchema,
  batchJobResultSchema,
]);

/**
 * Rules on the events of the services that run work for us: records how the work ended and answers the
 * task token. The events are best effort and may come twice; one that is lost is found by a liveness look.
 */
export const handler = middy(async (event: unknown): Promise<void> => {
  const answer = answerOf(eventSchema.parse(event));
  // Others may start work at the same target.
  if (answer === null) return;
  const taken = await takeServiceAnswer(deps, answer, (from, action) =>
    isTargetOf(ACTION_TARGETS, from, action),
  );
  if (taken.ok) return;
  const { jobId, completion } = answer;
  logger.info('Completion refused', { jobId, op: completion.op, code: taken.refusal.code });
});

function answerOf(event: z.infer<typeof eventSchema>): ServiceAnswer | null {
  switch (event['detail-type']) {
    case 'Step Functions Execution Status Change':
      return answerOfStateMachine(event);
    case 'ECS Task State Change':
      return answerOfTask(event, (cluster, definition) => containerOf(ACTION_TARGETS, cluster, definition));
    case 'Batch Job State Change':
      return answerOfBatchJob(event);
  }
}
