import { GetExecutionHistoryCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import type { StackFile } from '../../../local/stack-file.ts';
import { localAws } from './local-aws.ts';

/** States that the only execution of a job entered, those of a Map's items included: what AWS bills. */
export async function transitionsOf(stack: StackFile, id: string): Promise<number> {
  const { sfn } = localAws(stack);
  const { executions = [] } = await sfn.send(
    new ListExecutionsCommand({ stateMachineArn: stack.stateMachines.job, maxResults: 1_000 }),
  );
  const [execution, ...others] = executions.filter(({ name }) => name?.startsWith(id));
  if (execution === undefined || others.length > 0) {
    throw new Error(`job ${id} has ${others.length + (execution === undefined ? 0 : 1)} executions, not one`);
  }
  const { events = [] } = await sfn.send(
    new GetExecutionHistoryCommand({ executionArn: execution.executionArn, maxResults: 1_000 }),
  );
  return events.filter(({ type }) => type?.endsWith('StateEntered') || type === 'MapIterationStarted').length;
}
