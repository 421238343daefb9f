import { isoOf } from '../job/instant.ts';
import type { JournalEntry } from '../job/journal-entry.ts';

/** The source of every event of Jobplane's; nobody else may send it to the private bus. */
export const JOBPLANE_SOURCE = 'jobplane';

export const DETAIL_TYPES = ['Job Status Changed', 'Op Status Changed', 'Op Ready'] as const;

export type DetailType = (typeof DETAIL_TYPES)[number];

/** One event for the bus: at least once, unordered; consumers drop repeats by (jobId, serial). */
export interface BusEvent {
  readonly detailType: DetailType;
  readonly time: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The event of a journal entry; null for entries that are only for readers of the journal. */
export function busEventOf(entry: JournalEntry): BusEvent | null {
  const detailType = detailTypeOf(entry);
  if (detailType === null) return null;
  const { jobId, attempt, serial, project, step, from, to, op, ready, message } = entry;
  return {
    detailType,
    time: entry.at,
    detail: {
      jobId,
      attempt,
      serial,
      project,
      at: isoOf(entry.at),
      step,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(op === undefined ? {} : { op: { ...op, ...(ready === undefined ? {} : workOf(ready)) } }),
      ...(ready === undefined ? {} : { input: ready.input }),
      reason: message,
    },
  };
}

function detailTypeOf(entry: JournalEntry): DetailType | null {
  switch (entry.kind) {
    case 'status':
      return 'Job Status Changed';
    case 'op':
      return 'Op Status Changed';
    case 'ready':
      return 'Op Ready';
    default:
      return null;
  }
}

/** What a worker names the try by when it completes it, and fences its writes with. */
function workOf(ready: NonNullable<JournalEntry['ready']>) {
  return { action: ready.action, try: ready.try, opFence: ready.opFence };
}
