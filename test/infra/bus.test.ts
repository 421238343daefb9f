import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { COMMAND_TYPES } from '../../core/contract/bus-commands.ts';
import { Jobplane, type JobplaneProps } from '../../infra/constructs/jobplane.ts';
import { registeredSenders, type Sender } from '../../infra/constructs/sender.ts';
import { appOfTemplates } from './app-of-templates.ts';

const BUILDER = 'arn:aws:iam::111111111111:role/builder';
const FORWARDER = 'arn:aws:iam::222222222222:role/forwarder';

const SENDERS: Readonly<Record<string, Sender>> = {
  ci: { principal: new ArnPrincipal(BUILDER), source: 'com.example.ci', groups: ['web:submitter'] },
  'other-ci': {
    principal: new ArnPrincipal(FORWARDER),
    source: 'com.example.ci',
    groups: ['media:submitter', 'media:worker'],
  },
  plant: {
    principal: new AccountPrincipal('333333333333'),
    source: 'com.example.plant',
    groups: ['*:worker'],
  },
};

function templateOf(props: JobplaneProps = {}): Template {
  const stack = new Stack(appOfTemplates(), 'Test');
  new Jobplane(stack, 'Jobs', props);
  return Template.fromStack(stack);
}

const template = templateOf({ senders: SENDERS });

/** Without senders, and with the log. */
const open = templateOf({ publishLog: true });

const statementSchema = z.looseObject({
  Sid: z.string(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.literal('events:PutEvents'),
  Principal: z.unknown(),
  Resource: z.unknown(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())),
});

function statements(of: Template) {
  return Object.values(of.findResources('AWS::Events::EventBusPolicy')).map(({ Properties }) => {
    const statement = statementSchema.parse(Properties?.Statement);
    expect(Properties?.StatementId).toBe(statement.Sid);
    // CDK's own beginning says who made it.
    return { ...statement, Sid: statement.Sid.replace(/^cdk-/, '') };
  });
}

function statement(sid: string) {
  const found = statements(template).find(({ Sid }) => Sid === sid);
  if (found === undefined) throw new Error(`there is no statement ${sid}`);
  return found;
}

const BUS = { 'Fn::GetAtt': [expect.stringMatching(/^JobsJournalBus/), 'Arn'] };

describe('the policy of the bus', () => {
  test('denies Jobplane’s source to everybody but its own publishers, also in the account', () => {
    const { Effect, Principal, Resource, Condition } = statement('OnlyJobplaneIsJobplane');
    expect({ Effect, Principal, Resource }).toEqual({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Resource: BUS,
    });
    expect(Condition).toEqual({
      'ForAnyValue:StringEquals': { 'events:source': 'jobplane' },
      ArnNotEquals: {
        'aws:PrincipalArn': ['publishjournal', 'republish', 'oncommand'].map((name) => ({
          'Fn::GetAtt': [expect.stringMatching(new RegExp(`^JobsControl${name}Role`)), 'Arn'],
        })),
      },
    });
  });

  test('denies it where nobody may send commands, too, and allows nobody anything', () => {
    expect(statements(open).map(({ Sid, Effect }) => [Sid, Effect])).toEqual([
      ['OnlyJobplaneIsJobplane', 'Deny'],
    ]);
  });

  test.each([
    ['Sender-ci', BUILDER, 'com.example.ci'],
    ['Sender-other-ci', FORWARDER, 'com.example.ci'],
    ['Sender-plant', Match.anyValue(), 'com.example.plant'],
  ])('%s allows one principal one source, and nothing but commands', (sid, principal, source) => {
    const { Effect, Resource, Condition } = statement(sid);
    expect({ Effect, Resource }).toEqual({ Effect: 'Allow', Resource: BUS });
    expect(Condition).toEqual({
      'ForAllValues:StringEquals': { 'events:source': source, 'events:detail-type': [...COMMAND_TYPES] },
      Null: { 'events:source': 'false', 'events:detail-type': 'false' },
    });
    template.hasResourceProperties('AWS::Events::EventBusPolicy', {
      StatementId: `cdk-${sid}`,
      Statement: { Principal: { AWS: principal } },
    });
  });

  test('denies a sender’s source to whoever is not that sender, also in the account', () => {
    expect(statement('Only-com-example-ci')).toMatchObject({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Condition: {
        'ForAnyValue:StringEquals': { 'events:source': 'com.example.ci' },
        ArnNotEquals: { 'aws:PrincipalArn': [BUILDER, FORWARDER] },
      },
    });
    const { Condition } = statement('Only-com-example-plant');
    expect(Condition).toEqual({
      'ForAnyValue:StringEquals': { 'events:source': 'com.example.plant' },
      StringNotEquals: { 'aws:PrincipalAccount': ['333333333333'] },
    });
  });
});

describe('a sender', () => {
  const ci = SENDERS['ci'];
  if (ci === undefined) throw new Error('there is no sender');

  test.each<[string, Readonly<Record<string, Sender>>, RegExp]>([
    ['Jobplane’s own source', { x: { ...ci, source: 'jobplane' } }, /Jobplane's own/],
    ['a source of AWS’s', { x: { ...ci, source: 'aws.ec2' } }, /no source/],
    ['a wildcard for a source', { x: { ...ci, source: 'com.example.*' } }, /no source/],
    ['a group without a project', { x: { ...ci, groups: ['submitter'] } }, /no group/],
    ['a name that is none', { 'x y': ci }, /a name is/],
    ['the account and source of another', { x: ci, y: ci }, /could not be told apart/],
  ])('is refused at synthesis with %s', (_what, senders, message) => {
    expect(() => registeredSenders(new Stack(appOfTemplates()), senders)).toThrow(message);
  });

  test('is known to the function by account and source', () => {
    const [handler] = Object.values(
      template.findResources('AWS::Lambda::Function', {
        Properties: { Description: 'Jobplane: on-command' },
      }),
    );
    expect(JSON.parse(handler?.['Properties'].Environment.Variables.SENDERS)).toEqual([
      { name: 'ci', account: '111111111111', source: 'com.example.ci', groups: ['web:submitter'] },
      {
        name: 'other-ci',
        account: '222222222222',
        source: 'com.example.ci',
        groups: ['media:submitter', 'media:worker'],
      },
      { name: 'plant', account: '333333333333', source: 'com.example.plant', groups: ['*:worker'] },
    ]);
  });
});

describe('commands', () => {
  test('reach their function within an hour or end in a queue, by the rule as by Lambda', () => {
    const queue = { 'Fn::GetAtt': [Match.stringLikeRegexp('CommandsDeadLetters'), 'Arn'] };
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: [{ 'anything-but': ['jobplane'] }], 'detail-type': [...COMMAND_TYPES] },
      Targets: [
        Match.objectLike({
          RetryPolicy: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 20 },
          DeadLetterConfig: { Arn: queue },
        }),
      ],
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumEventAgeInSeconds: 3_600,
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: queue } },
    });
  });
});

describe('the stream’s filter', () => {
  const kinds = (of: Template) =>
    Object.values(of.findResources('AWS::Lambda::EventSourceMapping')).map(
      ({ Properties }) => JSON.parse(Properties?.FilterCriteria.Filters[0].Pattern).dynamodb.NewImage.kind.S,
    );

  test('lets the log through only where it is published', () => {
    expect(kinds(template)).toEqual([['status', 'op', 'ready']]);
    expect(kinds(open)).toEqual([['status', 'op', 'ready', 'log']]);
    open.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Jobplane: publish-journal',
      Environment: { Variables: Match.objectLike({ PUBLISH_LOG: 'true' }) },
    });
  });
});
