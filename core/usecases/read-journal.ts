import type { JobId } from '../job/identifiers.ts';
import type { JournalEntry } from '../job/journal-entry.ts';
import type { Deps } from '../ports/deps.ts';

/** How often a waiting reader looks: a second is soon for a person and 20 reads for the longest wait. */
const LOOK_EVERY_MS = 1_000;

/**
 * Entries newer than a serial, oldest first. With `waitSeconds` it waits for one if there is none,
 * and answers without when the wait is over.
 */
export async function readJournal(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  jobId: JobId,
  ask: { readonly newerThan: number; readonly waitSeconds: number; readonly limit: number },
): Promise<readonly JournalEntry[]> {
  const until = deps.surroundings.now() + ask.waitSeconds * 1000;
  for (;;) {
    const entries = await deps.store.readJournal(jobId, ask.newerThan, ask.limit);
    const left = until - deps.surroundings.now();
    if (entries.length > 0 || left <= 0) return entries;
    await deps.surroundings.pause(Math.min(LOOK_EVERY_MS, left));
  }
}
