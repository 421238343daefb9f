import * as z from 'zod';
import { scheduleIdSchema } from '../../../core/schedule/schedule.ts';

/** What a recurring schedule hands to the function that runs it. */
export const scheduleFiringSchema = z.strictObject({
  scheduleId: scheduleIdSchema,
  version: z.int().min(1),
  /** The time that it fires for, which the Scheduler puts in. */
  scheduledTime: z.iso.datetime(),
});

export type ScheduleFiring = z.infer<typeof scheduleFiringSchema>;

/** EventBridge Scheduler replaces it in an input by the time of the firing. */
export const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';
