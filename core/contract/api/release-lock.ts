import * as z from 'zod';
import { scopeSchema } from '../../semaphore/scope.ts';
import { nameSchema } from '../job-spec.ts';
import { messageSchema, projectSchema } from './parameters.ts';

/** Body of `POST /locks/release`. */
export const releaseLockBodySchema = z.strictObject({
  project: projectSchema.optional(),
  scope: scopeSchema.default('project'),
  name: nameSchema,
  /** Who is to lose it. Of whatever form: one that is no id names no job. */
  jobId: z.string(),
  /** Journaled with the job. */
  reason: messageSchema.refine((text) => text.trim() !== '', { error: 'must say why' }),
});
