import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { textOf } from './item.ts';
import type { JobTable } from './job-table.ts';
import { classKey, isChildPlace, TABLE } from './keys.ts';

const { name: INDEX, partitionKey, sortKey } = TABLE.indexes.byClass;

/**
 * Pages of 1 MB that one count reads at the most. An entry of the index has some 150 bytes with what
 * DynamoDB adds, so a page has about 7,000, five have 35,000, and read half a unit for each 4 KB: 640
 * units. A project with a few jobs pays half a unit.
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
