import { DescribeTimeToLiveCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import * as z from 'zod';
import { until } from '../../../local/until.ts';
import { type CheckSet, SOON_MS } from '../check.ts';
import { functionArn, type Lab, type Resources } from '../lab.ts';
import type { Call, Order } from '../recorder.ts';

const FAILURES = 'stream-failures';

const batchSchema = z.object({
  Records: z.array(
    z.object({
      dynamodb: z.object({ SequenceNumber: z.string(), Keys: z.object({ id: z.object({ S: z.string() }) }) }),
    }),
  ),
});

/** Tables from CloudFormation, and streams that feed functions. */
export const streams: CheckSet = {
  functions: ['PoisonedReader', 'ArchivedReader', 'PartialReader'],
  resources: {
    ...table('Poisoned'),
    ...mapping('Poisoned', { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 }),
    ...table('Archived'),
    ...mapping('Archived', {
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: `arn:aws:s3:::${FAILURES}` } },
    }),
    Failures: { Type: 'AWS::S3::Bucket', Properties: { BucketName: FAILURES } },
    ...table('Partial'),
    ...mapping('Partial', { FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumRetryAttempts: 1 }),
  },
  checks: [
    {
      correction: 'stream-retries',
      name: 'a failing batch is halved until its bad record is alone, which is retried and given up; later ones flow',
      async run(lab) {
        lab.recorder.script('PoisonedReader', failOn('poison'));
        await put(lab, 'Poisoned', ['a', 'b', 'poison', 'c']);
        await batchOf(lab, 'PoisonedReader', ['c']);
        await put(lab, 'Poisoned', ['later']);
        await batchOf(lab, 'PoisonedReader', ['later']);
        const calls = lab.recorder.calls('PoisonedReader').map(idsOf);
        // The emulator may read a transaction in two parts.
        const [first = []] = calls;
        const rest = ['a', 'b', 'poison', 'c'].slice(first.length);
        const read = rest.length === 0 ? [first] : [first, rest];
        expect(calls).toEqual([...read.flatMap(halvedAround), ['later']]);
      },
    },
    {
      correction: 'stream-retries',
      name: 'the first record that a function reports as failed is where the batch is retried',
      async run(lab) {
        lab.recorder.script('PartialReader', reportOn('bad'));
        await put(lab, 'Partial', ['a', 'bad', 'c']);
        await batchOf(lab, 'PartialReader', ['bad', 'c']);
        await put(lab, 'Partial', ['later']);
        await batchOf(lab, 'PartialReader', ['later']);
        expect(lab.recorder.calls('PartialReader').map(idsOf)).toEqual([
          ['a', 'bad', 'c'],
          ['bad', 'c'],
          ['bad', 'c'],
          ['later'],
        ]);
      },
    },
    {
      correction: 'stream-failure-records',
      name: 'a bucket gets the record of a batch that was given up, with the whole event',
      async run(lab) {
        lab.recorder.script('ArchivedReader', failOn('lost'));
        await put(lab, 'Archived', ['lost', 'too']);
        const { key, body } = await firstObject(lab);
        const now = '\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d';
        const shard = /^shardId-\w+-\w+$/;
        expect(key).toMatch(
          new RegExp(
            `^aws/lambda/${lab.physicalId('ArchivedMapping')}/shardId-\\w+-\\w+/\\d{4}/\\d\\d/\\d\\d/${now}-[0-9a-f-]{36}$`,
          ),
        );
        const batch = lab.recorder.calls('ArchivedReader')[0]?.event;
        const [first, second] = batchSchema.parse(batch).Records;
        expect(body).toEqual({
          requestContext: {
            requestId: expect.any(String),
            functionArn: functionArn('ArchivedReader'),
            condition: 'RetryAttemptsExhausted',
            approximateInvokeCount: 3,
          },
          responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
          version: '1.0',
          timestamp: expect.stringMatching(/Z$/),
          DDBStreamBatchInfo: {
            shardId: expect.stringMatching(shard),
            startSequenceNumber: first?.dynamodb.SequenceNumber,
            endSequenceNumber: second?.dynamodb.SequenceNumber,
            approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
            approximateArrivalOfLastRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
            batchSize: 2,
            streamArn: expect.stringContaining(':table/Archived/stream/'),
          },
          payload: expect.any(String),
        });
        expect(JSON.parse(z.object({ payload: z.string() }).parse(body).payload)).toEqual(batch);
      },
    },
    {
      correction: 'time-to-live',
      name: "a table's TimeToLiveSpecification takes effect",
      async run({ clients }) {
        const { TimeToLiveDescription } = await clients.dynamodb.send(
          new DescribeTimeToLiveCommand({ TableName: 'Poisoned' }),
        );
        expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
      },
    },
  ],
};

/** A table as CDK's TableV2 makes it, with a stream and a time to live. */
export function table(name: string): Resources {
  return {
    [name]: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        Replicas: [{ Region: { Ref: 'AWS::Region' } }],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    },
  };
}

/** Feeds the stream of a table to the function `<table>Reader`. */
export function mapping(name: string, properties: object): Resources {
  return {
    [`${name}Mapping`]: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: `${name}Reader` },
        EventSourceArn: { 'Fn::GetAtt': [name, 'StreamArn'] },
        StartingPosition: 'TRIM_HORIZON',
        ...properties,
      },
    },
  };
}

/** Writes items in one transaction, so that their records arrive together. */
export async function put({ clients }: Lab, TableName: string, ids: readonly string[]): Promise<void> {
  const TransactItems = ids.map((id) => ({ Put: { TableName, Item: { id: { S: id } } } }));
  await clients.dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
}

/** The ids of the items that a function was told of, in order. */
export function idsOf({ event }: Call): readonly string[] {
  return batchSchema.parse(event).Records.map((record) => record.dynamodb.Keys.id.S);
}

async function batchOf({ recorder }: Lab, name: string, ids: readonly string[]): Promise<void> {
  await until(`${name} gets ${ids}`, SOON_MS, () =>
    recorder.calls(name).some((call) => `${idsOf(call)}` === `${ids}`),
  );
}

/** The calls that a batch leads to: it is halved until the bad record is alone, which is tried once more. */
function halvedAround(batch: readonly string[]): readonly (readonly string[])[] {
  if (!batch.includes('poison')) return [batch];
  if (batch.length === 1) return [batch, batch];
  const half = Math.floor(batch.length / 2);
  return [batch, ...halvedAround(batch.slice(0, half)), ...halvedAround(batch.slice(half))];
}

function failOn(bad: string): (call: Call) => Order {
  return (call) =>
    idsOf(call).includes(bad) ? { throw: { name: 'BadRecord', message: bad } } : { return: null };
}

function reportOn(bad: string): (call: Call) => Order {
  return ({ event }) => {
    const failed = batchSchema.parse(event).Records.filter((record) => record.dynamodb.Keys.id.S === bad);
    return {
      return: {
        batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })),
      },
    };
  };
}

async function firstObject({ clients }: Lab): Promise<{ key: string; body: unknown }> {
  const key = await until('the bucket has an object', SOON_MS, async () => {
    const { Contents } = await clients.s3.send(new ListObjectsV2Command({ Bucket: FAILURES }));
    return Contents?.[0]?.Key;
  });
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: FAILURES, Key: key }));
  return { key, body: JSON.parse((await Body?.transformToString()) ?? 'null') };
}
