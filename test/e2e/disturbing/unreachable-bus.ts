import {
  GetFunctionConfigurationCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type BusListener, listenToBus } from '../support/bus-listener.ts';
import { eventually } from '../support/eventually.ts';
import { JobsApi } from '../support/jobs-api.ts';
import { eventsDue, eventsSeen } from '../support/journal-on-bus.ts';
import { functionName, localAws } from '../support/local-aws.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const aws = localAws(stack);

let bus: BusListener;

beforeAll(async () => {
  bus = await listenToBus(stack, 'unreachable-bus-test');
});
afterAll(() => bus.stop());

/** Nothing listens there: what the publisher sends to the bus is refused. */
const NOWHERE = 'http://127.0.0.1:9';

/** Cuts the publisher off from the bus, and lets its mapping give up after one more try. */
async function unreachableBus(): Promise<{ readonly restore: () => Promise<void> }> {
  const FunctionName = await functionName(stack, 'publish-journal');
  const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const { EventSourceMappings } = await aws.lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
  const UUID = EventSourceMappings?.[0]?.UUID;
  const set = async (Variables: Record<string, string>, MaximumRetryAttempts: number) => {
    await aws.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
    );
    await aws.lambda.send(new UpdateEventSourceMappingCommand({ UUID, MaximumRetryAttempts }));
  };
  const Variables = { ...Environment?.Variables };
  const retries = EventSourceMappings?.[0]?.MaximumRetryAttempts ?? 0;
  await set({ ...Variables, AWS_ENDPOINT_URL_EVENTBRIDGE: NOWHERE }, 1);
  return { restore: () => set(Variables, retries) };
}

/** A process that was already called may still reach the bus: other jobs are tried until one is not heard of. */
const JOBS_TRIED = 5;

async function unheardJob(): Promise<string> {
  for (let tried = 0; tried < JOBS_TRIED; tried += 1) {
    const before = await keptBatches();
    const id = await api.submit([{ name: 'say', action: 'log', input: { message: 'x' } }]);
    await api.settled(id);
    const whereabouts = await eventually('its journal is on the bus or in the bucket', 40_000, async () => {
      if ((await bus.eventsOf(id)).length > 0) return 'on the bus';
      return (await keptBatches()) > before ? 'in the bucket' : null;
    });
    if (whereabouts === 'in the bucket') return id;
  }
  throw new Error(`the bus still hears of all of ${JOBS_TRIED} jobs`);
}

async function keptBatches(): Promise<number> {
  const Bucket = stack.outputs['Jobplane']?.['FailureBucket'] ?? '';
  const { KeyCount = 0 } = await aws.s3.send(new ListObjectsV2Command({ Bucket }));
  return KeyCount;
}

test('the journal goes to the failure bucket while the bus cannot take it, and is sent again on request', async () => {
  const publisher = await unreachableBus();
  const id = await unheardJob();
  await publisher.restore();

  const due = await eventsDue(api, id);
  expect(await bus.eventsOf(id)).toEqual([]);
  const answer = await api.call('POST', '/republish', { jobId: id });
  expect(answer.status).toBe(200);
  expect(await eventsSeen(bus, id, due.length)).toEqual(due);
}, 120_000);
