import { expect } from 'vitest';
import type { BusListener } from './bus-listener.ts';
import { eventually } from './eventually.ts';
import type { JobsApi } from './jobs-api.ts';

/** Journal kinds that have an event of their own. */
const PUBLISHED = new Map([
  ['status', 'Job Status Changed'],
  ['op', 'Op Status Changed'],
  ['ready', 'Op Ready'],
]);

/** What the bus should have of a job, by its journal: the serial and the kind of each event. */
export async function eventsDue(api: JobsApi, id: string): Promise<readonly string[]> {
  const journal = await api.journal(id);
  expect(journal.map(({ serial }) => serial)).toEqual(journal.map((_, position) => position + 1));
  return journal.flatMap(({ serial, kind }) =>
    PUBLISHED.has(kind) ? [`${serial} ${PUBLISHED.get(kind)}`] : [],
  );
}

/** What it has, once there are so many: repeats are one, in the order of the journal. */
export async function eventsSeen(bus: BusListener, id: string, serials: number): Promise<readonly string[]> {
  return eventually(`${serials} events of job ${id}`, 20_000, async () => {
    const seen = new Set(
      (await bus.eventsOf(id)).map((event) => `${event.detail.serial} ${event['detail-type']}`),
    );
    return seen.size >= serials ? [...seen].sort(bySerial) : null;
  });
}

function bySerial(one: string, other: string): number {
  return Number.parseInt(one, 10) - Number.parseInt(other, 10);
}
