import { paginateGetExecutionHistory, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import { segmentOfExecution } from '../../core/contract/execution-ended.ts';
import type { JobId } from '../../core/job/identifiers.ts';
import type { Serves } from '../../core/job/live-segment.ts';
import { localConnection } from '../../local/connection.ts';
import type { StackFile } from '../../local/stack-file.ts';

/** What one execution of a job went through. */
export interface ExecutionPath extends Serves {
  /** The states it entered, those of a Map's items included: each is one transition on the bill. */
  readonly states: readonly string[];
  readonly startedAtMs: number;
}

/** Every execution of a job, by its own history. */
export async function executionsOf(stack: StackFile, id: JobId): Promise<readonly ExecutionPath[]> {
  const client = new SFNClient(localConnection(stack.emulatorUrl));
  const stateMachineArn = stack.stateMachines.job;
  const paths: ExecutionPath[] = [];
  for await (const page of paginateListExecutions({ client }, { stateMachineArn })) {
    for (const { name = '', executionArn, startDate } of page.executions ?? []) {
      const segment = segmentOfExecution(name);
      if (segment?.jobId === id) {
        const { attempt, group, number } = segment;
        const startedAtMs = startDate?.getTime() ?? Number.NaN;
        paths.push({
          attempt,
          group,
          number,
          startedAtMs,
          states: await statesEntered(client, executionArn),
        });
      }
    }
  }
  if (paths.length === 0) throw new Error(`job ${id} has no execution`);
  return paths.sort((one, other) => one.attempt - other.attempt || one.number - other.number);
}

async function statesEntered(
  client: SFNClient,
  executionArn: string | undefined,
): Promise<readonly string[]> {
  const states: string[] = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn })) {
    for (const { stateEnteredEventDetails } of page.events ?? []) {
      if (stateEnteredEventDetails?.name !== undefined) states.push(stateEnteredEventDetails.name);
    }
  }
  return states;
}
