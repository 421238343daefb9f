import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';
import { DUE_LANES, type DueLane } from '../job/job.ts';
import type { OwedEffect } from '../job/owed-effect.ts';
import type { Deps } from '../ports/deps.ts';
import { DUE_SHARDS, type DuePlace, type SweepPlaces } from '../ports/job-store.ts';
import type { SemaphoreKey } from '../semaphore/semaphore.ts';
import { carryOut, grantOwed } from './carry-out.ts';
import { type Look, lookAtJob } from './look-at-job.ts';

/**
 * Jobs looked at in one run, in each shard of a lane. Liveness looks call DescribeExecution, which
 * allows 15 a second for an account: 4 shards × 100 in a minute stay below 7 a second. Removing a job takes
 * some 200 ms: 4 shards × 250, eight at once, are 25 s of a run, and 1.4 million jobs a day.
 */
const LOOKS_PER_SHARD: Readonly<Record<DueLane, number>> = {
  dates: 250,
  owed: 250,
  liveness: 100,
  retention: 250,
};

/** Semaphores looked at in one run, in each shard. */
const LINES_PER_SHARD = 100;

/** How long a run goes on letting in those who wait in such lines: two of its five minutes. */
const LINES_MS = 120_000;

/** Jobs looked at side by side: enough to hide the latency, few enough for one function's memory. */
const LOOKS_AT_ONCE = 8;

export interface Sweep {
  readonly looked: number;
  readonly repaired: number;
  /** The same by the kind of what was left undone. */
  readonly repairs: Readonly<Partial<Record<OwedEffect['kind'], number>>>;
  /** By how much the most overdue entry for an owed effect was late when the sweep came to it. */
  readonly oldestOwedMs: number;
  readonly granted: number;
  readonly abended: number;
  readonly failed: number;
}

/**
 * Looks at everything overdue: each lane by itself, so that none starves another, and a bounded
 * amount a run. A run that met its bound says how far it came, and the next one goes on from there,
 * so that jobs that cannot be looked at do not keep those behind them waiting. Two sweeps at once do
 * no harm: every look decides on the stored head.
 */
export async function sweep(deps: Deps): Promise<Sweep> {
  const total = { looked: 0, repaired: 0, oldestOwedMs: 0, granted: 0, abended: 0, failed: 0 };
  const repairs: Partial<Record<OwedEffect['kind'], number>> = {};
  const places = await deps.store.readSweepPlaces();
  const reached: Record<string, DuePlace> = {};
  for (const lane of DUE_LANES) {
    for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
      const name = `${lane}#${shard}`;
      const limit = LOOKS_PER_SHARD[lane];
      const due = await dueFrom(deps, lane, shard, limit, places[name]);
      const last = due.at(-1);
      if (lane === 'owed') {
        const now = deps.surroundings.now();
        total.oldestOwedMs = Math.max(total.oldestOwedMs, ...due.map(({ at }) => now - at));
      }
      if (due.length === limit && last !== undefined) reached[name] = last;
      for (const look of await lookAtAll(
        deps,
        due.map(({ id }) => id),
      )) {
        total.looked += 1;
        if (look === null) total.failed += 1;
        else {
          total.repaired += look.repaired.length;
          for (const kind of look.repaired) repairs[kind] = (repairs[kind] ?? 0) + 1;
          total.abended += look.abended ? 1 : 0;
        }
      }
    }
  }
  if (!isSame(places, reached)) await deps.store.saveSweepPlaces(reached);
  const lines = await sweepLines(deps);
  return { ...total, repairs, granted: lines.granted, failed: total.failed + lines.failed };
}

/** Goes on behind the place that the last run came to, and from the start once the end is reached. */
async function dueFrom(
  deps: Deps,
  lane: DueLane,
  shard: number,
  limit: number,
  after: DuePlace | undefined,
): Promise<readonly DuePlace[]> {
  const now = deps.surroundings.now();
  if (after === undefined) return deps.store.listDue(lane, shard, { now, limit });
  const behind = await deps.store.listDue(lane, shard, { after, now, limit });
  if (behind.length === limit) return behind;
  const before = await deps.store.listDue(lane, shard, { now, limit: limit - behind.length });
  const known = new Set(behind.map(({ id }) => id));
  return [...before.filter(({ id }) => !known.has(id)), ...behind];
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

/** Lines that owe somebody a grant, as after a raised capacity whose hand-on was cut off. */
async function sweepLines(deps: Deps): Promise<{ readonly granted: number; readonly failed: number }> {
  const until = deps.surroundings.now() + LINES_MS;
  let granted = 0;
  let failed = 0;
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    for (const key of await deps.store.listDueSemaphores(shard, deps.surroundings.now(), LINES_PER_SHARD)) {
      try {
        granted += await grantAll(deps, key, until);
      } catch (error) {
        failed += 1;
        deps.reportOwed(`grant ${key.kind} ${key.name}`, error);
      }
    }
  }
  return { granted, failed };
}

/** Each round lets in as many as one call goes on with. */
async function grantAll(deps: Deps, key: SemaphoreKey, until: Instant): Promise<number> {
  let granted = 0;
  for (;;) {
    const change = await grantOwed(deps, key);
    if (change === null || change.touched.length === 0) return granted;
    granted += change.touched.length;
    await carryOut(deps, change);
    if (deps.surroundings.now() > until) return granted;
  }
}

function isSame(one: SweepPlaces, other: SweepPlaces): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
