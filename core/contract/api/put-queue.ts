import * as z from 'zod';
import { queueLimitsSchema } from '../../queue/queue.ts';
import { nameSchema } from '../job-spec.ts';
import { projectSchema } from './parameters.ts';

/** The queue in `/queues/{name+}`. */
export const queuePathSchema = z.strictObject({ name: nameSchema });

/** Body of `PUT /queues/{name+}`: all of its limits, since one that is left out is taken away. The answer is the queue. */
export const putQueueBodySchema = queueLimitsSchema.extend({ project: projectSchema.optional() });
