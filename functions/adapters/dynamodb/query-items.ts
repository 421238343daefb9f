import { paginateQuery, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from './item.ts';
import type { JobTable } from './job-table.ts';

/** Items that a query finds, in order, page after page as they are asked for. */
export async function* queryItems(
  { client, tableName }: JobTable,
  query: Omit<QueryCommandInput, 'TableName'>,
): AsyncGenerator<Item> {
  for await (const page of paginateQuery({ client }, { TableName: tableName, ...query })) {
    yield* page.Items ?? [];
  }
}
