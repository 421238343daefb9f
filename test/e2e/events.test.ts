import {
  GetFunctionConfigurationCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type BusListener, listenToBus } from './support/bus-listener.ts';
import { eventually } from './support/eventually.ts';
import { JobsApi } from './support/jobs-api.ts';
import { functionName, localAws } from './support/local-aws.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const worker = api.as('worker');
const aws = localAws(stack);

/** Journal kinds that have an event of their own. */
const PUBLISHED = new Map([
  ['status', 'Job Status Changed'],
  ['op', 'Op Status Changed'],
  ['ready', 'Op Ready'],
]);

let bus: BusListener;

beforeAll(async () => {
  bus = await listenToBus(stack, 'events-test');
});
afterAll(() => bus.stop());

async function expected(id: string) {
  const journal = await api.journal(id);
  expect(journal.map(({ serial }) => serial)).toEqual(journal.map((_, position) => position + 1));
  return journal.flatMap(({ serial, kind }) =>
    PUBLISHED.has(kind) ? [`${serial} ${PUBLISHED.get(kind)}`] : [],
  );
}

async function published(id: string, serials: number): Promise<readonly string[]> {
  return eventually(`${serials} events of job ${id}`, 20_000, async () => {
    const seen = new Set(
      (await bus.eventsOf(id)).map((event) => `${event.detail.serial} ${event['detail-type']}`),
    );
    return seen.size >= serials ? [...seen].sort(bySerial) : null;
  });
}

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

function bySerial(one: string, other: string): number {
  return Number.parseInt(one, 10) - Number.parseInt(other, 10);
}

describe('the journal on the bus', () => {
  test('has every status and op entry of a job that fails and is undone', async () => {
    const id = await api.submit([
      {
        name: 'one',
        action: 'log',
        input: { message: 'x' },
        rollback: { action: 'log', input: { message: 'undo' } },
      },
      { name: 'work', action: 'manual-work', input: { page: 'index' } },
    ]);
    await api.opIs(id, 1, 'running');
    await worker.call('POST', `/jobs/${id}/ops/1/fail`, {
      attempt: 1,
      try: 1,
      error: { code: 'Broken', message: 'on purpose' },
    });
    await api.settled(id);
    const wanted = await expected(id);
    expect(await published(id, wanted.length)).toEqual(wanted);

    const events = await bus.eventsOf(id);
    const ready = events.find((event) => event['detail-type'] === 'Op Ready');
    expect(ready?.detail).toMatchObject({
      project: 'web',
      attempt: 1,
      op: { index: 1, name: 'work', action: 'manual-work', try: 1 },
      input: { page: 'index' },
    });
    const text = JSON.stringify(events);
    for (const secret of ['token', 'nonce', 'arn:aws:states']) expect(text).not.toContain(secret);
  });

  test('goes to the failure bucket while the bus cannot take it, and is sent again from the journal', async () => {
    const publisher = await unreachableBus();
    const id = await api.submit([{ name: 'say', action: 'log', input: { message: 'x' } }]);
    await api.settled(id);
    const Bucket = stack.outputs['Jobplane']?.['FailureBucket'] ?? '';
    await eventually('a batch in the failure bucket', 40_000, async () => {
      const { KeyCount = 0 } = await aws.s3.send(new ListObjectsV2Command({ Bucket }));
      return KeyCount > 0 ? KeyCount : null;
    });
    await publisher.restore();

    const wanted = await expected(id);
    expect(await bus.eventsOf(id)).toEqual([]);
    const answer = await api.call('POST', '/republish', { jobId: id });
    expect(answer.status).toBe(200);
    expect(await published(id, wanted.length)).toEqual(wanted);
  }, 120_000);
});
