import type { JobStore } from '../../core/ports/job-store.ts';

/** How long a count is taken for true: a burst of submissions reads it once in each process. */
const COUNT_LASTS_MS = 5_000;

/**
 * The store, whose counts of waiting jobs are kept for a moment. Everybody who asks is taken to add one
 * meanwhile, so that one process does not go past a quota that it has read.
 */
export function countedShortly(store: JobStore, now: () => number): JobStore {
  const counts = new Map<string, { readonly until: number; count: number }>();
  return {
    ...store,
    countWaiting: async (project, upTo) => {
      const known = counts.get(project);
      if (known !== undefined && now() < known.until) {
        known.count = Math.min(known.count + 1, upTo);
        return known.count;
      }
      const count = await store.countWaiting(project, upTo);
      counts.set(project, { until: now() + COUNT_LASTS_MS, count });
      return count;
    },
  };
}
