import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoJobStore } from '../../functions/adapters/dynamodb/dynamo-job-store.ts';
import {
  LOCAL_DYNAMODB_START_LIMIT_MS,
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '../support/local-dynamodb.ts';
import { type History, type Kind, runHistory } from '../support/simulation/history.ts';

const HISTORIES: Readonly<Record<Kind, number>> = { jobs: 3, contention: 4, families: 3 };

/** Each step of a history is a request to the emulator, so those that last for months are left out. */
const MAX_STEPS = 700;
const LIMIT_MS = 120_000;

const SAMPLE = (['jobs', 'contention', 'families'] as const).flatMap((kind) =>
  Array.from({ length: HISTORIES[kind] }, (_, position) => [kind, 1 + position * 100] as const),
);

// A replay of one history (SEED, see describe-histories.ts) is about nothing else.
describe.runIf(process.env['SEED'] === undefined)('a history on DynamoDB', () => {
  let dynamo: LocalDynamoDb;

  beforeAll(async () => {
    dynamo = await startLocalDynamoDb();
  }, LOCAL_DYNAMODB_START_LIMIT_MS);

  afterAll(() => dynamo.close());

  it.each(SAMPLE)(
    'of %s goes as it does in memory (seed %i or the next that is short)',
    { timeout: LIMIT_MS },
    async (kind, firstSeed) => {
      const inMemory = await shortHistory(kind, firstSeed);
      const store = dynamoJobStore(await dynamo.newTable());
      const onDynamo = await runHistory({ kind, seed: inMemory.seed, trace: true, store });
      expect(onDynamo.violation).toBeNull();
      expect(onDynamo.trace).toEqual(inMemory.trace);
    },
  );
});

async function shortHistory(kind: Kind, firstSeed: number): Promise<History> {
  for (let seed = firstSeed; ; seed += 1) {
    const history = await runHistory({ kind, seed, trace: true });
    if (history.steps > 100 && history.steps <= MAX_STEPS) return history;
  }
}
