import { ArnFormat, Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Lambda allows 64 characters; the construct's own name keeps deployments apart. */
const NAME_CHARACTERS = 57;

/** As long as SQS keeps a message: whoever comes back from a holiday still finds it. */
const DEAD_LETTER_DAYS = 14;

/**
 * The one-time schedules that have waiting jobs looked at when their date comes: their group, the role
 * as which EventBridge Scheduler calls the function, and the queue for calls that never came through.
 *
 * The function's name is chosen before it exists: it makes schedules that call itself, and a
 * reference to itself could not be deployed.
 */
export class JobSchedules extends Construct {
  readonly group: scheduler.ScheduleGroup;
  readonly role: iam.Role;
  readonly deadLetters: sqs.Queue;
  readonly functionName: string;
  readonly functionArn: string;
  readonly alarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = Stack.of(this);
    // Whatever is scheduled is stored with its job, too: the group holds nothing of its own.
    this.group = new scheduler.ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
    this.functionName = `${Names.uniqueResourceName(this, { maxLength: NAME_CHARACTERS, separator: '-' })}-on-due`;
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
      description: 'Calls the function that looks at jobs on their date',
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
    this.alarm = this.alarmOfDeadLetters();
  }

  /** Making and removing schedules of the group, as calls of the one function. */
  grant(grantee: iam.IGrantable): void {
    const { group, role } = this;
    const schedules = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${group.scheduleGroupName}/*`,
    });
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
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

  private alarmOfDeadLetters(): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, 'Undeliverable', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: 'Maximum',
        period: Duration.minutes(1),
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription:
        'Jobs could not be looked at on their date and start late. Runbook: docs/operations.md#scheduled-looks-undeliverable',
    });
  }
}
