import {
  type HolderShape,
  holderShape,
  type LineView,
  type WaiterShape,
  waiterShape,
} from '../contract/api/line-shape.ts';
import type { Deps } from '../ports/deps.ts';
import type { SemaphoreKey } from '../semaphore/semaphore.ts';

/** Of each that are named: who asks wants to know who is in the way, and not everybody. */
const NAMED = 100;

/** Who has something of a semaphore, and who waits for it, by rank. */
export async function whoIsInLine(
  { store }: Pick<Deps, 'store'>,
  key: SemaphoreKey,
  mayYouSee: LineView['mayYouSee'],
): Promise<{ readonly holders: HolderShape[]; readonly waiters: WaiterShape[] }> {
  const [holds, waits] = await Promise.all([store.readHolds(key, NAMED), store.readWaits(key, NAMED)]);
  const view = { isLock: key.kind === 'lock', mayYouSee };
  return {
    holders: holds.map((hold) => holderShape(hold, view)),
    waiters: waits.map((wait, index) => waiterShape(wait, index, view)),
  };
}
