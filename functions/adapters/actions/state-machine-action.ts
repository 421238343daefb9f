import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { nonceIn } from '../../../core/contract/service-answer.ts';
import { endedExecutionSchema, outcomeOfExecution } from '../../../core/contract/state-machine-result.ts';
import { tryName } from '../../../core/contract/try-name.ts';
import type { ActionCall, Dispatched, RunningCall } from '../../../core/ports/actions.ts';
import type { TargetState } from '../../../core/ports/targets.ts';
import type { TargetOf } from './registered-actions.ts';

type Target = TargetOf<'stateMachine'>;

/**
 * Starts an execution named after the try, with our call as its input. One that has the name is the try's
 * own, started before; should it be another's, a look finds that its input is not ours.
 */
export async function dispatchStateMachine(
  client: SFNClient,
  { machine }: Target,
  call: ActionCall,
): Promise<Dispatched> {
  const name = tryName({ ...call, op: call.op.index });
  try {
    await client.send(
      new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify(call) }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
  return { kind: 'accepted' };
}

export async function stopStateMachine(
  client: SFNClient,
  target: Target,
  running: RunningCall,
): Promise<void> {
  const cause = 'Jobplane does not want its result any more';
  try {
    await client.send(
      new StopExecutionCommand({ executionArn: arnOf(target, running), error: 'Interrupted', cause }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
  }
}

export async function describeStateMachine(
  client: SFNClient,
  target: Target,
  running: RunningCall,
  nonce: string,
): Promise<TargetState> {
  try {
    const found = await client.send(new DescribeExecutionCommand({ executionArn: arnOf(target, running) }));
    if (nonceIn(found.input) !== nonce) return { kind: 'missing' };
    if (found.status === 'RUNNING' || found.status === 'PENDING_REDRIVE') return { kind: 'running' };
    return { kind: 'ended', outcome: outcomeOfExecution(endedExecutionSchema.parse(found)) };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return { kind: 'missing' };
    throw error;
  }
}

function arnOf({ machine }: Target, running: RunningCall): string {
  return `${machine.replace(':stateMachine:', ':execution:')}:${tryName(running)}`;
}
