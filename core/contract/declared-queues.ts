import * as z from 'zod';
import { queueLimitsSchema } from '../queue/queue.ts';
import { nameSchema } from './job-spec.ts';

/** Queues that come with a deployment: limits by project and name. */
export const declaredQueuesSchema = z.record(
  nameSchema,
  z.record(nameSchema, queueLimitsSchema.pick({ maxRunning: true, maxAdmitted: true })),
);

export type DeclaredQueues = z.infer<typeof declaredQueuesSchema>;
