import { MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import { sweep } from '../../core/usecases/sweep.ts';
import { sweepSchedules } from '../../core/usecases/sweep-schedules.ts';
import { logger } from '../runtime/logger.ts';
import { metrics } from '../runtime/metrics.ts';
import { composeScheduleDeps } from '../runtime/recurring-composition.ts';

const deps = composeScheduleDeps();

/** Each minute: looks at every job and schedule whose time has come and does what somebody left undone. */
export const handler = middy(async () => {
  const [done, schedules] = await Promise.all([sweep(deps), sweepSchedules(deps)]);
  metrics.addMetric('SweeperLooks', MetricUnit.Count, done.looked);
  metrics.addMetric('SweeperRepairs', MetricUnit.Count, done.repaired);
  metrics.addMetric('SweeperGrants', MetricUnit.Count, done.granted);
  metrics.addMetric('SweeperFailures', MetricUnit.Count, done.failed + schedules.failed);
  metrics.addMetric('JobsAbended', MetricUnit.Count, done.abended);
  metrics.addMetric('ScheduleRunsMissed', MetricUnit.Count, schedules.missed);
  metrics.publishStoredMetrics();
  if (done.looked + done.granted + done.failed + schedules.looked > 0) {
    logger.info('Swept', { ...done, schedules });
  }
  return { ...done, schedules };
});
