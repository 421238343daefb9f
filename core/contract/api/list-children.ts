import * as z from 'zod';
import type { Group } from '../../children/group.ts';
import { jobIdSchema, opIndexSchema } from '../../job/identifiers.ts';
import { jobErrorSchema } from '../../job/job-error.ts';
import { SETTLED_STATUSES, STATUSES } from '../../job/status.ts';
import { LIMITS } from '../limits.ts';
import { cursorSchema, wholeNumber } from './parameters.ts';

const LIMIT = { min: 1, max: 100, default: 50 } as const;

/** `GET /jobs/{id}/children`. */
export const listChildrenQuerySchema = z.strictObject({
  /** Left out: those of the latest op of children that has begun. */
  op: wholeNumber({ min: 0, max: LIMITS.ops - 1 }).optional(),
  attempt: wholeNumber({ min: 1, max: LIMITS.attempts }).optional(),
  limit: wholeNumber(LIMIT).default(LIMIT.default),
  cursor: cursorSchema.optional(),
});

/** How many children an op has, and what became of them. */
export const childrenShapeSchema = z.strictObject({
  attempt: z.int().min(1),
  op: opIndexSchema,
  try: z.int().min(1),
  /** `undo`: they are, or were, undone. */
  verb: z.enum(['run', 'undo']),
  total: z.int(),
  created: z.int(),
  settled: z.int(),
  unsuccessful: z.int(),
  /** Settled ones by status. */
  statuses: z.partialRecord(z.enum(SETTLED_STATUSES), z.int()),
  /** No more are made, and those there are are cancelled. */
  closed: z.enum(['canceled', 'forced', 'failed']).optional(),
});

export type ChildrenShape = z.output<typeof childrenShapeSchema>;

export function childrenShape(group: Group): ChildrenShape {
  const { attempt, op, verb, total, created, settled, unsuccessful, counts, closed } = group;
  return {
    attempt,
    op,
    try: group.try,
    verb,
    total,
    created,
    settled,
    unsuccessful,
    statuses: counts,
    ...(closed === undefined ? {} : { closed: closed.how }),
  };
}

/** Children in the order of their items; one whose item makes no job has no id, and says why. */
export const childListSchema = z.strictObject({
  children: childrenShapeSchema.optional(),
  items: z.array(
    z.strictObject({
      child: z.int(),
      id: jobIdSchema.optional(),
      name: z.string().optional(),
      status: z.enum(STATUSES),
      startedAt: z.iso.datetime().optional(),
      endedAt: z.iso.datetime().optional(),
      error: jobErrorSchema.optional(),
    }),
  ),
  cursor: z.string().optional(),
});

export type ChildList = z.output<typeof childListSchema>;
