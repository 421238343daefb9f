import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { ControlFunctions } from './control-functions.ts';
import type { HttpApi } from './http-api.ts';
import type { JobMachine } from './job-machine.ts';
import type { JobTable } from './job-table.ts';
import type { JobplaneMetrics } from './metrics.ts';
import { RunbookAlarm, type RunbookAlarmProps } from './runbook-alarm.ts';

/** What the alarms of the whole look at, beside those of its parts. */
export interface Watched {
  readonly table: JobTable;
  readonly machine: JobMachine;
  readonly childMachine: JobMachine;
  readonly functions: ControlFunctions;
  readonly api: HttpApi;
}

/** A quarter of an hour of five minutes each: what one sweep, or the AWS SDK's own retries, put right is none. */
const LASTING = 3;

/** Two sweeps, a minute apart. */
const OVERDUE_SECONDS = 120;

/** Five minutes have five sweeps: one of them is enough to do what all would. */
const SWEEPS_IN_FIVE_MINUTES = 1;

/**
 * Alarms of the deployment as a whole; those of queues and of the journal are with what they watch. A
 * function of a route has none of its own: when it fails or is throttled, the API answers with 5xx.
 */
export class Alarms extends Construct {
  readonly all: readonly cloudwatch.Alarm[];

  /** @param props.others those of the parts, which tell the same topic */
  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly metrics: JobplaneMetrics;
      readonly watched: Watched;
      readonly others: readonly cloudwatch.Alarm[];
      readonly topic?: sns.ITopic;
    },
  ) {
    super(scope, id);
    const declared = Object.entries(alarmsOf(props.metrics, props.watched));
    this.all = [...props.others, ...declared.map(([name, alarm]) => new RunbookAlarm(this, name, alarm))];
    if (props.topic === undefined) return;
    const action = new SnsAction(props.topic);
    for (const alarm of this.all) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }
}

function alarmsOf(
  metrics: JobplaneMetrics,
  { table, machine, childMachine, functions, api }: Watched,
): Readonly<Record<string, RunbookAlarmProps>> {
  return {
    SweeperRepairs: {
      metric: metrics.own('SweeperRepairs'),
      periods: LASTING,
      means: 'The sweeper has something to repair again and again.',
      heading: 'sweeper-repairs',
    },
    OwedOverdue: {
      metric: metrics.own('OldestOwedSeconds', { statistic: 'Maximum', period: Duration.minutes(1) }),
      threshold: OVERDUE_SECONDS,
      periods: LASTING,
      means: 'What must follow a change of a job is not done within two sweeps.',
      heading: 'owed-effects-overdue',
    },
    SweepNotRunning: {
      metric: metrics.sweeps(functions.get('sweep')),
      threshold: SWEEPS_IN_FIVE_MINUTES,
      isDeadMansSwitch: true,
      means: 'No sweep has come to its end for five minutes.',
      heading: 'sweep-not-running',
    },
    JobsAbended: {
      metric: metrics.own('JobStatusChanges', { by: { name: 'Status', value: 'ABENDED' } }),
      means: 'The execution of a job died outside Jobplane.',
      heading: 'jobs-abended',
    },
    TableThrottled: {
      metric: metrics.tableThrottles(table),
      periods: LASTING,
      means: 'DynamoDB refuses reads or writes of the table for their number.',
      heading: 'table-throttled',
    },
    EventsThrottled: {
      metric: metrics.functionThrottles('events', functions.events()),
      periods: LASTING,
      means: 'Lambda refuses calls of the functions that serve events for their number.',
      heading: 'functions-throttled',
    },
    TasksThrottled: {
      metric: metrics.functionThrottles('tasks', functions.tasks()),
      periods: LASTING,
      means: 'Lambda refuses calls of the functions of the state machines for their number.',
      heading: 'functions-throttled',
    },
    ExecutionsThrottled: {
      metric: metrics.executionThrottles([machine, childMachine]),
      periods: LASTING,
      means: 'Step Functions puts off steps of executions for their number.',
      heading: 'executions-throttled',
    },
    EventsFailing: {
      metric: metrics.eventErrors(functions.events()),
      periods: LASTING,
      means: 'Functions that serve events fail again and again.',
      heading: 'functions-failing',
    },
    TasksFailing: {
      metric: metrics.taskErrors(functions.tasks()),
      periods: LASTING,
      means: 'Functions of the state machines fail again and again.',
      heading: 'functions-failing',
    },
    ApiErrors: {
      metric: api.api.metricServerError({ statistic: 'Sum', period: Duration.minutes(5) }),
      periods: LASTING,
      means: 'The API answers with 5xx again and again.',
      heading: 'api-errors',
    },
  };
}
