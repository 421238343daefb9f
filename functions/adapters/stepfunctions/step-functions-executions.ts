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
import { familyName } from '../../../core/children/family-name.ts';
import { executionName } from '../../../core/job/segment.ts';
import type { ExecutionRef, ExecutionState, Executions } from '../../../core/ports/executions.ts';

/** Step Functions keeps 256 characters of an error and 32,768 of a cause; a reader wants a sentence. */
const CAUSE_CHARACTERS = 1_000;

/** The executions of the two state machines, through the AWS SDK. */
export function stepFunctionsExecutions(
  client: SFNClient,
  machines: { readonly job: string; readonly childJobs: string },
): Executions {
  const arnOf = (ref: ExecutionRef) =>
    executionArn(machines.job, executionName(ref.jobId, ref.attempt, ref.segment));

  return {
    start: (input) =>
      startExecution(client, machines.job, executionName(input.jobId, input.attempt, input), input),
    startFamily: (input) => startExecution(client, machines.childJobs, familyName(input), input),
    describeFamily: (ref) => describeExecution(client, executionArn(machines.childJobs, familyName(ref))),
    describe: (ref) => describeExecution(client, arnOf(ref)),

    async stop(ref, cause) {
      try {
        await client.send(new StopExecutionCommand({ executionArn: arnOf(ref), error: 'Stopped', cause }));
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw error;
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

function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

async function startExecution(
  client: SFNClient,
  stateMachineArn: string,
  name: string,
  input: object,
): Promise<'started' | 'exists'> {
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    return 'started';
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return 'exists';
    throw error;
  }
}

async function describeExecution(client: SFNClient, arn: string): Promise<ExecutionState> {
  try {
    const found = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
    if (found.status === 'RUNNING' || found.status === 'PENDING_REDRIVE') return { kind: 'running' };
    const how = [found.status, found.error].filter((part) => part !== undefined).join(', ');
    return { kind: 'closed', how };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return { kind: 'missing' };
    throw error;
  }
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
