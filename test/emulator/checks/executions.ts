import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { until } from '../../../local/until.ts';
import { invoked, SOON_MS } from '../check.ts';
import { ANY_ROLE, functionArn, type Lab } from '../lab.ts';

/** A state machine with one state. */
export function oneState(state: object, machine: object = {}): object {
  return { QueryLanguage: 'JSONata', StartAt: 'Only', States: { Only: state }, ...machine };
}

/** A task that hands its token to a function and waits for the callback. */
export function callback(name: string, state: object = { End: true }): object {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: functionArn(name), Payload: { token: '{% $states.context.Task.Token %}' } },
    ...state,
  };
}

/** A task that invokes a function and takes what it returns. */
export function invocation(name: string, state: object = { End: true }): object {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: functionArn(name), Payload: { input: '{% $states.input %}' } },
    ...state,
  };
}

let machines = 0;

/** Creates a state machine of its own and answers its ARN. */
export async function createMachine({ clients }: Lab, definition: object): Promise<string> {
  machines += 1;
  const { stateMachineArn } = await clients.sfn.send(
    new CreateStateMachineCommand({
      name: `machine-${machines}`,
      roleArn: ANY_ROLE,
      definition: JSON.stringify(definition),
    }),
  );
  return z.string().parse(stateMachineArn);
}

/** Creates a state machine, starts it, and answers the execution's ARN. */
export async function start(lab: Lab, definition: object, input: unknown = {}): Promise<string> {
  const stateMachineArn = await createMachine(lab, definition);
  const { executionArn } = await lab.clients.sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return z.string().parse(executionArn);
}

/** What an execution looks like now. */
export async function describe({ clients }: Lab, executionArn: string): Promise<DescribeExecutionOutput> {
  return clients.sfn.send(new DescribeExecutionCommand({ executionArn }));
}

/** The execution once it has ended. */
export async function ended(
  lab: Lab,
  executionArn: string,
  timeLimitMs = SOON_MS,
): Promise<DescribeExecutionOutput> {
  return until(`${executionArn} ends`, timeLimitMs, async () => {
    const execution = await describe(lab, executionArn);
    return execution.status === 'RUNNING' ? undefined : execution;
  });
}

/** The task token that a function got with its n-th invocation. */
export async function tokenOf(lab: Lab, name: string, count = 1): Promise<string> {
  return z.object({ token: z.string() }).parse((await invoked(lab, name, count)).event).token;
}
