import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoJobStore } from '../../functions/adapters/dynamodb/dynamo-job-store.ts';
import {
  LOCAL_DYNAMODB_START_LIMIT_MS,
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '../support/local-dynamodb.ts';
import { runHistory } from '../support/simulation/history.ts';

/** Histories of moderate length: each step is a request to the emulator. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const LIMIT_MS = 120_000;

describe('a history on DynamoDB', () => {
  let dynamo: LocalDynamoDb;

  beforeAll(async () => {
    dynamo = await startLocalDynamoDb();
  }, LOCAL_DYNAMODB_START_LIMIT_MS);

  afterAll(() => dynamo.close());

  it.each(SEEDS)('of seed %i goes as it does in memory', { timeout: LIMIT_MS }, async (seed) => {
    const inMemory = await runHistory({ seed, trace: true });
    const table = await dynamo.newTable();
    const onDynamo = await runHistory({ seed, trace: true, store: dynamoJobStore(table) });
    expect(onDynamo.violation).toBeNull();
    expect(onDynamo.trace).toEqual(inMemory.trace);
  });
});
