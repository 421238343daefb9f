import * as z from 'zod';
import type { Outcome } from '../job/complete-op.ts';
import { CALL_VARIABLE } from './ecs-task-result.ts';
import { failedWith } from './reported-outcome.ts';
import { nonceIn, type ServiceAnswer, serviceAnswer } from './service-answer.ts';

/** A Batch job that ended, its own retries included: what an event and DescribeJobs both say. */
export const endedBatchJobSchema = z.object({
  status: z.enum(['SUCCEEDED', 'FAILED']),
  statusReason: z.string().optional(),
  container: z
    .object({
      exitCode: z.number().int().optional(),
      reason: z.string().optional(),
      environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
    })
    .optional(),
});

export type EndedBatchJob = z.infer<typeof endedBatchJobSchema>;

/**
 * The event of a Batch job that ended.
 * Source: AWS Batch User Guide, "Job state change events".
 */
export const batchJobResultSchema = z.object({
  'detail-type': z.literal('Batch Job State Change'),
  detail: endedBatchJobSchema.extend({
    jobArn: z.string(),
    jobName: z.string(),
    jobQueue: z.string(),
    jobDefinition: z.string(),
  }),
});

/** Null for a Batch job that is none of ours. */
export function answerOfBatchJob({ detail }: z.infer<typeof batchJobResultSchema>): ServiceAnswer | null {
  const call = detail.container?.environment.find(({ name }) => name === CALL_VARIABLE);
  return serviceAnswer(detail.jobName, {
    actor: `action:${detail.jobArn}`,
    nonce: nonceIn(call?.value),
    outcome: outcomeOfBatchJob(detail),
    from: { kind: 'batchJob', queue: detail.jobQueue, definition: detail.jobDefinition },
  });
}

/** A Batch job has no result of its own; how its container ended says why it failed. */
export function outcomeOfBatchJob({ status, statusReason, container }: EndedBatchJob): Outcome {
  if (status === 'SUCCEEDED') return { kind: 'succeeded' };
  const ended = container?.exitCode === undefined ? [] : [`its container ended with ${container.exitCode}`];
  const why = [statusReason, container?.reason, ...ended].filter((part) => part !== undefined).join('; ');
  const detail = container?.exitCode === undefined ? undefined : { exitCode: container.exitCode };
  return failedWith('BatchJobFailed', why === '' ? 'the Batch job gave no reason' : why, detail);
}
