import middy from '@middy/core';
import { lookAtJob } from '../../core/usecases/look-at-job.ts';
import { scheduledLookSchema } from '../adapters/scheduler/scheduled-look.ts';
import { composeDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';
import { composeReacher } from '../runtime/reach-composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';

const deps = composeDeps({ actions: composeReacher(), schedules: composeSchedules() });

/**
 * Target of the one-time schedules: a job's date has come, or its time to start is over. What becomes
 * of it is decided by the stored head, so a schedule that fires late, early or twice does no harm.
 */
export const handler = middy(async (event: unknown): Promise<void> => {
  const { jobId } = scheduledLookSchema.parse(event);
  const { repaired, abended } = await lookAtJob(deps, jobId);
  logger.info('Looked at a job on its date', { jobId, repaired, abended });
});
