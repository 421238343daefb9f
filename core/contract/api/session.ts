import * as z from 'zod';
import { sessionIdSchema } from '../job-spec.ts';
import { jobShapeSchema } from './job-shape.ts';

/** Path of `/sessions/{session}`. */
export const sessionParamsSchema = z.strictObject({ session: sessionIdSchema });

/** `GET /sessions/{session}`. */
export const sessionSchema = z.strictObject({
  sessionId: z.string(),
  /** How many of its jobs have not settled, of the first 10,000: a confirmed logout cancels them. */
  live: z.int(),
  /** The oldest of them, at most 100. */
  items: z.array(jobShapeSchema),
});

/** `DELETE /sessions/{session}`. */
export const sessionClosedSchema = z.strictObject({
  sessionId: z.string(),
  /** Jobs that this ended. */
  canceled: z.int(),
  /** Jobs that are being stopped and undone. */
  canceling: z.int(),
  /** Jobs that took no cancel any more, since they end already. */
  refused: z.int(),
  /** Jobs that it did not come to, or could not cancel for a fault of ours: ask again. */
  left: z.int(),
});
