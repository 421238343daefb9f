import * as z from 'zod';
import { jobIdSchema } from '../../job/identifiers.ts';
import { isoOf } from '../../job/instant.ts';
import { type Hold, LOCK_UNITS, type Wait } from '../../semaphore/semaphore.ts';

/** How a lock is held or waited for; everything else is counted in units. */
export const modeSchema = z.enum(['exclusive', 'shared']);

/** A job of a project that the caller may not see is `hidden`: only how much it has, and since when. */
const someone = {
  jobId: jobIdSchema.optional(),
  owner: z.string().optional(),
  hidden: z.literal(true).optional(),
  /** Of a resource or a queue. */
  units: z.int().optional(),
  /** Of a lock. */
  mode: modeSchema.optional(),
  since: z.iso.datetime(),
};

export const holderSchema = z.strictObject({
  ...someone,
  /** What stores tell an earlier holder from a later one by. */
  fence: z.int().optional(),
});

export const waiterSchema = z.strictObject({
  ...someone,
  /** Its place in line, from 1. */
  position: z.int().min(1),
});

export type HolderShape = z.output<typeof holderSchema>;
export type WaiterShape = z.output<typeof waiterSchema>;

/** How a line is shown: to whom, and whether its units are those of a lock. */
export interface LineView {
  readonly isLock: boolean;
  readonly mayYouSee: (project: string) => boolean;
}

export function holderShape(hold: Hold, view: LineView): HolderShape {
  const isShown = view.mayYouSee(hold.project);
  return { ...someoneShape(hold, view), ...(isShown ? { fence: hold.fence } : {}) };
}

/** @param index of the waiter in its line, from 0 */
export function waiterShape(wait: Wait, index: number, view: LineView): WaiterShape {
  return { ...someoneShape(wait, view), position: index + 1 };
}

function someoneShape({ jobId, owner, project, units, since }: Hold | Wait, view: LineView) {
  return {
    ...(view.mayYouSee(project) ? { jobId, owner } : ({ hidden: true } as const)),
    ...(view.isLock ? { mode: lockMode(units) } : { units }),
    since: isoOf(since),
  };
}

function lockMode(units: number): z.output<typeof modeSchema> {
  return units === LOCK_UNITS ? 'exclusive' : 'shared';
}
