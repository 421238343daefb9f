import * as z from 'zod';
import { attemptSchema, opIndexSchema, trySchema } from './identifiers.ts';
import { instantSchema } from './instant.ts';
import { segmentSchema } from './segment.ts';

/** An effect is owed for at most this long before the sweeper looks: design bound 60 s. */
export const EFFECT_OWED_MS = 60_000;

/**
 * Whoever grants something advances the job in the same breath, so it is due almost at once: a sweep
 * that runs just then does not come between, and the next one does what was left.
 */
export const GRANT_OWED_MS = 5_000;

/**
 * What must happen after a commit and has not been proven done: each is repeatable, and `by` says
 * when somebody must look. The next commit of the job that proves it done removes it.
 */
export const owedEffectSchema = z.discriminatedUnion('kind', [
  /** Start the execution of the head's segment. */
  z.strictObject({ kind: z.literal('start'), by: instantSchema }),
  /** Answer the task token that the op holds, with what the op's stored state says. */
  z.strictObject({ kind: z.literal('answer'), op: opIndexSchema, by: instantSchema }),
  /** Stop the op's work where the target can, and fail its task token: the job is canceling. */
  z.strictObject({ kind: z.literal('interrupt'), op: opIndexSchema, by: instantSchema }),
  /** Stop an execution that the job no longer waits for, and the work of the op that it was at. */
  z.strictObject({
    kind: z.literal('stop'),
    attempt: attemptSchema,
    segment: segmentSchema,
    atOp: opIndexSchema.optional(),
    by: instantSchema,
  }),
  /** Let admission decide again: the job was granted something, or waits for nothing any more. */
  z.strictObject({ kind: z.literal('advance'), by: instantSchema }),
  /** Give back what the head holds, each in a transaction of its own, and end the job if it is ending. */
  z.strictObject({ kind: z.literal('release'), by: instantSchema }),
  /** Let the jobs that depend on this one decide again. */
  z.strictObject({ kind: z.literal('tell'), by: instantSchema }),
  /** Make the one-time schedule that looks at the job at that moment; or remove it. */
  z.strictObject({ kind: z.literal('schedule'), at: instantSchema, by: instantSchema }),
  z.strictObject({ kind: z.literal('unschedule'), at: instantSchema, by: instantSchema }),
  /** Tell the parent that this child has started. */
  z.strictObject({ kind: z.literal('announce'), by: instantSchema }),
  /** Have the group count the end of this child; the last one lets the parent go on. */
  z.strictObject({ kind: z.literal('count'), by: instantSchema }),
  /** Cancel the children of this try of an op, whose group is closed. */
  z.strictObject({
    kind: z.literal('cascade'),
    op: opIndexSchema,
    try: trySchema,
    /** They are ended by force, as their parent was. */
    force: z.literal(true).optional(),
    by: instantSchema,
  }),
  /** Delete everything of the job, its head last: to callers it is gone already. */
  z.strictObject({ kind: z.literal('delete'), by: instantSchema }),
]);

/** That the execution of the head's segment is to be started: no answer to somebody proves it. */
export function startOf(owed: readonly OwedEffect[]): readonly OwedEffect[] {
  return owed.filter(({ kind }) => kind === 'start');
}

export type OwedEffect = z.infer<typeof owedEffectSchema>;
