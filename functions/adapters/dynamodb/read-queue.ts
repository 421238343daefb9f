import type { Queue } from '../../../core/queue/queue.ts';
import { getItem } from './get-items.ts';
import type { JobTable } from './job-table.ts';
import { projectPartition, QUEUE, queueKey } from './keys.ts';
import { queueOf } from './line-items.ts';
import { queryItems } from './query-items.ts';

export async function readQueue(table: JobTable, project: string, name: string): Promise<Queue | null> {
  const item = await getItem(table, queueKey(project, name));
  return item === undefined ? null : queueOf(item);
}

export async function listQueues(table: JobTable, project: string): Promise<readonly Queue[]> {
  const queues: Queue[] = [];
  const found = queryItems(table, {
    KeyConditionExpression: 'pk = :project AND begins_with(sk, :queues)',
    ExpressionAttributeValues: {
      ':project': { S: projectPartition(project) },
      ':queues': { S: QUEUE },
    },
    ConsistentRead: true,
  });
  for await (const item of found) queues.push(queueOf(item));
  return queues;
}
