import * as z from 'zod';
import { scopeOf, scopeSchema } from '../../semaphore/scope.ts';
import { LOCK_UNITS, type Semaphore } from '../../semaphore/semaphore.ts';
import { holderSchema, modeSchema, waiterSchema } from './line-shape.ts';

const common = {
  name: z.string(),
  scope: scopeSchema,
  /** Jobs in its line. */
  waiting: z.int(),
  /** Grants nothing; what is held stays held. */
  paused: z.boolean(),
  /** Only of one that was asked for by name: at most 100 of each. */
  holders: z.array(holderSchema).optional(),
  waiters: z.array(waiterSchema).optional(),
};

/** A resource as every answer shows it. */
export const resourceShapeSchema = z.strictObject({
  ...common,
  capacity: z.int(),
  /** Units that jobs hold. */
  held: z.int(),
});

/** A lock as every answer shows it. */
export const lockShapeSchema = z.strictObject({
  ...common,
  /** Jobs that hold it. */
  held: z.int(),
  /** How they hold it; left out while nobody does. */
  mode: modeSchema.optional(),
});

export type ResourceShape = z.output<typeof resourceShapeSchema>;
export type LockShape = z.output<typeof lockShapeSchema>;

export function resourceShape(semaphore: Semaphore): ResourceShape {
  const { name, capacity, held, waiting, paused } = semaphore;
  return { name, scope: scopeOf(semaphore), capacity, held, waiting, paused };
}

/** A shared hold takes one unit of a lock, an exclusive one all. */
export function lockShape(semaphore: Semaphore): LockShape {
  const { name, held, waiting, paused } = semaphore;
  const common = { name, scope: scopeOf(semaphore), waiting, paused };
  if (held === 0) return { ...common, held };
  if (held === LOCK_UNITS) return { ...common, held: 1, mode: 'exclusive' };
  return { ...common, held, mode: 'shared' };
}
