import type { GanetiLogEntry } from './ganeti-job.ts';

/**
 * The entries with a serial strictly above `newerThan`, in the order given; all for null
 * (GetLogEntries). A caller asks again with the last serial it has.
 */
export function getLogEntries(
  entries: readonly GanetiLogEntry[],
  newerThan: number | null,
): readonly GanetiLogEntry[] {
  return newerThan === null ? entries : entries.filter((entry) => entry.serial > newerThan);
}
