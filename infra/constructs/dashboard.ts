import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { classOf, SETTLED_STATUSES, STATUSES, type Status } from '../../core/job/status.ts';
import type { Watched } from './alarms.ts';
import type { JobplaneMetrics } from './metrics.ts';

/** A dashboard is 24 columns wide: three widgets a row. */
const WIDTH = 8;
const ALARMS_WIDTH = 24;

const HOW_OFTEN = Duration.minutes(5);

/** What goes on in a deployment, and whether it is well. */
export class Dashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly metrics: JobplaneMetrics;
      readonly watched: Watched;
      readonly alarms: readonly cloudwatch.Alarm[];
      /** Queues of what could not be delivered or done, by what a reader calls them. */
      readonly deadLetters: Readonly<Record<string, sqs.IQueue>>;
    },
  ) {
    super(scope, id);
    const { metrics, watched, alarms } = props;
    const { table, machine, childMachine, functions, api } = watched;
    const statuses = (chosen: readonly Status[]) =>
      chosen.map((value) => metrics.own('JobStatusChanges', { by: { name: 'Status', value }, label: value }));
    const deadLetters = Object.entries(props.deadLetters).map(([label, queue]) =>
      queue.metricApproximateNumberOfMessagesVisible({ label, statistic: 'Maximum', period: HOW_OFTEN }),
    );
    new cloudwatch.Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(3),
      widgets: [
        [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: ALARMS_WIDTH })],
        [
          graph('Jobs that started and ended', statuses(['RUNNING', ...SETTLED_STATUSES])),
          graph('Jobs that came to wait, or to need somebody', statuses(STATUSES.filter(isStanding))),
          graph('Commands from the bus', [
            metrics.own('CommandsTaken', { label: 'taken' }),
            metrics.own('CommandsRefused', { label: 'refused' }),
            metrics.own('CommandsFromUnknownSenders', { label: 'from unknown senders' }),
          ]),
        ],
        [
          graph('API: requests and errors', [
            api.api.metricCount({ label: 'requests', statistic: 'Sum', period: HOW_OFTEN }),
            api.api.metricClientError({ label: '4xx', statistic: 'Sum', period: HOW_OFTEN }),
            api.api.metricServerError({ label: '5xx', statistic: 'Sum', period: HOW_OFTEN }),
          ]),
          graph(
            'API: latency in ms, long polls included',
            ['p50', 'p90', 'p99'].map((statistic) =>
              api.api.metricLatency({ label: statistic, statistic, period: HOW_OFTEN }),
            ),
          ),
          graph('State transitions of the account and region', [
            new cloudwatch.Metric({
              namespace: 'AWS/States',
              metricName: 'ConsumedCapacity',
              dimensionsMap: { ServiceMetric: 'StateTransition' },
              label: 'transitions',
              statistic: 'Sum',
              period: HOW_OFTEN,
            }),
          ]),
        ],
        [
          graph('Sweeper', [
            metrics.own('SweeperLooks', { label: 'looks' }),
            metrics.own('SweeperRepairs', { label: 'repairs' }),
            metrics.own('SweeperGrants', { label: 'grants' }),
            metrics.own('SweeperFailures', { label: 'failures' }),
            metrics.own('ScheduleRunsMissed', { label: 'missed runs of schedules' }),
          ]),
          graph('Lateness in seconds, or of the journal in ms', [
            metrics.own('OldestOwedSeconds', { label: 'owed effects, s', statistic: 'Maximum' }),
            functions.get('publish-journal').metric('IteratorAge', {
              label: 'journal, ms',
              statistic: 'Maximum',
              period: HOW_OFTEN,
            }),
          ]),
          graph('Dead letters', deadLetters),
        ],
        [
          graph('Throttles', [
            metrics.tableThrottles(table),
            metrics.functionThrottles('events', functions.events()),
            metrics.functionThrottles('tasks', functions.tasks()),
            metrics.executionThrottles([machine, childMachine]),
          ]),
          graph('Failures of functions', [
            metrics.eventErrors(functions.events()),
            metrics.taskErrors(functions.tasks()),
          ]),
        ],
      ],
    });
  }
}

/** Waits, or stands still until somebody acts. */
function isStanding(status: Status): boolean {
  const standing = classOf(status) === 'waiting' || classOf(status) === 'attention' || status === 'PAUSED';
  return standing && !SETTLED_STATUSES.some((settled) => settled === status);
}

function graph(title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: WIDTH });
}
