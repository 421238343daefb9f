import type { Item } from './item.ts';
import type { JobTable } from './job-table.ts';
import { TABLE } from './keys.ts';
import { queryItems } from './query-items.ts';

const { name: INDEX, partitionKey, sortKey } = TABLE.indexes.byClass;

/** At most `limit` entries of one partition of `by-class`, those behind a place where one is given. */
export async function queryByClass(
  table: JobTable,
  partition: string,
  page: { readonly after: string | undefined; readonly limit: number; readonly order: 'up' | 'down' },
): Promise<readonly Item[]> {
  const { after, limit, order } = page;
  const isAfter = after === undefined ? '' : ` AND #place ${order === 'up' ? '>' : '<'} :after`;
  const found = queryItems(table, {
    IndexName: INDEX,
    KeyConditionExpression: `#class = :class${isAfter}`,
    ExpressionAttributeNames: {
      '#class': partitionKey.name,
      ...(after === undefined ? {} : { '#place': sortKey.name }),
    },
    ExpressionAttributeValues: {
      ':class': { S: partition },
      ...(after === undefined ? {} : { ':after': { S: after } }),
    },
    ScanIndexForward: order === 'up',
    Limit: limit,
  });
  const items: Item[] = [];
  for await (const item of found) {
    if (items.push(item) === limit) break;
  }
  return items;
}
