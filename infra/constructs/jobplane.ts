import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as schedulerTargets from 'aws-cdk-lib/aws-scheduler-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DeclaredQueues } from '../../core/contract/declared-queues.ts';
import { DEFAULT_QUOTAS, type Quotas, quotasSchema } from '../../core/quota/quotas.ts';
import type { Action } from './action.ts';
import { ActionTargets, registeredOf } from './action-targets.ts';
import { Alarms } from './alarms.ts';
import { Commands } from './commands.ts';
import { ControlFunctions } from './control-functions.ts';
import { Dashboard } from './dashboard.ts';
import { DeclaredQueuesResource } from './declared-queues.ts';
import { ForeseenFunction } from './foreseen-function.ts';
import { DEFAULT_THROTTLE, HttpApi, type Throttle } from './http-api.ts';
import { claimVariables, Identity } from './identity.ts';
import { JobMachine } from './job-machine.ts';
import { JobTable } from './job-table.ts';
import { acceptFindings } from './jobplane-findings.ts';
import { JournalPublishing } from './journal-publishing.ts';
import { JobplaneMetrics } from './metrics.ts';
import { ScheduledCalls, type ScheduledCallsProps } from './scheduled-calls.ts';
import type { Sender } from './sender.ts';
import { UserPool } from './user-pool.ts';

export interface JobplaneProps {
  /** What jobs may do, by the names that callers use; `log`, `wait` and `fail` are always there. */
  readonly actions?: Readonly<Record<string, Action>>;

  /**
   * Who may send commands by events on the private bus, by names that people then read in journals.
   *
   * @default nobody
   */
  readonly senders?: Readonly<Record<string, Sender>>;

  /**
   * Whether what workers and actions log is published too, as `Job Log Added`: an event for each line.
   *
   * @default false
   */
  readonly publishLog?: boolean;

  /**
   * Is told when an alarm goes off, and when it is over.
   *
   * @default the alarms are there, and tell nobody
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * Queues that come with the deployment, as `{web: {nightly: {maxRunning: 4}}}`: limits by project and name. A
   * deployment that changes them sets the limits of all of them and leaves alone whether one is paused; what
   * was set by `PUT /queues` meanwhile holds until then. One that is declared no longer keeps its limits.
   *
   * @default none; every project has a queue `default` without limits
   */
  readonly queues?: DeclaredQueues;

  /**
   * How often the execution of a job is looked at, in case its end is never reported: the first look,
   * and the bound of the growing time between two.
   *
   * @default first 5 minutes, at most 6 hours
   */
  readonly liveness?: { readonly first: Duration; readonly max: Duration };

  /**
   * How long a job stays readable once it has ended, with its ops and its journal, if its specification does
   * not say: then it is removed, with its children.
   *
   * @default 30 days
   */
  readonly retention?: Duration;

  /**
   * Whose tokens the API takes, and where they say who the caller is (docs/access.md).
   *
   * @default Identity.userPool(): a Cognito user pool of the stack's own
   */
  readonly identity?: Identity;

  /**
   * What each project may have: jobs that wait, schedules, and submissions a minute. What is more is refused
   * with QuotaExceeded (docs/access.md).
   *
   * @default 10,000 jobs that wait, 1,000 schedules, and as many submissions as come
   */
  readonly quotas?: Partial<Quotas>;

  /**
   * Requests of everybody together that the API lets through.
   *
   * @default 500 a second, and 500 at once
   */
  readonly throttle?: Throttle;

  /**
   * What becomes of the table, the user pool and the failure bucket when the stack is removed.
   *
   * @default RemovalPolicy.RETAIN: removing the stack never removes the history of a team's work
   */
  readonly removalPolicy?: RemovalPolicy;
}

const SWEEP_MINUTES = 1;

/** Long enough to look back at last month's end. */
const RETENTION = Duration.days(30);

const LIVENESS = { first: Duration.minutes(5), max: Duration.hours(6) };

