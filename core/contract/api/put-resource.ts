import * as z from 'zod';
import { scopeSchema } from '../../semaphore/scope.ts';
import { UNLIMITED } from '../../semaphore/semaphore.ts';
import { nameSchema } from '../job-spec.ts';
import { projectSchema } from './parameters.ts';

/** Body of `PUT /resources`; the answer is the resource. */
export const putResourceBodySchema = z.strictObject({
  project: projectSchema.optional(),
  scope: scopeSchema.default('project'),
  name: nameSchema,
  /** Units that jobs may hold at once. */
  capacity: z.int().min(1).max(UNLIMITED),
  /** Grants nothing; what is held stays held. */
  paused: z.boolean().default(false),
});
