import type { JobId } from '../job/identifiers.ts';
import { DUE_LANES, type DueLane } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';
import { DUE_SHARDS } from '../ports/job-store.ts';
import { type Look, lookAtJob } from './look-at-job.ts';

/**
 * Jobs looked at in one run, in each shard of a lane. Liveness looks call DescribeExecution, which
 * allows 15 a second for an account: 4 shards × 100 in a minute stay below 7 a second.
 */
const LOOKS_PER_SHARD: Readonly<Record<DueLane, number>> = { dates: 250, owed: 250, liveness: 100 };

/** Jobs looked at side by side: enough to hide the latency, few enough for one function's memory. */
const LOOKS_AT_ONCE = 8;

export interface Sweep {
  readonly looked: number;
  readonly repaired: number;
  readonly abended: number;
  readonly failed: number;
}

/**
 * Looks at everything overdue: each lane by itself, so that none starves another, and a bounded
 * amount a run. Two sweeps at once do no harm: every look decides on the stored head.
 */
export async function sweep(deps: Deps): Promise<Sweep> {
  const total = { looked: 0, repaired: 0, abended: 0, failed: 0 };
  for (const lane of DUE_LANES) {
    for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
      const due = await deps.store.listDue(lane, shard, deps.surroundings.now(), LOOKS_PER_SHARD[lane]);
      for (const look of await lookAtAll(deps, due)) {
        total.looked += 1;
        if (look === null) total.failed += 1;
        else {
          total.repaired += look.repaired.length;
          total.abended += look.abended ? 1 : 0;
        }
      }
    }
  }
  return total;
}

/** One job that cannot be looked at does not keep the others waiting: it stays due. */
async function lookAtAll(deps: Deps, due: readonly JobId[]): Promise<readonly (Look | null)[]> {
  const looks: (Look | null)[] = [];
  for (let from = 0; from < due.length; from += LOOKS_AT_ONCE) {
    const batch = due.slice(from, from + LOOKS_AT_ONCE).map(async (jobId) => {
      try {
        return await lookAtJob(deps, jobId);
      } catch (error) {
        deps.reportOwed(`look at ${jobId}`, error);
        return null;
      }
    });
    looks.push(...(await Promise.all(batch)));
  }
  return looks;
}
