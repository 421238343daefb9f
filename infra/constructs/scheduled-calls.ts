import { ArnFormat, Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Lambda allows 64 characters. */
const NAME_CHARACTERS = 64;

/** As long as SQS keeps a message: whoever comes back from a holiday still finds it. */
const DEAD_LETTER_DAYS = 14;

export interface ScheduledCallsProps {
  /** The function that is called. */
  readonly entry: string;
  /** What it does, after "Calls the function that". */
  readonly does: string;
  /** What grantees do with schedules of the group. */
  readonly actions: readonly string[];
  /** What it means when a call could not be made, and its heading in docs/operations.md. */
  readonly alarm: { readonly means: string; readonly heading: string };
}

/**
 * Schedules of EventBridge Scheduler that Jobplane makes and removes itself, all of which call one
 * function: their group, the role as which the Scheduler calls it, and the queue for calls that never
 * came through.
 *
 * The function's name is chosen before it exists: it makes schedules that call itself, and a
 * reference to itself could not be deployed.
 */
export class ScheduledCalls extends Construct {
  readonly group: scheduler.ScheduleGroup;
  readonly role: iam.Role;
  readonly deadLetters: sqs.Queue;
  readonly functionName: string;
  readonly functionArn: string;
  readonly alarm: cloudwatch.Alarm;

  private readonly actions: readonly string[];

  constructor(scope: Construct, id: string, props: ScheduledCallsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.actions = props.actions;
    // Whatever is scheduled is stored in the table, too: the group holds nothing of its own.
    this.group = new scheduler.ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
    const ending = `-${props.entry}`;
    // The construct's own name keeps deployments apart.
    const maxLength = NAME_CHARACTERS - ending.length;
    this.functionName = `${Names.uniqueResourceName(this, { maxLength, separator: '-' })}${ending}`;
    this.functionArn = stack.formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: this.functionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      description: `Calls the function that ${props.does}`,
      // Only for schedules of this group, so that nobody lends the role to a schedule of their own.
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': this.group.scheduleGroupArn,
          },
        },
      }),
    });
    iam.Grant.addToPrincipal({
      grantee: this.role,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.functionArn],
    });
    iam.Grant.addToPrincipal({
      grantee: this.role,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.deadLetters.queueArn],
    });
    this.alarm = this.alarmOfDeadLetters(props.alarm);
  }

  /** All schedules of the group. */
  get schedules(): string {
    return Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${this.group.scheduleGroupName}/*`,
    });
  }

  /** Making and removing schedules of the group, as calls of the one function. */
  grant(grantee: iam.IGrantable): void {
    const { role, schedules } = this;
    iam.Grant.addToPrincipal({
      grantee,
      actions: [...this.actions],
      resourceArns: [schedules],
    });
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
  }

  private alarmOfDeadLetters({ means, heading }: ScheduledCallsProps['alarm']): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, 'Undeliverable', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: 'Maximum',
        period: Duration.minutes(1),
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: `${means} Runbook: docs/operations.md#${heading}`,
    });
  }
}
