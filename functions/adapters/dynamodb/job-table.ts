import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Where the items are. */
export interface JobTable {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}
