import * as z from 'zod';
import { isoOf } from '../../job/instant.ts';
import type { Job } from '../../job/job.ts';
import { jobErrorSchema } from '../../job/job-error.ts';
import type { Op } from '../../op/op.ts';
import {
  earlierViews,
  OP_STATUSES,
  type OpView,
  opViews,
  type RollbackView,
  rollbackViews,
} from '../../op/op-view.ts';
import type { JobSpec } from '../job-spec.ts';
import { anyJsonSchema } from '../published.ts';

/** An op as answers show it: no token, no nonce. */
export const opShapeSchema = z.strictObject({
  index: z.int(),
  name: z.string(),
  step: z.enum(['PRE', 'RUN', 'POST']),
  action: z.string(),
  status: z.enum(OP_STATUSES),
  attempt: z.int(),
  /** The newest try, from 1; 0 while none has begun. */
  try: z.int(),
  priority: z.int(),
  startedAt: z.iso.datetime().optional(),
  endedAt: z.iso.datetime().optional(),
  result: anyJsonSchema.optional(),
  warnings: z.array(z.string()).optional(),
  error: jobErrorSchema.optional(),
  /** Of a rollback only: index of the op that it undoes. */
  rollbackOf: z.int().optional(),
  /** Of a rollback only: the attempt in which that op ran. */
  rollbackOfAttempt: z.int().optional(),
  /** Of a success: it failed, and whoever answered its trap let the job go on. */
  skipped: z.literal(true).optional(),
});

export type OpShape = z.output<typeof opShapeSchema>;

/** The ops of the job in order, as its current attempt sees them, and behind them its rollbacks in theirs: last op first. */
export function opShapes(job: Job, spec: JobSpec, ops: readonly Op[]): readonly OpShape[] {
  return [...opViews(job, spec, ops), ...rollbackViews(job, spec, ops)].map(opShape);
}

/** What had begun in an earlier attempt, as it went there. */
export function earlierOpShapes(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  attempt: number,
): readonly OpShape[] {
  return earlierViews(job, spec, ops, attempt).map(opShape);
}

function opShape(view: OpView | RollbackView): OpShape {
  const { startedAt, endedAt, warnings, ...shown } = view;
  return {
    ...shown,
    ...(startedAt === undefined ? {} : { startedAt: isoOf(startedAt) }),
    ...(endedAt === undefined ? {} : { endedAt: isoOf(endedAt) }),
    ...(warnings === undefined ? {} : { warnings: [...warnings] }),
  };
}
