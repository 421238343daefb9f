import type { JournalEntry } from '../job/journal-entry.ts';

/** Sends journal entries to the private bus, at least once. */
export interface JournalPublisher {
  /** Returns the entries that the bus did not take; those without an event of their own are passed over. */
  publish(entries: readonly JournalEntry[]): Promise<readonly JournalEntry[]>;
}
