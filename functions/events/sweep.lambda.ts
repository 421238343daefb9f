import { MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import { sweep } from '../../core/usecases/sweep.ts';
import { composeDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';
import { metrics } from '../runtime/metrics.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';

const deps = composeDeps({ schedules: composeSchedules() });

/** Each minute: looks at every job whose time has come and does what somebody left undone. */
export const handler = middy(async () => {
  const done = await sweep(deps);
  metrics.addMetric('SweeperLooks', MetricUnit.Count, done.looked);
  metrics.addMetric('SweeperRepairs', MetricUnit.Count, done.repaired);
  metrics.addMetric('SweeperGrants', MetricUnit.Count, done.granted);
  metrics.addMetric('SweeperFailures', MetricUnit.Count, done.failed);
  metrics.addMetric('JobsAbended', MetricUnit.Count, done.abended);
  metrics.publishStoredMetrics();
  if (done.looked + done.granted + done.failed > 0) logger.info('Swept', { ...done });
  return done;
});
