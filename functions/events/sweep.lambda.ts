import middy from '@middy/core';
import type { ScheduleDeps } from '../../core/ports/schedule-deps.ts';
import { sweep } from '../../core/usecases/sweep.ts';
import { sweepSchedules } from '../../core/usecases/sweep-schedules.ts';
import { logger } from '../runtime/logger.ts';
import { count, measureSeconds } from '../runtime/metrics.ts';
import { composeScheduleDeps } from '../runtime/recurring-composition.ts';

const MS_PER_SECOND = 1000;

/** Each minute: looks at every job and schedule whose time has come and does what somebody left undone. */
export function sweepHandler(deps: ScheduleDeps) {
  return middy(async () => {
    const [done, schedules] = await Promise.all([sweep(deps), sweepSchedules(deps)]);
    count('SweeperLooks', done.looked);
    count('SweeperRepairs', done.repaired);
    for (const [value, times] of Object.entries(done.repairs)) {
      count('SweeperRepairs', times, { name: 'Effect', value });
    }
    count('SweeperGrants', done.granted);
    count('SweeperFailures', done.failed + schedules.failed);
    measureSeconds('OldestOwedSeconds', Math.round(done.oldestOwedMs / MS_PER_SECOND));
    count('ScheduleRunsMissed', schedules.missed);
    if (done.looked + done.granted + done.failed + schedules.looked > 0) {
      logger.info('Swept', { ...done, schedules });
    }
    return { ...done, schedules };
  });
}

export const handler = sweepHandler(composeScheduleDeps());
