import { Duration, Names } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { TABLE } from '../../functions/adapters/dynamodb/keys.ts';
import {
  DEPLOYMENT_DIMENSION,
  METRICS_NAMESPACE,
  type MetricName,
} from '../../functions/runtime/metric-names.ts';
import type { JobMachine } from './job-machine.ts';
import type { JobTable } from './job-table.ts';

/** What alarms and dashboard look at, each summed up over this unless they say otherwise. */
const PERIOD = Duration.minutes(5);

/** CloudWatch allows 255 characters, and has to be legible. */
const DEPLOYMENT_CHARACTERS = 100;

/** The metrics of one deployment: its own, and those that AWS keeps of its parts. */
export class JobplaneMetrics {
  /** Keeps its own metrics apart from those of other deployments in the account. */
  readonly deployment: string;

  constructor(jobplane: IConstruct) {
    this.deployment = Names.uniqueResourceName(jobplane, {
      maxLength: DEPLOYMENT_CHARACTERS,
      separator: '-',
    });
  }

  /** One that the functions write themselves. */
  own(
    name: MetricName,
    options: cloudwatch.MetricOptions & {
      readonly by?: { readonly name: 'Status' | 'Effect'; readonly value: string };
    } = {},
  ): cloudwatch.Metric {
    const { by, ...others } = options;
    return new cloudwatch.Metric({
      namespace: METRICS_NAMESPACE,
      metricName: name,
      dimensionsMap: {
        [DEPLOYMENT_DIMENSION]: this.deployment,
        ...(by === undefined ? {} : { [by.name]: by.value }),
      },
      statistic: 'Sum',
      period: PERIOD,
      ...others,
    });
  }

  /** Reads and writes that DynamoDB refused for their number, of the table and of its indexes. */
  tableThrottles({ table }: JobTable): cloudwatch.MathExpression {
    const places = [undefined, ...Object.values(TABLE.indexes).map(({ name }) => name)];
    return sumOf(
      { label: 'Throttled reads and writes', id: 'table' },
      places.flatMap((index) =>
        ['ReadThrottleEvents', 'WriteThrottleEvents'].map(
          (metricName) =>
            new cloudwatch.Metric({
              namespace: 'AWS/DynamoDB',
              metricName,
              dimensionsMap: {
                TableName: table.tableName,
                ...(index === undefined ? {} : { GlobalSecondaryIndexName: index }),
              },
              statistic: 'Sum',
            }),
        ),
      ),
    );
  }

  /** Calls of these functions that Lambda refused for their number. */
  functionThrottles(
    id: 'events' | 'tasks',
    functions: readonly lambda.Function[],
  ): cloudwatch.MathExpression {
    return sumOf(
      { label: `Throttled calls: ${id}`, id: `${id}Throttles` },
      functions.map((handler) => handler.metricThrottles()),
    );
  }

  /** Calls that failed of the functions that serve events. */
  eventErrors(functions: readonly lambda.Function[]): cloudwatch.MathExpression {
    return sumOf({ label: 'Failed calls: events', id: 'eventErrors' }, errorsOf(functions));
  }

  /** Calls of tasks that failed, less those that answered with an error which their machine catches by name. */
  taskErrors(functions: readonly lambda.Function[]): cloudwatch.MathExpression {
    const { expression, usingMetrics } = sumOf({ label: '', id: 'taskErrors' }, errorsOf(functions));
    return new cloudwatch.MathExpression({
      label: 'Failed calls: tasks',
      expression: `${expression} - FILL(answered, 0)`,
      usingMetrics: { ...usingMetrics, answered: this.own('TasksRefused') },
      period: PERIOD,
    });
  }

  /** Starts and steps of executions that Step Functions put off for their number. */
  executionThrottles(machines: readonly JobMachine[]): cloudwatch.MathExpression {
    return sumOf(
      { label: 'Throttled executions', id: 'executions' },
      machines.map(
        ({ arn }) =>
          new cloudwatch.Metric({
            namespace: 'AWS/States',
            metricName: 'ExecutionThrottled',
            dimensionsMap: { StateMachineArn: arn },
            statistic: 'Sum',
          }),
      ),
    );
  }

  /** Sweeps that came to their end. */
  sweeps(sweep: lambda.Function): cloudwatch.MathExpression {
    return new cloudwatch.MathExpression({
      label: 'Sweeps that came to their end',
      expression: 'FILL(begun, 0) - FILL(failed, 0)',
      usingMetrics: { begun: sweep.metricInvocations(), failed: sweep.metricErrors() },
      period: PERIOD,
    });
  }
}

function errorsOf(functions: readonly lambda.Function[]): readonly cloudwatch.Metric[] {
  return functions.map((handler) => handler.metricErrors());
}

/** @param named.id begins the ids of the metrics, which no two of a graph may share */
function sumOf(
  named: { readonly label: string; readonly id: string },
  metrics: readonly cloudwatch.Metric[],
): cloudwatch.MathExpression {
  const usingMetrics = Object.fromEntries(
    metrics.map((metric, position): [string, cloudwatch.IMetric] => [`${named.id}${position}`, metric]),
  );
  // One that has no data yet, such as an index that was never throttled, must not hide the others.
  const filled = Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`);
  return new cloudwatch.MathExpression({
    label: named.label,
    expression: filled.join(' + '),
    usingMetrics,
    period: PERIOD,
  });
}
