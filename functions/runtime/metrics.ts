import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS_NAMESPACE, type MetricName } from './metric-names.ts';

/**
 * Metrics in CloudWatch's embedded format: log lines, so no call and no permission. The deployment is
 * their service, which the construct names by the environment that Powertools reads.
 */
const metrics = new Metrics({ namespace: METRICS_NAMESPACE });

/** Counts at once, in a line of its own, so that nothing is lost with what fails afterwards. */
export function count(
  name: MetricName,
  value = 1,
  dimension?: { readonly name: 'Status' | 'Effect'; readonly value: string },
): void {
  const metric = metrics.singleMetric();
  if (dimension !== undefined) metric.addDimension(dimension.name, dimension.value);
  metric.addMetric(name, MetricUnit.Count, value);
}

/** A measured time. */
export function measureSeconds(name: MetricName, seconds: number): void {
  metrics.singleMetric().addMetric(name, MetricUnit.Seconds, seconds);
}
