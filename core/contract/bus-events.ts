import { isoOf } from '../job/instant.ts';
import type { JournalEntry } from '../job/journal-entry.ts';

/** The source of every event of Jobplane's; nobody else may send it to the private bus. */
export const JOBPLANE_SOURCE = 'jobplane';

/** Journal kinds that have an event; the others are only for readers of the journal. */
const DETAIL_TYPE_OF = {
  status: 'Job Status Changed',
  op: 'Op Status Changed',
  ready: 'Op Ready',
} as const satisfies Partial<Record<JournalEntry['kind'], string>>;

export type DetailType = (typeof DETAIL_TYPE_OF)[keyof typeof DETAIL_TYPE_OF];

/** The kinds that are published: what the table's stream is filtered by. */
export const PUBLISHED_KINDS: readonly string[] = Object.keys(DETAIL_TYPE_OF);

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

function detailTypeOf({ kind }: JournalEntry): DetailType | null {
  return kind === 'status' || kind === 'op' || kind === 'ready' ? DETAIL_TYPE_OF[kind] : null;
}

/** What a worker names the try by when it completes it, and fences its writes with. */
function workOf(ready: NonNullable<JournalEntry['ready']>) {
  return { action: ready.action, try: ready.try, opFence: ready.opFence };
}
