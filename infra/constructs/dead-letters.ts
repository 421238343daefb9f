import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type Runbook, RunbookAlarm } from './runbook-alarm.ts';

/** As long as SQS keeps a message: whoever comes back from a holiday still finds it. */
const DEAD_LETTER_DAYS = 14;

/** A queue for what could not be delivered or done. */
export function deadLetterQueue(scope: Construct, id: string): sqs.Queue {
  return new sqs.Queue(scope, id, {
    retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** An alarm as long as anything is in it. */
export function deadLetterAlarm(
  scope: Construct,
  id: string,
  queue: sqs.IQueue,
  runbook: Runbook,
): cloudwatch.Alarm {
  return new RunbookAlarm(scope, id, {
    metric: queue.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: Duration.minutes(1),
    }),
    ...runbook,
  });
}
