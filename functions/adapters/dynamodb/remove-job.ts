import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { groupSemaphore } from '../../../core/children/group.ts';
import { isDeleted } from '../../../core/job/delete-job.ts';
import type { Job } from '../../../core/job/job.ts';
import { headIsUnchanged } from './conditions.ts';
import { despiteContention, isContention } from './contention.ts';
import { storedKey } from './item.ts';
import type { JobTable } from './job-table.ts';
import { headKey, jobPartition, type Key, semaphorePartition } from './keys.ts';
import { queryItems } from './query-items.ts';
import { listGroups } from './read-children.ts';
import { readJob } from './read-job.ts';

/** DynamoDB deletes no more items in one request. */
const BATCH_MAX_WRITES = 25;

/**
 * Removes everything of a job that is marked for deletion, which is never taken back. The head goes
 * last: as long as it is there the removal is owed, so a crash leaves nothing behind; for the same reason
 * the semaphores of its groups go before the groups. Records of idempotency keys stay until they expire,
 * since the key of a removed job was used all the same.
 */
export async function removeJob(table: JobTable, { id }: Pick<Job, 'id'>): Promise<void> {
  await despiteContention(`remove job ${id}`, async () => {
    const head = await readJob(table, id);
    if (head === null) return true;
    if (!isDeleted(head)) throw new Error(`job ${id} is not marked for deletion and cannot be removed`);
    for (const group of await listGroups(table, id)) {
      await removePartition(table, semaphorePartition(groupSemaphore(head.project, group)));
    }
    await removePartition(table, jobPartition(id), headKey(id));
    return removeHead(table, head);
  });
}

/** @param except an item that stays */
async function removePartition(table: JobTable, partition: string, except?: Key): Promise<void> {
  let batch: WriteRequest[] = [];
  const found = queryItems(table, {
    KeyConditionExpression: 'pk = :partition',
    ExpressionAttributeValues: { ':partition': { S: partition } },
    ProjectionExpression: 'pk, sk',
    ConsistentRead: true,
  });
  for await (const key of found) {
    if (key['sk']?.S === except?.sk) continue;
    batch.push({ DeleteRequest: { Key: key } });
    if (batch.length < BATCH_MAX_WRITES) continue;
    await deleteBatch(table, batch);
    batch = [];
  }
  if (batch.length > 0) await deleteBatch(table, batch);
}

async function deleteBatch(
  { client, tableName }: JobTable,
  requests: readonly WriteRequest[],
): Promise<void> {
  let left = [...requests];
  await despiteContention(`delete ${requests.length} items`, async () => {
    const command = new BatchWriteItemCommand({ RequestItems: { [tableName]: left } });
    left = (await client.send(command)).UnprocessedItems?.[tableName] ?? [];
    return left.length === 0 ? true : undefined;
  });
}

/** Undefined: the head has changed since (a repair was recorded, say), or somebody works on it. */
async function removeHead({ client, tableName }: JobTable, head: Job): Promise<true | undefined> {
  const Key = storedKey(headKey(head.id));
  try {
    await client.send(new DeleteItemCommand({ TableName: tableName, Key, ...headIsUnchanged(head.version) }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || isContention(error)) return undefined;
    throw error;
  }
}
