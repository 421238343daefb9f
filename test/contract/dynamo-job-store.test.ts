import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamoJobStore } from '../../functions/adapters/dynamodb/dynamo-job-store.ts';
import { storedKey } from '../../functions/adapters/dynamodb/item.ts';
import { submissionsKey } from '../../functions/adapters/dynamodb/keys.ts';
import {
  LOCAL_DYNAMODB_START_LIMIT_MS,
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '../support/local-dynamodb.ts';
import { RECEIVED_AT } from './job-steps.ts';
import { describeJobStore } from './job-store.conformance.ts';

let dynamoDb: LocalDynamoDb;

beforeAll(async () => {
  dynamoDb = await startLocalDynamoDb();
}, LOCAL_DYNAMODB_START_LIMIT_MS);

afterAll(() => dynamoDb.close());

describeJobStore('DynamoDB', async () => dynamoJobStore(await dynamoDb.newTable()));

const ONE_HOUR_SECONDS = 3_600;

it('a counter of submissions that DynamoDB stores leaves an hour after its minute', async () => {
  const table = await dynamoDb.newTable();
  await dynamoJobStore(table).countSubmission('web', RECEIVED_AT, 1);
  const Key = storedKey(submissionsKey('web', RECEIVED_AT));
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.tableName, Key }));
  expect(Item).toMatchObject({
    schema: { N: '1' },
    submissions: { N: '1' },
    ttl: { N: String(RECEIVED_AT / 1_000 + ONE_HOUR_SECONDS) },
  });
});
