import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import type { JobId } from '../../../core/job/identifiers.ts';
import { storedKey } from './item.ts';
import type { JobTable } from './job-table.ts';
import { DEPENDENT, dependentKey, jobPartition } from './keys.ts';
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

export async function removeDependent(
  { client, tableName }: JobTable,
  id: JobId,
  dependent: JobId,
): Promise<void> {
  const Key = storedKey(dependentKey(id, dependent));
  await client.send(new DeleteItemCommand({ TableName: tableName, Key }));
}
