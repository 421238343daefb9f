import middy from '@middy/core';
import { fireSchedule } from '../../core/usecases/run-schedule.ts';
import { scheduleFiringSchema } from '../adapters/scheduler/schedule-firing.ts';
import { logger } from '../runtime/logger.ts';
import { composeScheduleDeps } from '../runtime/recurring-composition.ts';

const deps = composeScheduleDeps();

/**
 * Target of the recurring schedules. The stored schedule decides what becomes of the run, so a firing
 * that comes late, twice, or from before an edit does no harm.
 */
export const handler = middy(async (event: unknown): Promise<void> => {
  const { scheduleId, version, scheduledTime } = scheduleFiringSchema.parse(event);
  const run = await fireSchedule(deps, scheduleId, { at: Date.parse(scheduledTime), version });
  logger.info('A schedule fired', { scheduleId, scheduledTime, outcome: run?.outcome, jobId: run?.jobId });
});
