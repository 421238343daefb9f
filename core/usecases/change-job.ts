import type { Change, LineChange } from '../job/change.ts';
import { TornReadError } from '../job/torn-read-error.ts';
import type { Deps } from '../ports/deps.ts';
import type { Committed, Conflict } from '../ports/job-store.ts';

/**
 * Full jitter up to 25 ms × 2^try, and never more than 200 ms: who meets a crowd at a semaphore must
 * not fall ever further behind it, since somebody's commit succeeds each time. 22 tries wait
 * 25 + 50 + 100 + 19 × 200 ms = 4 s at the most, inside every function's timeout.
 */
const COMMIT_TRIES = 22;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 200;

/** Nothing was changed: others changed the same things each time. The caller asks again, or the sweeper does. */
export class ContendedError extends Error {
  override readonly name = 'ContendedError';
}

/**
 * Reads, decides and commits until the commit meets the state that was decided on. `stop` may take a
 * conflict for an answer.
 */
export async function changeJob<
  Decided extends { readonly change: Change | LineChange | null },
  Stopped = never,
>(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  decide: () => Promise<Decided>,
  stop?: (conflict: Conflict) => Stopped | null,
): Promise<Decided | Stopped> {
  let torn: TornReadError | undefined;
  for (let attempt = 0; attempt < COMMIT_TRIES; attempt += 1) {
    const decided = await unlessTorn(decide, (error) => {
      torn = error;
    });
    if (decided !== null) {
      if (decided.change === null) return decided;
      const committed = await commit(deps, decided.change);
      if (committed.ok) return decided;
      const stopped = stop?.(committed.conflict) ?? null;
      if (stopped !== null) return stopped;
    }
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
    await deps.surroundings.pause(deps.surroundings.random() * longest);
  }
  const why = torn === undefined ? '' : `: ${torn.message}`;
  throw new ContendedError(`gave up after ${COMMIT_TRIES} conflicting changes; nothing was changed${why}`);
}

/** Null: what was read belongs to two moments, and is to be read again. */
async function unlessTorn<Decided>(
  decide: () => Promise<Decided>,
  isTorn: (error: TornReadError) => void,
): Promise<Decided | null> {
  try {
    return await decide();
  } catch (error) {
    if (!(error instanceof TornReadError)) throw error;
    isTorn(error);
    return null;
  }
}

function commit(deps: Pick<Deps, 'store'>, change: Change | LineChange): Promise<Committed> {
  return 'job' in change ? deps.store.commit(change) : deps.store.commitLines(change);
}
