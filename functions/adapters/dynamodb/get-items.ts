import { BatchGetItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { despiteContention } from './contention.ts';
import { type Item, storedKey } from './item.ts';
import type { JobTable } from './job-table.ts';
import type { Key } from './keys.ts';

/** DynamoDB reads no more items in one request. */
const BATCH_MAX_KEYS = 100;

/** The item as of every write that was answered before; undefined when there is none. */
export async function getItem({ client, tableName }: JobTable, key: Key): Promise<Item | undefined> {
  const command = new GetItemCommand({ TableName: tableName, Key: storedKey(key), ConsistentRead: true });
  return (await client.send(command)).Item;
}

/** The items that there are, in any order, each as of every write that was answered before. */
export async function getItems(table: JobTable, keys: readonly Key[]): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let first = 0; first < keys.length; first += BATCH_MAX_KEYS) {
    items.push(...(await getBatch(table, keys.slice(first, first + BATCH_MAX_KEYS))));
  }
  return items;
}

async function getBatch({ client, tableName }: JobTable, keys: readonly Key[]): Promise<readonly Item[]> {
  const items: Item[] = [];
  let left = keys.map(storedKey);
  return despiteContention(`read ${keys.length} items`, async () => {
    const command = new BatchGetItemCommand({
      RequestItems: { [tableName]: { Keys: left, ConsistentRead: true } },
    });
    const { Responses, UnprocessedKeys } = await client.send(command);
    items.push(...(Responses?.[tableName] ?? []));
    left = UnprocessedKeys?.[tableName]?.Keys ?? [];
    return left.length === 0 ? items : undefined;
  });
}
