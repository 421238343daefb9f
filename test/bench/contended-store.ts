import type { Change, LineChange } from '../../core/job/change.ts';
import type { Committed, JobStore } from '../../core/ports/job-store.ts';
import { type SemaphoreKey, textOfKey } from '../../core/semaphore/semaphore.ts';
import { delegating } from './delegating.ts';

/** What became of the commits that were asked of a store. */
export interface CommitLog {
  committed: number;
  /** Refused for the bench's sake. */
  injected: number;
  /** Refused since something had changed, or was changing. */
  conflicted: number;
  /** When each grant of the semaphore was committed, in milliseconds. */
  readonly grantedAt: number[];
}

/**
 * The store with a log of its commits, refusing every so many of them as DynamoDB refuses a transaction
 * that meets another one: the emulator has no such conflicts.
 */
export function contendedStore(
  store: JobStore,
  key: SemaphoreKey,
  refuseEvery: number | null,
): { readonly store: JobStore; readonly log: CommitLog } {
  const log: CommitLog = { committed: 0, injected: 0, conflicted: 0, grantedAt: [] };
  let asked = 0;
  const logged = async (
    change: Change | LineChange,
    commit: () => Promise<Committed>,
  ): Promise<Committed> => {
    asked += 1;
    if (refuseEvery !== null && asked % refuseEvery === 0) {
      log.injected += 1;
      return { ok: false, conflict: { kind: 'contention' } };
    }
    const committed = await commit();
    log[committed.ok ? 'committed' : 'conflicted'] += 1;
    if (committed.ok) {
      const now = performance.now();
      const ofKey = change.semaphores.filter(({ semaphore }) => textOfKey(semaphore) === textOfKey(key));
      for (const { putHolds } of ofKey) log.grantedAt.push(...putHolds.map(() => now));
    }
    return committed;
  };
  return {
    log,
    store: {
      ...delegating(store),
      commit: (change) => logged(change, () => store.commit(change)),
      commitLines: (change) => logged(change, () => store.commitLines(change)),
    },
  };
}
