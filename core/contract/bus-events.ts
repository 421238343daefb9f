import { isoOf } from '../job/instant.ts';
import type { JournalEntry } from '../job/journal-entry.ts';
import type { DetailType } from './event-details.ts';

/** The source of every event of Jobplane's; nobody else may send it to the private bus. */
export const JOBPLANE_SOURCE = 'jobplane';

/** Journal kinds that have an event; the others are only for readers of the journal. */
const DETAIL_TYPE_OF = {
  status: 'Job Status Changed',
  op: 'Op Status Changed',
  ready: 'Op Ready',
  log: 'Job Log Added',
} as const satisfies Partial<Record<JournalEntry['kind'], DetailType>>;

type PublishedKind = keyof typeof DETAIL_TYPE_OF;

/** What a deployment publishes: what workers and actions log only where it asks for that. */
export interface Published {
  readonly log: boolean;
}

const WITHOUT_LOG: Published = { log: false };

/** The kinds that are published: what the table's stream is filtered by. */
export function publishedKinds({ log }: Published): readonly PublishedKind[] {
  return log ? ['status', 'op', 'ready', 'log'] : ['status', 'op', 'ready'];
}

/** One event for the bus: at least once, unordered; consumers drop repeats by (jobId, serial). */
export interface BusEvent {
  readonly detailType: DetailType;
  readonly time: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The event of a journal entry; null for entries that are only for readers of the journal. */
export function busEventOf(entry: JournalEntry, published = WITHOUT_LOG): BusEvent | null {
  const detailType = detailTypeOf(entry, published);
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

function detailTypeOf({ kind }: JournalEntry, published: Published): DetailType | null {
  const found = publishedKinds(published).find((candidate) => candidate === kind);
  return found === undefined ? null : DETAIL_TYPE_OF[found];
}

/** What a worker names the try by when it completes it, and fences its writes with. */
function workOf(ready: NonNullable<JournalEntry['ready']>) {
  return { action: ready.action, try: ready.try, opFence: ready.opFence };
}
