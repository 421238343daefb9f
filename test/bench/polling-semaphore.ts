import { setTimeout as pause } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type HistoryEvent,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { LOCAL_ACCOUNT, localConnection } from '../../local/connection.ts';
import type { StackFile } from '../../local/stack-file.ts';
import { until } from '../../local/until.ts';
import { ARRIVAL_MS, HOLD_MS, IN_LINE } from './hand-off.ts';

/** Between two tries to get the unit: shorter costs more states, longer leaves it idle for longer. */
export const POLL_SECONDS = 2;

const TABLE = 'bench-polling-semaphore';
const UNIT = { semaphore: { S: 'unit' } };
const MS_PER_SECOND = 1_000;
const ENDS_WITHIN_MS = 120_000;

const ACQUIRE = 'Acquire the unit';
const WORK = 'Work';
const RELEASE = 'Release the unit';

const update = (UpdateExpression: string, ConditionExpression: string) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::dynamodb:updateItem',
  Parameters: {
    TableName: TABLE,
    Key: UNIT,
    UpdateExpression,
    ConditionExpression,
    ExpressionAttributeValues: { ':me': { 'S.$': '$$.Execution.Name' } },
  },
  ResultPath: null,
});

/**
 * The semaphore of the textbook, with one unit: take it by a conditional write, and on refusal wait and
 * try again. Asking again after a lost answer is allowed, as a retry needs it.
 * Source: AWS Compute Blog, "Controlling concurrency in distributed systems using AWS Step Functions".
 */
const DEFINITION = {
  StartAt: ACQUIRE,
  States: {
    [ACQUIRE]: {
      ...update('SET holder = :me', 'attribute_not_exists(holder) OR holder = :me'),
      Catch: [
        {
          ErrorEquals: ['DynamoDB.ConditionalCheckFailedException'],
          ResultPath: null,
          Next: 'Wait for the unit',
        },
      ],
      Next: WORK,
    },
    'Wait for the unit': { Type: 'Wait', Seconds: POLL_SECONDS, Next: ACQUIRE },
    [WORK]: { Type: 'Wait', Seconds: HOLD_MS / MS_PER_SECOND, Next: RELEASE },
    [RELEASE]: { ...update('REMOVE holder', 'holder = :me'), End: true },
  },
};

/** One execution that got the unit, by its own history. */
export interface PollingRun {
  /** Position in the order of arrival. */
  readonly place: number;
  readonly acquiredAt: number;
  readonly releasedAt: number;
  readonly waitedMs: number;
  readonly transitions: number;
  /** Conditional writes it asked for, those that were refused included: each costs a unit. */
  readonly writes: number;
}

/** Runs as many executions as jobs stand in ours, for the unit of one; in the order in which they got it. */
export async function runPollingSemaphore(stack: StackFile): Promise<readonly PollingRun[]> {
  const connection = localConnection(stack.emulatorUrl);
  await createUnit(new DynamoDBClient(connection));
  const client = new SFNClient(connection);
  const { stateMachineArn } = await client.send(
    new CreateStateMachineCommand({
      name: 'bench-polling-semaphore',
      roleArn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/bench`,
      definition: JSON.stringify(DEFINITION),
    }),
  );
  const arns: string[] = [];
  for (let place = 0; place < IN_LINE; place += 1) {
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, name: `execution-${place}` }),
    );
    if (executionArn !== undefined) arns.push(executionArn);
    await pause(ARRIVAL_MS);
  }
  const runs: PollingRun[] = [];
  for (const [place, executionArn] of arns.entries()) runs.push(await runOf(client, executionArn, place));
  return runs.sort((one, other) => one.acquiredAt - other.acquiredAt);
}

async function createUnit(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'semaphore', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'semaphore', KeyType: 'HASH' }],
    }),
  );
  await client.send(new PutItemCommand({ TableName: TABLE, Item: UNIT }));
}

async function runOf(client: SFNClient, executionArn: string, place: number): Promise<PollingRun> {
  const stoppedAt = await until(`${executionArn} ends`, ENDS_WITHIN_MS, async () => {
    const { status, stopDate, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'RUNNING') return undefined;
    if (status !== 'SUCCEEDED') throw new Error(`${executionArn} ended ${status}: ${cause}`);
    return stopDate?.getTime();
  });
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn })) {
    events.push(...(page.events ?? []));
  }
  const entered = events.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails !== undefined);
  const into = (state: string) =>
    entered.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state);
  const [first, acquired] = [momentOf(into(ACQUIRE)[0]), momentOf(into(WORK)[0])];
  return {
    place,
    acquiredAt: acquired,
    releasedAt: stoppedAt,
    waitedMs: acquired - first,
    transitions: entered.length,
    writes: into(ACQUIRE).length + into(RELEASE).length,
  };
}

function momentOf(event: HistoryEvent | undefined): number {
  if (event?.timestamp === undefined) throw new Error('an execution went another way than its machine has');
  return event.timestamp.getTime();
}
