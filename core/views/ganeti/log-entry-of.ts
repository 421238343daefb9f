import type { JournalEntry } from '../../job/journal-entry.ts';
import type { GanetiLogEntry } from './ganeti-job.ts';
import { ganetiTimeOf } from './ganeti-time-of.ts';

/** Ganeti's type of a log entry that an op wrote for people (ELOG_MESSAGE). */
const MESSAGE = 'message';

/** A journal entry as Ganeti's log entry. */
export function logEntryOf({ serial, at, kind, message }: JournalEntry): GanetiLogEntry {
  return { serial, time: ganetiTimeOf(at), type: kind === 'log' ? MESSAGE : kind, message };
}
