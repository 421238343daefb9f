import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect } from 'vitest';
import { type CheckSet, invoked, never } from '../check.ts';
import { arn, functionArn, type Lab, type Resources } from '../lab.ts';
import { kill } from '../recorder.ts';

const NEVER_MS = 2_500;
const ISO_MILLISECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const BOOM = { throw: { name: 'BoomError', message: 'boom' } };

/** Asynchronous invocations: retries, age and destinations. */
export const lambdaAsync: CheckSet = {
  functions: [
    'Succeeds',
    'SucceedsRecords',
    'FailsOnce',
    'FailsRecords',
    'Killed',
    'KilledRecords',
    'Retried',
    'RetriedRecords',
    'Aged',
    'AgedRecords',
    'Unqualified',
    'UnqualifiedRecords',
    'ToQueue',
    'QueueRecords',
    'ToBus',
    'BusRecords',
    'DeadLetters',
    'EventTarget',
  ],
  resources: {
    ...live('Succeeds', {
      DestinationConfig: { OnSuccess: { Destination: functionArn('SucceedsRecords') } },
    }),
    ...live('FailsOnce', { MaximumRetryAttempts: 0, ...onFailure(functionArn('FailsRecords')) }),
    ...live('Killed', { MaximumRetryAttempts: 0, ...onFailure(functionArn('KilledRecords')) }),
    ...live('Retried', { MaximumRetryAttempts: 1, ...onFailure(functionArn('RetriedRecords')) }),
    ...live('Aged', { MaximumEventAgeInSeconds: 60, ...onFailure(functionArn('AgedRecords')) }),
    ...live('Unqualified', { MaximumRetryAttempts: 2 }),
    UnqualifiedConfig: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Unqualified' },
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 0,
        ...onFailure(functionArn('UnqualifiedRecords')),
      },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'records' } },
    ...live('ToQueue', { MaximumRetryAttempts: 0, ...onFailure(arn('sqs', 'records')) }),
    QueueToFunction: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'QueueRecords' },
        EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      },
    },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'records' } },
    ...live('ToBus', {
      DestinationConfig: { OnSuccess: { Destination: arn('events', 'event-bus/records') } },
    }),
    BusToFunction: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: { Ref: 'Bus' },
        EventPattern: { source: ['lambda'] },
        Targets: [{ Id: 'function', Arn: { 'Fn::GetAtt': ['BusRecords', 'Arn'] } }],
      },
    },
    TargetRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['lab.async'] },
        Targets: [{ Id: 'function', Arn: { 'Fn::GetAtt': ['EventTarget', 'Arn'] } }],
      },
    },
  },
  checks: [
    {
      correction: 'asynchronous-invocations',
      name: "an alias's OnSuccess function gets a record of what was asked and returned",
      async run(lab) {
        lab.recorder.script('Succeeds', () => ({ return: { answer: 42 } }));
        await invokeAsync(lab, 'Succeeds:live', { question: 'six by nine' });
        const record = (await invoked(lab, 'SucceedsRecords')).event;
        expect(record).toEqual({
          version: '1.0',
          timestamp: expect.stringMatching(ISO_MILLISECONDS),
          requestContext: {
            requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            functionArn: functionArn('Succeeds:live'),
            condition: 'Success',
            approximateInvokeCount: 1,
          },
          requestPayload: { question: 'six by nine' },
          responseContext: { statusCode: 200, executedVersion: '1' },
          responsePayload: { answer: 42 },
        });
      },
    },
    {
      correction: 'asynchronous-invocations',
      name: "an alias's MaximumRetryAttempts 0 allows one attempt, and its OnFailure function gets the error",
      async run(lab) {
        lab.recorder.script('FailsOnce', () => BOOM);
        lab.recorder.script('FailsRecords', (call, index) => (index === 0 ? kill(call) : { return: null }));
        await invokeAsync(lab, 'FailsOnce:live', { nr: 1 });
        const record = (await invoked(lab, 'FailsRecords')).event;
        expect(record).toMatchObject({
          requestContext: {
            functionArn: functionArn('FailsOnce:live'),
            condition: 'RetriesExhausted',
            approximateInvokeCount: 1,
          },
          requestPayload: { nr: 1 },
          responseContext: { statusCode: 200, executedVersion: '1', functionError: 'Unhandled' },
          responsePayload: { errorType: 'BoomError', errorMessage: 'boom', trace: expect.any(Array) },
        });
        const again = (await invoked(lab, 'FailsRecords', 2)).event; // a destination that dies is retried too
        expect(again).toEqual(record);
        expect(lab.recorder.calls('FailsOnce')).toHaveLength(1);
      },
    },
    {
      correction: 'exit-error',
      name: 'the OnFailure record of a killed function says Runtime.ExitError',
      async run(lab) {
        lab.recorder.script('Killed', kill);
        await invokeAsync(lab, 'Killed:live', {});
        const record = (await invoked(lab, 'KilledRecords')).event;
        expect(record).toMatchObject({ responsePayload: { errorType: 'Runtime.ExitError' } });
      },
    },
    {
      correction: 'asynchronous-invocations',
      name: "an alias's MaximumRetryAttempts 1 allows two attempts",
      async run(lab) {
        lab.recorder.script('Retried', () => BOOM);
        await invokeAsync(lab, 'Retried:live', {});
        const record = (await invoked(lab, 'RetriedRecords')).event;
        expect(record).toMatchObject({ requestContext: { approximateInvokeCount: 2 } });
        expect(lab.recorder.calls('Retried')).toHaveLength(2);
      },
    },
    {
      correction: 'asynchronous-invocations',
      name: 'an event older than MaximumEventAgeInSeconds is not retried (the first retry comes after a minute)',
      async run(lab) {
        lab.recorder.script('Aged', () => BOOM);
        await invokeAsync(lab, 'Aged:live', {});
        const record = (await invoked(lab, 'AgedRecords')).event;
        expect(record).toMatchObject({
          requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 1 },
        });
      },
    },
    {
      correction: 'asynchronous-invocations',
      name: "an unqualified invocation follows the function's own configuration, not its alias's",
      async run(lab) {
        lab.recorder.script('Unqualified', () => BOOM);
        await invokeAsync(lab, 'Unqualified', {});
        const record = (await invoked(lab, 'UnqualifiedRecords')).event;
        expect(record).toMatchObject({
          requestContext: { functionArn: functionArn('Unqualified:$LATEST'), approximateInvokeCount: 1 },
          responseContext: { executedVersion: '$LATEST' },
        });
      },
    },
    {
      correction: 'asynchronous-invocations',
      name: "an alias's OnFailure may be a queue",
      async run(lab) {
        lab.recorder.script('ToQueue', () => BOOM);
        await invokeAsync(lab, 'ToQueue:live', { nr: 2 });
        const batch = (await invoked(lab, 'QueueRecords')).event;
        expect(batch).toMatchObject({
          Records: [{ body: expect.stringContaining('"condition": "RetriesExhausted"') }],
        });
      },
    },
    {
      correction: 'asynchronous-invocations',
      name: "an alias's OnSuccess may be an event bus",
      async run(lab) {
        await invokeAsync(lab, 'ToBus:live', { nr: 3 });
        const event = (await invoked(lab, 'BusRecords')).event;
        expect(event).toMatchObject({
          source: 'lambda',
          'detail-type': 'Lambda Function Invocation Result - Success',
          detail: { requestContext: { condition: 'Success' }, requestPayload: { nr: 3 } },
        });
      },
    },
    {
      correction: 'events-invoke-asynchronously',
      name: 'a function that fails on an event is invoked twice more',
      async run(lab) {
        lab.recorder.script('EventTarget', () => BOOM);
        await lab.clients.events.send(
          new PutEventsCommand({ Entries: [{ Source: 'lab.async', DetailType: 'Test', Detail: '{}' }] }),
        );
        await invoked(lab, 'EventTarget', 3);
        await never('a fourth attempt', NEVER_MS, () => lab.recorder.calls('EventTarget').length > 3);
      },
    },
  ],
};

function onFailure(destination: string): object {
  return { DestinationConfig: { OnFailure: { Destination: destination } } };
}

/** A version of the function, its alias `live`, and how that alias is invoked asynchronously. */
function live(name: string, config: object): Resources {
  const ofFunction = { FunctionName: { Ref: name } };
  const qualifier = { 'Fn::Select': [7, { 'Fn::Split': [':', { Ref: `${name}Alias` }] }] };
  return {
    [`${name}Version`]: { Type: 'AWS::Lambda::Version', Properties: ofFunction },
    [`${name}Alias`]: {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        ...ofFunction,
        Name: 'live',
        FunctionVersion: { 'Fn::GetAtt': [`${name}Version`, 'Version'] },
      },
    },
    [`${name}Config`]: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { ...ofFunction, Qualifier: qualifier, ...config },
    },
  };
}

async function invokeAsync({ clients }: Lab, name: string, event: object): Promise<void> {
  const FunctionName = functionArn(name);
  const Payload = JSON.stringify(event);
  await clients.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
}
