import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import { entryOf } from './job-items.ts';
import { isEntryKey } from './keys.ts';

/**
 * The records that the table's stream hands to a function. Values stay as DynamoDB writes them, one
 * key that names the type; the item's own schema checks what is inside.
 */
export const journalStreamSchema = z.object({
  Records: z.array(
    z.object({
      dynamodb: z.object({
        SequenceNumber: z.string(),
        NewImage: z.record(z.string(), z.custom<AttributeValue>(isAttributeValue)).optional(),
      }),
    }),
  ),
});

export type JournalStream = z.infer<typeof journalStreamSchema>;

/** The journal entry that a record added; null for records of other items. */
export function entryOfRecord(record: JournalStream['Records'][number]): JournalEntry | null {
  const image = record.dynamodb.NewImage;
  const key = image?.['sk']?.S;
  return image === undefined || key === undefined || !isEntryKey(key) ? null : entryOf(image);
}

function isAttributeValue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 1;
}
