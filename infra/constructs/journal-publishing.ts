import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, S3OnFailureDestination } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { type Published, publishedKinds } from '../../core/contract/bus-events.ts';
import { ENTRY } from '../../functions/adapters/dynamodb/keys.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

/** Journal entries a call; a batch that fails is halved until the one that cannot go is alone. */
const BATCH_SIZE = 100;

/** With Lambda's pauses of up to a minute between tries: about a quarter of an hour without a bus. */
const RETRIES = 20;

/** The bus lies behind by this much: readers of events should know before their users do. */
const BEHIND_MINUTES = 5;

/** The private bus, and the way of the journal onto it. */
export class JournalPublishing extends Construct {
  readonly bus: events.EventBus;
  /** Holds the stream records that could not be delivered; `POST /republish` sends them again. */
  readonly failures: s3.Bucket;

  private readonly published: Published;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly removalPolicy: RemovalPolicy; readonly published: Published },
  ) {
    super(scope, id);
    this.published = props.published;
    this.bus = new events.EventBus(this, 'Bus', { description: 'Events of Jobplane jobs' });
    this.failures = new s3.Bucket(this, 'Failures', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: props.removalPolicy,
      lifecycleRules: [{ expiration: Duration.days(FAILURES_KEPT_DAYS) }],
    });
  }

  /** Publishes the journal entries with an event that the table's stream brings, and nothing else it brings. */
  publishFrom(table: dynamodb.ITable, publisher: lambda.Function): readonly cloudwatch.Alarm[] {
    this.bus.grantPutEventsTo(publisher);
    const source = new DynamoEventSource(table, {
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: RETRIES,
      onFailure: new S3OnFailureDestination(this.failures),
      metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
      filters: [
        lambda.FilterCriteria.filter({
          eventName: lambda.FilterRule.isEqual('INSERT'),
          dynamodb: {
            Keys: { sk: { S: lambda.FilterRule.beginsWith(ENTRY) } },
            NewImage: { kind: { S: lambda.FilterRule.or(...publishedKinds(this.published)) } },
          },
        }),
      ],
    });
    publisher.addEventSource(source);
    return [
      new RunbookAlarm(this, 'Undeliverable', {
        metric: new cloudwatch.Metric({
          namespace: 'AWS/Lambda',
          metricName: 'OnFailureDestinationDeliveredEventCount',
          dimensionsMap: { EventSourceMappingUUID: source.eventSourceMappingId },
          statistic: 'Sum',
          period: Duration.minutes(1),
        }),
        means: 'Journal entries could not be published and lie in the failure bucket.',
        heading: 'journal-entries-undeliverable',
      }),
      new RunbookAlarm(this, 'Behind', {
        metric: publisher.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(1) }),
        threshold: Duration.minutes(BEHIND_MINUTES).toMilliseconds(),
        means: 'The journal is published late.',
        heading: 'journal-published-late',
      }),
    ];
  }
}

/** As long as the stream's own records could be missed by somebody on holiday. */
const FAILURES_KEPT_DAYS = 90;
