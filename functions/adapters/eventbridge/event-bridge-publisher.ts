import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  type BusEvent,
  busEventOf,
  JOBPLANE_SOURCE,
  type Published,
} from '../../../core/contract/bus-events.ts';
import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import type { JournalPublisher } from '../../../core/ports/journal-publisher.ts';

/** PutEvents takes ten entries and 256 KB a call; an `Op Ready` event alone may have 64 KB of input. */
const ENTRIES_A_CALL = 10;
const BYTES_A_CALL = 240 * 1024;

/** Publishes journal entries to the private bus, and says which of them the bus did not take. */
export function eventBridgePublisher(
  client: EventBridgeClient,
  busName: string,
  published: Published,
): JournalPublisher {
  return {
    async publish(entries) {
      const failed: JournalEntry[] = [];
      for (const batch of batchesOf(entries, published)) {
        const answer = await client.send(
          new PutEventsCommand({
            Entries: batch.map(({ event }) => ({
              EventBusName: busName,
              Source: JOBPLANE_SOURCE,
              DetailType: event.detailType,
              Detail: JSON.stringify(event.detail),
              Time: new Date(event.time),
            })),
          }),
        );
        for (const [position, { entry }] of batch.entries()) {
          if (answer.Entries?.[position]?.ErrorCode !== undefined) failed.push(entry);
        }
      }
      return failed;
    },
  };
}

interface Pair {
  readonly entry: JournalEntry;
  readonly event: BusEvent;
}

function* batchesOf(entries: readonly JournalEntry[], published: Published): Generator<readonly Pair[]> {
  let batch: Pair[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const event = busEventOf(entry, published);
    if (event === null) continue;
    const size = Buffer.byteLength(JSON.stringify(event.detail));
    if (batch.length === ENTRIES_A_CALL || (batch.length > 0 && bytes + size > BYTES_A_CALL)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({ entry, event });
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
