import middy from '@middy/core';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import type { JournalEntry } from '../../core/job/journal-entry.ts';
import type { JournalPublisher } from '../../core/ports/journal-publisher.ts';
import { entryOfRecord, journalStreamSchema } from '../adapters/dynamodb/journal-stream.ts';
import { composePublisher } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';
import { count } from '../runtime/metrics.ts';

/**
 * The table's stream is the outbox: every journal entry that was committed, and no other, becomes an
 * event on the private bus. What the bus does not take is reported by its sequence number, so that
 * the stream delivers it again; what never goes through ends in the failure bucket.
 */
export function journalHandler(publisher: JournalPublisher) {
  return middy(async (event: unknown): Promise<DynamoDBBatchResponse> => {
    const records = journalStreamSchema.parse(event).Records.flatMap((record) => {
      const entry = entryOfRecord(record);
      return entry === null ? [] : [{ entry, sequence: record.dynamodb.SequenceNumber }];
    });
    const published = records.map(({ entry }) => entry);
    const failed = new Set(await publisher.publish(published));
    if (failed.size > 0) logger.warn('The bus did not take all entries', { failed: failed.size });
    countStatuses(published.filter((entry) => !failed.has(entry)));
    return {
      batchItemFailures: records
        .filter(({ entry }) => failed.has(entry))
        .map(({ sequence }) => ({ itemIdentifier: sequence })),
    };
  });
}

/** Here and not where jobs change status: whoever waits for that change need not wait for this. */
function countStatuses(entries: readonly JournalEntry[]): void {
  const times = new Map<string, number>();
  for (const { kind, to } of entries) {
    if (kind === 'status' && to !== undefined) times.set(to, (times.get(to) ?? 0) + 1);
  }
  for (const [value, counted] of times) count('JobStatusChanges', counted, { name: 'Status', value });
}

export const handler = journalHandler(composePublisher());
