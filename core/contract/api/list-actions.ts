import * as z from 'zod';
import { ACTION_KINDS } from '../action-catalog.ts';
import { projectSchema } from './parameters.ts';

/** `GET /actions`. */
export const listActionsQuerySchema = z.strictObject({ project: projectSchema.optional() });

/** What callers may name, by name; what stands behind a kind is not theirs to see. */
export const actionListSchema = z.strictObject({
  items: z.array(z.strictObject({ name: z.string(), kind: z.enum(ACTION_KINDS) })),
});
