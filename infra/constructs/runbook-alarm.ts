import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** What an alarm means, and where it is written what to do. */
export interface Runbook {
  /** A sentence. */
  readonly means: string;
  /** Of docs/operations.md, as a link names it. */
  readonly heading: string;
}

export interface RunbookAlarmProps extends Runbook {
  readonly metric: cloudwatch.IMetric;
  /** @default 1: what should never happen has happened */
  readonly threshold?: number;
  /**
   * How many periods of the metric must be bad, one after the other.
   *
   * @default 1
   */
  readonly periods?: number;
  /**
   * Bad is less than the threshold, or no data.
   *
   * @default false: bad is the threshold and more
   */
  readonly isDeadMansSwitch?: boolean;
}

const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData;

/** An alarm that tells whoever it wakes what it means and where to read on. */
export class RunbookAlarm extends cloudwatch.Alarm {
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    const { metric, threshold = 1, periods = 1, isDeadMansSwitch = false, means, heading } = props;
    super(scope, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: isDeadMansSwitch ? LESS_THAN_THRESHOLD : GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: isDeadMansSwitch ? BREACHING : NOT_BREACHING,
      alarmDescription: `${means} Runbook: docs/operations.md#${heading}`,
    });
  }
}
