import * as z from 'zod';
import type { Queue } from '../../queue/queue.ts';
import { queueLimitsSchema } from '../../queue/queue.ts';
import type { Semaphore } from '../../semaphore/semaphore.ts';
import { holderSchema, waiterSchema } from './line-shape.ts';

/** A queue has two lines: jobs are admitted to it, and later take one of its slots. */
const of = z.enum(['admission', 'slot']);

/** A queue as every answer shows it. */
export const queueShapeSchema = z.strictObject({
  project: z.string(),
  name: z.string(),
  ...queueLimitsSchema.shape,
  /** Jobs that hold a slot, and that are admitted. Those that began while there was no limit are not counted. */
  running: z.int(),
  admitted: z.int(),
  /** Jobs in either line. */
  waiting: z.int(),
  /** Only of one that was asked for by name: at most 100 of each line. */
  holders: z.array(holderSchema.extend({ of })).optional(),
  waiters: z.array(waiterSchema.extend({ of })).optional(),
});

export type QueueShape = z.output<typeof queueShapeSchema>;

/** A queue without limits has lines that nobody uses: null. */
export function queueShape(
  { project, name, maxRunning, maxAdmitted, paused, draining }: Omit<Queue, 'schema' | 'version'>,
  lines: { readonly admission: Semaphore | null; readonly slot: Semaphore | null },
): QueueShape {
  const { admission, slot } = lines;
  return {
    project,
    name,
    ...(maxRunning === undefined ? {} : { maxRunning }),
    ...(maxAdmitted === undefined ? {} : { maxAdmitted }),
    paused,
    draining,
    running: slot?.held ?? 0,
    admitted: admission?.held ?? 0,
    waiting: (slot?.waiting ?? 0) + (admission?.waiting ?? 0),
  };
}
