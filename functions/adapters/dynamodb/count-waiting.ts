import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { textOf } from './item.ts';
import type { JobTable } from './job-table.ts';
import { classKey, isChildPlace, TABLE } from './keys.ts';

const { name: INDEX, partitionKey, sortKey } = TABLE.indexes.byClass;

/**
 * Pages of 1 MB that one count reads at the most, for half a unit each 4 KB: 640 units. An entry of the index
 * has 107 bytes and a child's 113 where the project's name has three letters, so they have some 46,000; with
 * the longest name 22,000. A project with 38 jobs or fewer pays half a unit.
 */
const PAGES = 5;

/**
 * The index tells children by their place. One whose entries are so many children's that the pages end
 * before, has as many as were seen: who waits for a crowd of children is not refused for it.
 */
export async function countWaiting(
  { client, tableName: TableName }: JobTable,
  project: string,
  upTo: number,
): Promise<number> {
  const pages = paginateQuery(
    { client },
    {
      TableName,
      IndexName: INDEX,
      KeyConditionExpression: '#class = :class',
      ProjectionExpression: '#place',
      ExpressionAttributeNames: { '#class': partitionKey.name, '#place': sortKey.name },
      ExpressionAttributeValues: { ':class': { S: classKey(project, 'waiting') } },
    },
  );
  let count = 0;
  let read = 0;
  for await (const { Items = [] } of pages) {
    count += Items.filter((item) => !isChildPlace(textOf(item, sortKey.name))).length;
    read += 1;
    if (count >= upTo || read === PAGES) break;
  }
  return Math.min(count, upTo);
}
