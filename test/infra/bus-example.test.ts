import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../core/contract/bus-commands.ts';
import { BuildAccountStack, JobplaneAccountStack } from '../../examples/bus/bus-stacks.ts';
import { submitBuild } from '../../examples/bus/functions/submit-build.ts';
import { appOfTemplates } from './app-of-templates.ts';

const BUILDS = '222222222222';
const BUS = 'arn:aws:events:eu-central-1:111111111111:event-bus/jobs';

const jobplane = Template.fromStack(
  new JobplaneAccountStack(appOfTemplates(), 'JobplaneAccount', {
    env: { account: '111111111111', region: 'eu-central-1' },
    buildAccount: BUILDS,
  }),
);
const builds = Template.fromStack(
  new BuildAccountStack(appOfTemplates(), 'BuildAccount', {
    env: { account: BUILDS, region: 'eu-central-1' },
    busArn: BUS,
  }),
);

describe('the example of people who are told', () => {
  test('listens on the private bus for what waits for them, and tells their topic', () => {
    jobplane.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: Match.stringLikeRegexp('^JobsJournalBus') },
      EventPattern: {
        source: ['jobplane'],
        'detail-type': ['Job Status Changed'],
        detail: { project: ['web'], to: ['TRAPPED', 'WAITING_APPROVAL'] },
      },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^TellPeopleTopic') } })],
    });
  });
});

describe('the example of a sender', () => {
  test('is the principal that the deployment lets in, with the source that it is pinned to', () => {
    jobplane.hasResourceProperties('AWS::Events::EventBusPolicy', {
      Statement: {
        Effect: 'Allow',
        Principal: {
          AWS: { 'Fn::Join': ['', ['arn:', Match.anyValue(), `:iam::${BUILDS}:role/jobplane-build-sender`]] },
        },
        Condition: {
          'ForAllValues:StringEquals': Match.objectLike({ 'events:source': 'com.example.ci' }),
        },
      },
    });
    builds.hasResourceProperties('AWS::IAM::Role', { RoleName: 'jobplane-build-sender' });
    builds.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { BUS_ARN: BUS, SOURCE: 'com.example.ci' } },
    });
  });

  test('may put events on that bus, and nothing else', () => {
    builds.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: BUS }],
      },
    });
  });

  test('sends a command that Jobplane reads, the same for the same execution', () => {
    const event = { detail: { pipeline: 'website', 'execution-id': '0b5e', state: 'SUCCEEDED' } };
    const entry = submitBuild(event, 'com.example.ci');
    expect(entry).toMatchObject({ Source: 'com.example.ci', DetailType: 'Submit Job' });
    expect(COMMANDS['Submit Job'].parse(JSON.parse(entry.Detail))).toMatchObject({
      idempotencyId: 'website/0b5e',
      spec: { name: 'after-website', project: 'web' },
    });
    expect(submitBuild(event, 'com.example.ci')).toEqual(entry);
  });
});
