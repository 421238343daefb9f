import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { executionName } from '../../../core/job/segment.ts';
import type { ExecutionRef, Executions } from '../../../core/ports/executions.ts';

/** Step Functions keeps 256 characters of an error and 32,768 of a cause; a reader wants a sentence. */
const CAUSE_CHARACTERS = 1_000;

/** The executions of one state machine, through the AWS SDK. */
export function stepFunctionsExecutions(client: SFNClient, stateMachineArn: string): Executions {
  const arnOf = (ref: ExecutionRef) =>
    `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${executionName(ref.jobId, ref.attempt, ref.segment)}`;

  return {
    async start(input) {
      try {
        await client.send(
          new StartExecutionCommand({
            stateMachineArn,
            name: executionName(input.jobId, input.attempt, input),
            input: JSON.stringify(input),
          }),
        );
        return 'started';
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return 'exists';
        throw error;
      }
    },

    async stop(ref, cause) {
      try {
        await client.send(new StopExecutionCommand({ executionArn: arnOf(ref), error: 'Stopped', cause }));
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw error;
      }
    },

    async describe(ref) {
      try {
        const found = await client.send(new DescribeExecutionCommand({ executionArn: arnOf(ref) }));
        if (found.status === 'RUNNING' || found.status === 'PENDING_REDRIVE') return { kind: 'running' };
        const how = [found.status, found.error].filter((part) => part !== undefined).join(', ');
        return { kind: 'closed', how };
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return { kind: 'missing' };
        throw error;
      }
    },

    async answer(taskToken, answer) {
      return unlessClosed(
        answer.kind === 'success'
          ? client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(answer.output) }))
          : client.send(
              new SendTaskFailureCommand({
                taskToken,
                error: answer.error,
                cause: answer.cause.slice(0, CAUSE_CHARACTERS),
              }),
            ),
        'answered',
      );
    },

    async heartbeat(taskToken) {
      return unlessClosed(client.send(new SendTaskHeartbeatCommand({ taskToken })), 'alive');
    },
  };
}

/** A token whose task has ended is an answer, not an accident. */
async function unlessClosed<Open>(sent: Promise<unknown>, open: Open): Promise<Open | 'closed'> {
  try {
    await sent;
    return open;
  } catch (error) {
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist) return 'closed';
    throw error;
  }
}
