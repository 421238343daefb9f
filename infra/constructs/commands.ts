import { Duration, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { COMMAND_TYPES } from '../../core/contract/bus-commands.ts';
import { JOBPLANE_SOURCE } from '../../core/contract/bus-events.ts';
import { deadLetterAlarm, deadLetterQueue } from './dead-letters.ts';
import { registeredSenders, type Sender } from './sender.ts';

/**
 * A command that is older than that is a dead letter: somebody should look before it is sent again.
 * Within that, EventBridge calls the function up to 20 times if it is throttled or gone, and Lambda runs
 * it three times if it throws, with a minute and then two in between.
 */
const MAX_AGE = Duration.hours(1);
const DELIVERIES = 20;
const RETRIES = 2;

/** An hour in which nobody is told that commands are refused would be an hour of lost builds. */
const REFUSED = {
  means: 'A command from the bus was refused, and lies in a queue with the reason.',
  heading: 'commands-refused',
};

const UNDELIVERABLE = {
  means: 'Commands from the bus could not be carried out, and lie in a queue.',
  heading: 'commands-undeliverable',
};

/**
 * Commands from the private bus: who may send them, the rule that brings them to the function, and the
 * queues for what was refused and what could not be delivered.
 */
export class Commands extends Construct {
  readonly refused: sqs.Queue;
  readonly deadLetters: sqs.Queue;
  readonly alarms: readonly cloudwatch.Alarm[];

  private readonly bus: events.EventBus;
  private readonly senders: Readonly<Record<string, Sender>>;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly bus: events.EventBus; readonly senders: Readonly<Record<string, Sender>> },
  ) {
    super(scope, id);
    this.bus = props.bus;
    this.senders = props.senders;
    this.refused = deadLetterQueue(this, 'Refused');
    this.deadLetters = deadLetterQueue(this, 'DeadLetters');
    this.alarms = [
      deadLetterAlarm(this, 'RefusedAlarm', this.refused, REFUSED),
      deadLetterAlarm(this, 'Undeliverable', this.deadLetters, UNDELIVERABLE),
    ];
  }

  /** Has the function carry out commands. */
  takenBy(handler: lambda.Function): void {
    const senders = registeredSenders(this, this.senders);
    handler.addEnvironment('SENDERS', Stack.of(this).toJsonString(senders));
    handler.addEnvironment('REFUSED_COMMANDS_URL', this.refused.queueUrl);
    this.bus.grantPutEventsTo(handler);
    iam.Grant.addToPrincipal({
      grantee: handler,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.refused.queueArn],
    });
    handler.configureAsyncInvoke({
      maxEventAge: MAX_AGE,
      retryAttempts: RETRIES,
      onFailure: new SqsDestination(this.deadLetters),
    });
    new events.Rule(this, 'Rule', {
      description: 'Commands for Jobplane, whoever sent them: the function knows who may',
      eventBus: this.bus,
      eventPattern: {
        source: events.Match.anythingBut(JOBPLANE_SOURCE),
        detailType: [...COMMAND_TYPES],
      },
      targets: [
        new targets.LambdaFunction(handler, {
          deadLetterQueue: this.deadLetters,
          maxEventAge: MAX_AGE,
          retryAttempts: DELIVERIES,
        }),
      ],
    });
  }

  /**
   * Says in the bus's own policy who may put which events on it, also within the account: no policy of
   * a role can allow what is denied here. The keys of a condition have several values where a call has
   * several events, so one forbidden event denies the whole call.
   * Source: Amazon EventBridge User Guide, "Using IAM policy conditions in Amazon EventBridge".
   */
  pin(publishers: readonly lambda.Function[]): void {
    this.deny('OnlyJobplaneIsJobplane', JOBPLANE_SOURCE, {
      ArnNotEquals: { 'aws:PrincipalArn': publishers.map(({ role }) => role?.roleArn) },
    });
    for (const [name, { principal, source }] of Object.entries(this.senders)) {
      this.bus.addToResourcePolicy(
        new iam.PolicyStatement({
          sid: sidOf('Sender', name),
          principals: [principal],
          actions: PUT_EVENTS,
          resources: [this.bus.eventBusArn],
          conditions: {
            'ForAllValues:StringEquals': {
              'events:source': source,
              'events:detail-type': [...COMMAND_TYPES],
            },
            // An empty set of values would equal anything.
            Null: { 'events:source': 'false', 'events:detail-type': 'false' },
          },
        }),
      );
    }
    for (const [source, principals] of this.principalsBySource()) {
      this.deny(sidOf('Only', source), source, notAmong(principals));
    }
  }

  private deny(sid: string, source: string, unless: iam.Conditions): void {
    this.bus.addToResourcePolicy(
      new iam.PolicyStatement({
        sid,
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: PUT_EVENTS,
        resources: [this.bus.eventBusArn],
        conditions: { 'ForAnyValue:StringEquals': { 'events:source': source }, ...unless },
      }),
    );
  }

  private principalsBySource(): ReadonlyMap<string, readonly iam.ArnPrincipal[]> {
    const found = new Map<string, readonly iam.ArnPrincipal[]>();
    for (const { source, principal } of Object.values(this.senders)) {
      found.set(source, [...(found.get(source) ?? []), principal]);
    }
    return found;
  }
}

const PUT_EVENTS = ['events:PutEvents'];

/** Whoever is none of these: neither one of the roles, nor of one of the accounts. */
function notAmong(principals: readonly iam.ArnPrincipal[]): iam.Conditions {
  const accounts = principals.filter((principal) => principal instanceof iam.AccountPrincipal);
  const roles = principals.filter((principal) => !(principal instanceof iam.AccountPrincipal));
  return {
    ...(roles.length === 0 ? {} : { ArnNotEquals: { 'aws:PrincipalArn': roles.map(({ arn }) => arn) } }),
    ...(accounts.length === 0
      ? {}
      : { StringNotEquals: { 'aws:PrincipalAccount': accounts.map(({ accountId }): string => accountId) } }),
  };
}

/** EventBridge allows 64 letters, digits, `-` and `_`, of which CDK puts `cdk-` in front. */
const SID_CHARACTERS = 60;

function sidOf(prefix: string, name: string): string {
  return `${prefix}-${name.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`.slice(0, SID_CHARACTERS);
}
