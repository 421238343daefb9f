import * as z from 'zod';
import { jobShapeSchema } from './job-shape.ts';
import { messageSchema } from './parameters.ts';

/** Body of `POST /jobs/{id}/cancel`. */
export const cancelJobBodySchema = z.strictObject({
  reason: messageSchema.optional(),
  /** Refuse once anything of the job has started. */
  onlyIfQueued: z.boolean().default(false),
  /** Commit the end first and undo nothing; needs job.operate too. */
  force: z.boolean().default(false),
  /** False: undo nothing. */
  rollback: z.boolean().default(true),
});

/** What the cancel yields, by the state the job was in when it was processed. */
export const canceledSchema = z.strictObject({
  outcome: z.enum(['canceled', 'canceling']),
  message: z.string(),
  job: jobShapeSchema,
});
