import type { Pointer } from './pointer.ts';

/** Above 0 where `one` is newer: by whoever had the lock later, and among those by the op that began later. */
export function compareFences(one: Pointer['fence'], other: Pointer['fence']): number {
  return one.lock - other.lock || one.op - other.op;
}
