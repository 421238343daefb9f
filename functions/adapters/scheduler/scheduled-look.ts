import * as z from 'zod';
import { jobIdSchema } from '../../../core/job/identifiers.ts';

/** What a one-time schedule hands to the function that looks at the job. */
export const scheduledLookSchema = z.strictObject({ jobId: jobIdSchema });

export type ScheduledLook = z.infer<typeof scheduledLookSchema>;
