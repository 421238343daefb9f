import middy from '@middy/core';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import { entryOfRecord, journalStreamSchema } from '../adapters/dynamodb/journal-stream.ts';
import { composePublisher } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';

const publisher = composePublisher();

/**
 * The table's stream is the outbox: every journal entry that was committed, and no other, becomes an
 * event on the private bus. What the bus does not take is reported by its sequence number, so that
 * the stream delivers it again; what never goes through ends in the failure bucket.
 */
export const handler = middy(async (event: unknown): Promise<DynamoDBBatchResponse> => {
  const records = journalStreamSchema.parse(event).Records.flatMap((record) => {
    const entry = entryOfRecord(record);
    return entry === null ? [] : [{ entry, sequence: record.dynamodb.SequenceNumber }];
  });
  const failed = new Set(await publisher.publish(records.map(({ entry }) => entry)));
  if (failed.size > 0) logger.warn('The bus did not take all entries', { failed: failed.size });
  return {
    batchItemFailures: records
      .filter(({ entry }) => failed.has(entry))
      .map(({ sequence }) => ({ itemIdentifier: sequence })),
  };
});
