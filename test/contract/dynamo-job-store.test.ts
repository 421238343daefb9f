import { afterAll, beforeAll } from 'vitest';
import { dynamoJobStore } from '../../functions/adapters/dynamodb/dynamo-job-store.ts';
import {
  LOCAL_DYNAMODB_START_LIMIT_MS,
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '../support/local-dynamodb.ts';
import { describeJobStore } from './job-store.conformance.ts';

let dynamoDb: LocalDynamoDb;

beforeAll(async () => {
  dynamoDb = await startLocalDynamoDb();
}, LOCAL_DYNAMODB_START_LIMIT_MS);

afterAll(() => dynamoDb.close());

describeJobStore('DynamoDB', async () => dynamoJobStore(await dynamoDb.newTable()));