/** One-time schedules, which have waiting jobs looked at when their date comes. */
const DATES: ScheduledCallsProps = {
  entry: 'on-due',
  does: 'looks at jobs on their date',
  actions: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
  alarm: {
    means: 'Jobs could not be looked at on their date and start late.',
    heading: 'scheduled-looks-undeliverable',
  },
};

/** Recurring schedules, which submit jobs. */
const RECURRING: ScheduledCallsProps = {
  entry: 'run-schedule',
  does: 'runs recurring schedules',
  actions: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule', 'scheduler:UpdateSchedule'],
  alarm: {
    means: 'Recurring schedules could not be run, and their jobs were not made.',
    heading: 'schedule-runs-undeliverable',
  },
};

/**
 * A job control plane: `new Jobplane(this, 'Jobs', {actions: {build: Action.lambda(fn)}})`.
 *
 * Makes the table, the state machines, the HTTP API, a user pool unless users come from another issuer, the
 * private bus that the journal is published to and commands come from, the schedules that start jobs on their
 * date and those that make jobs again and again, the sweeper that finishes what was left undone, and the alarms
 * and the dashboard that watch it all. This repository's own stack, with its example, has 429 of the 500
 * resources that a stack may have.
 */
export class Jobplane extends Construct {
  readonly api: HttpApi;
  /** Who the users are; undefined where they are another issuer's. */
  readonly userPool: UserPool | undefined;
  readonly table: JobTable;
  readonly machine: JobMachine;
  readonly childMachine: JobMachine;
  readonly publishing: JournalPublishing;
  readonly schedules: ScheduledCalls;
  readonly recurring: ScheduledCalls;
  readonly bulk: ForeseenFunction;
  readonly reach: ForeseenFunction;
  readonly commands: Commands;
  readonly functions: ControlFunctions;
  /** All of them, each with a heading of docs/operations.md in its description. */
  readonly alarms: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: JobplaneProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const { first, max } = props.liveness ?? LIVENESS;
    const actions = props.actions ?? {};
    const publishLog = props.publishLog ?? false;
    const metrics = new JobplaneMetrics(this);
    const identity = props.identity ?? Identity.userPool();

