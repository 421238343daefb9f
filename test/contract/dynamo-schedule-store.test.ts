import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decideRunNow } from '../../core/schedule/decide-run.ts';
import { scheduleIdSchema, scheduleSettingsSchema } from '../../core/schedule/schedule.ts';
import { makeSchedule } from '../../core/schedule/set-schedule.ts';
import { dynamoScheduleStore } from '../../functions/adapters/dynamodb/dynamo-schedule-store.ts';
import { storedKey } from '../../functions/adapters/dynamodb/item.ts';
import { runKey } from '../../functions/adapters/dynamodb/keys.ts';
import {
  LOCAL_DYNAMODB_START_LIMIT_MS,
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '../support/local-dynamodb.ts';
import { jobId, RECEIVED_AT } from './job-steps.ts';
import { describeScheduleStore } from './schedule-store.conformance.ts';

let dynamoDb: LocalDynamoDb;

beforeAll(async () => {
  dynamoDb = await startLocalDynamoDb();
}, LOCAL_DYNAMODB_START_LIMIT_MS);

afterAll(() => dynamoDb.close());

describeScheduleStore('DynamoDB', async () => dynamoScheduleStore(await dynamoDb.newTable()));

const NINETY_DAYS_SECONDS = 7_776_000;

it('a run that DynamoDB stores leaves ninety days after it was decided', async () => {
  const table = await dynamoDb.newTable();
  const store = dynamoScheduleStore(table);
  const job = { name: 'nightly', ops: [{ name: 'one', action: 'log' }] };
  const settings = scheduleSettingsSchema.parse({ name: 'nightly', expression: 'rate(1 day)', job });
  const id = scheduleIdSchema.parse(jobId(1));
  const made = makeSchedule(id, 'web', settings, { user: 'ada', groups: [] }, RECEIVED_AT);
  if (!made.ok) throw new Error(made.refusal.detail);
  await store.commitSchedule(made.change);
  const facts = { now: RECEIVED_AT, jobId: jobId(2), running: null };
  const ran = decideRunNow(made.change.schedule, 'ada', facts);
  if (!ran.ok) throw new Error(ran.refusal.detail);
  expect(await store.commitSchedule(ran.change)).toBe(true);
  const Key = storedKey(runKey(id, { at: RECEIVED_AT, trigger: 'user' }));
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.tableName, Key }));
  expect(Item?.['ttl']).toEqual({ N: String(RECEIVED_AT / 1_000 + NINETY_DAYS_SECONDS) });
});
