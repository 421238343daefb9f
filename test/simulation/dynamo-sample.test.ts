import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoJobStore } from '../../functions/adapters/dynamodb/dynamo-job-store.ts';
import {
  LOCAL_DYNAMODB_START_LIMIT_MS,
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '../support/local-dynamodb.ts';
import { type History, runHistory } from '../support/simulation/history.ts';

const HISTORIES = 12;

/** Each step of a history is a request to the emulator, so those that last for months are left out. */
const MAX_STEPS = 700;
const LIMIT_MS = 120_000;

// A replay of one history (SEED, see jobs.simulation.test.ts) is about nothing else.
describe.runIf(process.env['SEED'] === undefined)('a history on DynamoDB', () => {
  let dynamo: LocalDynamoDb;

  beforeAll(async () => {
    dynamo = await startLocalDynamoDb();
  }, LOCAL_DYNAMODB_START_LIMIT_MS);

  afterAll(() => dynamo.close());

  it.each(Array.from({ length: HISTORIES }, (_, position) => 1 + position * 100))(
    'goes as it does in memory (seed %i or the next that is short)',
    { timeout: LIMIT_MS },
    async (firstSeed) => {
      const inMemory = await shortHistory(firstSeed);
      const store = dynamoJobStore(await dynamo.newTable());
      const onDynamo = await runHistory({ seed: inMemory.seed, trace: true, store });
      expect(onDynamo.violation).toBeNull();
      expect(onDynamo.trace).toEqual(inMemory.trace);
    },
  );
});

async function shortHistory(firstSeed: number): Promise<History> {
  for (let seed = firstSeed; ; seed += 1) {
    const history = await runHistory({ seed, trace: true });
    if (history.steps > 100 && history.steps <= MAX_STEPS) return history;
  }
}
