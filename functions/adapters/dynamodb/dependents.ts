import { TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { JobId } from '../../../core/job/identifiers.ts';
import { attemptIsTheSame } from './conditions.ts';
import { despiteContention, isContention } from './contention.ts';
import { storedKey } from './item.ts';
import type { JobTable } from './job-table.ts';
import { DEPENDENT, dependentKey, headKey, jobPartition } from './keys.ts';
import { dependentOf } from './line-items.ts';
import { queryItems } from './query-items.ts';

export async function listDependents(table: JobTable, id: JobId, limit: number): Promise<readonly JobId[]> {
  if (limit < 1) return [];
  const ids: JobId[] = [];
  const found = queryItems(table, {
    KeyConditionExpression: 'pk = :job AND begins_with(sk, :dependents)',
    ExpressionAttributeValues: { ':job': { S: jobPartition(id) }, ':dependents': { S: DEPENDENT } },
    Limit: limit,
    ConsistentRead: true,
  });
  for await (const item of found) {
    if (ids.push(dependentOf(item)) === limit) break;
  }
  return ids;
}

/** In one transaction with a look at the head: whoever waits for a later attempt stays. */
export async function removeDependent(
  { client, tableName }: JobTable,
  id: JobId,
  dependent: JobId,
  attempt: number,
): Promise<boolean> {
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [
      {
        ConditionCheck: {
          TableName: tableName,
          Key: storedKey(headKey(id)),
          ...attemptIsTheSame(attempt),
        },
      },
      { Delete: { TableName: tableName, Key: storedKey(dependentKey(id, dependent)) } },
    ],
  });
  return despiteContention(`forget that job ${dependent} waits for ${id}`, async () => {
    try {
      await client.send(transaction);
      return true;
    } catch (error) {
      if (isContention(error)) return undefined;
      if (error instanceof TransactionCanceledException) return false;
      throw error;
    }
  });
}
