import * as z from 'zod';
import { scopeSchema } from '../../semaphore/scope.ts';
import { nameSchema } from '../job-spec.ts';
import { cursorSchema, projectSchema, wholeNumber } from './parameters.ts';
import { lockShapeSchema, resourceShapeSchema } from './semaphore-shape.ts';

const LIMIT = { min: 1, max: 100, default: 50 } as const;

/** `GET /resources` and `GET /locks`. */
export const listSemaphoresQuerySchema = z.strictObject({
  project: projectSchema.optional(),
  scope: scopeSchema.default('project'),
  /** The one of this name, with its holders and waiters. */
  name: nameSchema.optional(),
  limit: wholeNumber(LIMIT).default(LIMIT.default),
  cursor: cursorSchema.optional(),
});

/** By name. */
export const resourceListSchema = z.strictObject({
  items: z.array(resourceShapeSchema),
  cursor: z.string().optional(),
});

/** By name; a lock is there from its first use on, free ones too. */
export const lockListSchema = z.strictObject({
  items: z.array(lockShapeSchema),
  cursor: z.string().optional(),
});
