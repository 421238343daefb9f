import * as z from 'zod';
import type { Outcome } from '../job/complete-op.ts';
import { failedWith } from './reported-outcome.ts';
import { nonceIn, type ServiceAnswer, serviceAnswer } from './service-answer.ts';

/** The variable in which a container is given its call. */
export const CALL_VARIABLE = 'JOBPLANE_CALL';

/** A task that stopped: what an event and DescribeTasks both say. */
export const stoppedTaskSchema = z.object({
  containers: z
    .array(
      z.object({ name: z.string(), exitCode: z.number().int().optional(), reason: z.string().optional() }),
    )
    .default([]),
  stopCode: z.string().optional(),
  stoppedReason: z.string().optional(),
});

export type StoppedTask = z.infer<typeof stoppedTaskSchema>;

/**
 * The event of a task that stopped. Its container's exit status decides, whatever else was in the task.
 * Source: Amazon ECS Developer Guide, "Amazon ECS task state change events".
 */
export const ecsTaskResultSchema = z.object({
  'detail-type': z.literal('ECS Task State Change'),
  detail: stoppedTaskSchema.extend({
    lastStatus: z.literal('STOPPED'),
    taskArn: z.string(),
    clusterArn: z.string(),
    taskDefinitionArn: z.string(),
    startedBy: z.string().default(''),
    overrides: z
      .object({
        containerOverrides: z
          .array(
            z.object({
              environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
            }),
          )
          .default([]),
      })
      .optional(),
  }),
});

/** Null for a task that is none of ours. The container is known where the target is. */
export function answerOfTask(
  { detail }: z.infer<typeof ecsTaskResultSchema>,
  containerOf: (cluster: string, taskDefinition: string) => string | undefined,
): ServiceAnswer | null {
  const container = containerOf(detail.clusterArn, detail.taskDefinitionArn);
  if (container === undefined) return null;
  const call = (detail.overrides?.containerOverrides ?? [])
    .flatMap(({ environment }) => environment)
    .find(({ name }) => name === CALL_VARIABLE);
  return serviceAnswer(detail.startedBy, {
    actor: `action:${detail.taskArn}`,
    nonce: nonceIn(call?.value),
    outcome: outcomeOfTask(detail, container),
    from: { kind: 'ecsTask', cluster: detail.clusterArn, taskDefinition: detail.taskDefinitionArn },
  });
}

/** A container that never ran has no exit status: why its task stopped is the error then. */
export function outcomeOfTask({ containers, stopCode, stoppedReason }: StoppedTask, name: string): Outcome {
  const container = containers.find((candidate) => candidate.name === name);
  const why = [container?.reason, stoppedReason].filter((part) => part !== undefined).join('; ');
  if (container?.exitCode === 0) return { kind: 'succeeded' };
  if (container?.exitCode === undefined) {
    return failedWith(stopCode ?? 'TaskStopped', `container ${name} did not end by itself: ${why}`);
  }
  const ended = `container ${name} ended with status ${container.exitCode}`;
  return failedWith('TaskFailed', why === '' ? ended : `${ended}: ${why}`, { exitCode: container.exitCode });
}
