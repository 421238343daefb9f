import * as z from 'zod';
import type { Outcome } from '../job/complete-op.ts';
import { failedWith, succeededWith } from './reported-outcome.ts';
import { jsonOrNothing, nonceIn, type ServiceAnswer, serviceAnswer } from './service-answer.ts';

/** How an execution ended: what an event and DescribeExecution both say. */
export const endedExecutionSchema = z.object({
  status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
  /** JSON; an event leaves it out where it would be too large. */
  output: z.string().nullish(),
  error: z.string().nullish(),
  cause: z.string().nullish(),
});

export type EndedExecution = z.infer<typeof endedExecutionSchema>;

/**
 * The event of an execution that ended.
 * Source: AWS Step Functions Developer Guide, "Automating Step Functions event delivery with EventBridge".
 */
export const stateMachineResultSchema = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: endedExecutionSchema.extend({
    executionArn: z.string(),
    stateMachineArn: z.string(),
    name: z.string(),
    input: z.string().nullish(),
  }),
});

/** Null for an execution that is none of ours. */
export function answerOfStateMachine({
  detail,
}: z.infer<typeof stateMachineResultSchema>): ServiceAnswer | null {
  return serviceAnswer(detail.name, {
    actor: `action:${detail.executionArn}`,
    nonce: nonceIn(detail.input),
    outcome: outcomeOfExecution(detail),
    from: { kind: 'stateMachine', machine: detail.stateMachineArn },
  });
}

/**
 * The output is the result; the error and its cause are the op's error. An output that the event leaves
 * out has more than 248 KB as an escaped text, and so more than the 64 KB that are kept of a result.
 */
export function outcomeOfExecution({ status, output, error, cause }: EndedExecution): Outcome {
  const why = cause ?? 'the execution gave no cause';
  switch (status) {
    case 'SUCCEEDED':
      if (typeof output !== 'string') {
        return failedWith('ResultTooLarge', 'the output is larger than an event takes, and than is kept');
      }
      return succeededWith(jsonOrNothing(output));
    case 'FAILED':
      return failedWith(error ?? 'ExecutionFailed', why);
    case 'TIMED_OUT':
      return failedWith('ExecutionTimedOut', 'the execution took longer than its state machine allows');
    case 'ABORTED':
      return failedWith('ExecutionAborted', `the execution was stopped: ${why}`);
  }
}