    this.table = new JobTable(this, 'Jobs', { removalPolicy });
    this.machine = new JobMachine(this, 'Execution', { definition: 'job' });
    this.childMachine = new JobMachine(this, 'Children', { definition: 'child-jobs' });
    this.publishing = new JournalPublishing(this, 'Journal', {
      removalPolicy,
      published: { log: publishLog },
    });
    this.commands = new Commands(this, 'Commands', {
      bus: this.publishing.bus,
      senders: props.senders ?? {},
    });
    this.schedules = new ScheduledCalls(this, 'Dates', DATES);
    this.recurring = new ScheduledCalls(this, 'Recurring', RECURRING);
    this.bulk = new ForeseenFunction(this, 'Bulk', 'run-bulk');
    this.reach = new ForeseenFunction(this, 'Reach', 'reach-target');
    const users = identity.kind === 'oidc' ? identity : new UserPool(this, 'Identity', { removalPolicy });
    this.userPool = users instanceof UserPool ? users : undefined;
    this.functions = new ControlFunctions(this, 'Control', {
      removalPolicy,
      names: {
        'on-due': this.schedules.functionName,
        'run-schedule': this.recurring.functionName,
        'run-bulk': this.bulk.functionName,
        'reach-target': this.reach.functionName,
      },
      environment: {
        TABLE_NAME: this.table.table.tableName,
        STATE_MACHINE_ARN: this.machine.arn,
        CHILD_MACHINE_ARN: this.childMachine.arn,
        BUS_NAME: this.publishing.bus.eventBusName,
        PUBLISH_LOG: String(publishLog),
        POWERTOOLS_SERVICE_NAME: metrics.deployment,
        CATALOG: JSON.stringify(registeredOf(actions)),
        QUOTAS: JSON.stringify(quotasSchema.parse({ ...DEFAULT_QUOTAS, ...props.quotas })),
        ...claimVariables(identity),
        LIVENESS_FIRST_SECONDS: String(first.toSeconds()),
        RETENTION: (props.retention ?? RETENTION).toIsoString(),
        LIVENESS_MAX_SECONDS: String(max.toSeconds()),
        BULK_FUNCTION: this.bulk.functionName,
        REACH_FUNCTION: this.reach.functionName,
        SCHEDULE_GROUP: this.schedules.group.scheduleGroupName,
        SCHEDULE_FUNCTION_ARN: this.schedules.functionArn,
        SCHEDULE_ROLE_ARN: this.schedules.role.roleArn,
        SCHEDULE_DEAD_LETTERS_ARN: this.schedules.deadLetters.queueArn,
        RECURRING_GROUP: this.recurring.group.scheduleGroupName,
        RECURRING_FUNCTION_ARN: this.recurring.functionArn,
        RECURRING_ROLE_ARN: this.recurring.role.roleArn,
        RECURRING_DEAD_LETTERS_ARN: this.recurring.deadLetters.queueArn,
      },
    });
    this.functions.grant(this);
    this.machine.define({
      PerformOpFunction: this.functions.get('perform-op'),
      HandleOpFailureFunction: this.functions.get('handle-op-failure'),
      PlanRecoveryFunction: this.functions.get('plan-recovery'),
      FinishJobFunction: this.functions.get('finish-job'),
    });
    this.childMachine.define({
      MakeChildrenFunction: this.functions.get('make-children'),
      GiveUpChildrenFunction: this.functions.get('give-up-children'),
    });
    new ActionTargets(this, 'Actions', { actions, functions: this.functions });
    if (props.queues !== undefined) {
      const handler = this.functions.get('declare-queues');
      new DeclaredQueuesResource(this, 'Queues', { queues: props.queues, handler });
    }
    this.publishing.bus.grantPutEventsTo(this.functions.get('republish'));
    const journalAlarms = this.publishing.publishFrom(
      this.table.table,
      this.functions.get('publish-journal'),
    );
    this.commands.takenBy(this.functions.get('on-command'));
    this.commands.pin([
      this.functions.get('publish-journal'),
      this.functions.get('republish'),
      this.functions.get('on-command'),
    ]);
    this.api = new HttpApi(this, 'Http', {
      functions: this.functions,
      users,
      throttle: props.throttle ?? DEFAULT_THROTTLE,
      removalPolicy,
    });
    this.watchExecutions();
    this.sweepEachMinute();
    this.alarms = new Alarms(this, 'Alarms', {
      metrics,
      watched: this,
      others: [...journalAlarms, this.schedules.alarm, this.recurring.alarm, ...this.commands.alarms],
      ...(props.alarmTopic === undefined ? {} : { topic: props.alarmTopic }),
    }).all;
    new Dashboard(this, 'Overview', {
      metrics,
      watched: this,
      alarms: this.alarms,
      deadLetters: {
        'looks at dates': this.schedules.deadLetters,
        'runs of schedules': this.recurring.deadLetters,
        'refused commands': this.commands.refused,
        'undeliverable commands': this.commands.deadLetters,
      },
    });
    acceptFindings(this, {
      table: this.table,
      machines: [this.machine, this.childMachine],
      publishing: this.publishing,
      scheduled: [this.schedules, this.recurring],
      commands: this.commands,
      functions: this.functions,
      actions: Object.values(actions).flatMap((action) => (action.kind === 'lambda' ? [action.handler] : [])),
    });
  }

  /** Executions that end without telling us; best effort, the liveness looks cover what is lost. */
  private watchExecutions(): void {
    new events.Rule(this, 'ExecutionEnded', {
      description: 'Executions of Jobplane jobs that failed, timed out or were aborted',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [this.machine.arn, this.childMachine.arn],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [new targets.LambdaFunction(this.functions.get('execution-ended'))],
    });
  }

  private sweepEachMinute(): void {
    new scheduler.Schedule(this, 'Sweep', {
      description: 'Jobplane: look at everything overdue',
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(SWEEP_MINUTES)),
      // A sweep that failed is not repeated: the next one comes in a minute and does the same.
      target: new schedulerTargets.LambdaInvoke(this.functions.get('sweep'), { retryAttempts: 0 }),
    });
  }
}
