import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { StackFile } from '../../../local/stack-file.ts';
import { childrenOf, family } from './children-api.ts';
import { JobsApi } from './jobs-api.ts';
import { localAws } from './local-aws.ts';
import { say } from './parts.ts';
import { killAtRandom } from './random-kills.ts';
import { submitSurely } from './submit-surely.ts';

/** All that makes children, runs them, and counts their ends. */
const FUNCTIONS = ['make-children', 'perform-op', 'finish-job'];

/** What became of a family while processes were killed. */
export interface ChildrenCrowd {
  readonly killed: number;
  readonly seconds: number;
  /** Of the parent: its execution's and those of the fan-out. */
  readonly transitions: { readonly job: number; readonly childJobs: number };
  readonly parent: { readonly status: string };
  /** As the parent lists them. */
  readonly listed: readonly { readonly id?: string | undefined; readonly status: string }[];
  /** Heads in the table that say they are its children. */
  readonly stored: readonly string[];
}

/** A parent with as many children as that, while processes are killed at random. */
export async function childrenCrowd(
  stack: StackFile,
  count: number,
  withinMs: number,
): Promise<ChildrenCrowd> {
  const api = new JobsApi(stack);
  const startedAt = performance.now();
  const items = Array.from({ length: count }, (_, n) => n);
  const ops = [family('all', items, { ops: [say('hi')] })];
  // Others kill the function that submits, at the same time.
  const id = await submitSurely(api, `crowd-${Date.now()}`, { name: 'crowd', project: 'web', ops });
  const { killed, done: parent } = await killAtRandom(stack, FUNCTIONS, api.settled(id, withinMs));
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const { items: listed } = await childrenOf(api, id);
  const { job, childJobs } = stack.stateMachines;
  return {
    killed,
    seconds,
    transitions: {
      job: await statesEntered(stack, job, `${id}-1-RUN-1`),
      childJobs: await statesEntered(stack, childJobs ?? '', `${id}-1-0-1`),
    },
    parent,
    listed,
    stored: await childHeads(stack, id),
  };
}

const PAGE = 1_000;

async function statesEntered(stack: StackFile, machineArn: string, name: string): Promise<number> {
  const { sfn } = localAws(stack);
  const executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  let entered = 0;
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: PAGE, ...(nextToken && { nextToken }) }),
    );
    entered += (page.events ?? []).filter(({ type }) => type?.endsWith('StateEntered')).length;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return entered;
}

const headSchema = z.looseObject({ id: z.string() });

/** Listed by nobody but the table itself: a child that was made twice would be there twice. */
async function childHeads(stack: StackFile, parent: string): Promise<readonly string[]> {
  const { dynamodb } = localAws(stack);
  const found: string[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb.send(
      new ScanCommand({
        TableName: stack.tableName,
        FilterExpression: 'sk = :head AND #parent.#id = :parent',
        ExpressionAttributeNames: { '#parent': 'parent', '#id': 'id' },
        ExpressionAttributeValues: { ':head': 'HEAD', ':parent': parent },
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    found.push(...(page.Items ?? []).map((item) => headSchema.parse(item).id));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}
