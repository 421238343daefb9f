import * as z from 'zod';
import { nameSchema } from '../job-spec.ts';
import { projectSchema } from './parameters.ts';
import { queueShapeSchema } from './queue-shape.ts';

/** `GET /queues`. */
export const listQueuesQuerySchema = z.strictObject({
  project: projectSchema.optional(),
  /** The one of this name, with its holders and waiters. */
  name: nameSchema.optional(),
});

/** By name, `default` always among them. */
export const queueListSchema = z.strictObject({ items: z.array(queueShapeSchema) });
