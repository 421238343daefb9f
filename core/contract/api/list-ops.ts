import * as z from 'zod';
import { LIMITS } from '../limits.ts';
import { opShapeSchema } from './op-shape.ts';
import { cursorSchema, wholeNumber } from './parameters.ts';

const LIMIT = { min: 1, max: 2 * LIMITS.ops, default: 2 * LIMITS.ops } as const;

/** `GET /jobs/{id}/ops`. */
export const listOpsQuerySchema = z.strictObject({
  /** All of them, unless their results are too large for one answer. */
  limit: wholeNumber(LIMIT).default(LIMIT.default),
  cursor: cursorSchema.optional(),
  /** An earlier attempt: what had begun in it, as it went. Left out: the job as its current attempt sees it. */
  attempt: wholeNumber({ min: 1, max: LIMITS.attempts }).optional(),
});

/** Ops in order, then the rollbacks that have begun, in the order of undoing. */
export const opListSchema = z.strictObject({ items: z.array(opShapeSchema), cursor: z.string().optional() });
