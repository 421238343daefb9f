import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type BulkProgress, bulkProgressSchema } from '../../../core/job/bulk-progress.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { progressIsNew, progressIsUnchanged } from './conditions.ts';
import { despiteContention, isContention } from './contention.ts';
import { getItem } from './get-items.ts';
import { fieldsOf, itemOf } from './item.ts';
import type { JobTable } from './job-table.ts';
import { bulkKey } from './keys.ts';
import { putAlone } from './put-alone.ts';

/** Nothing here is made up by callers. */
const NO_JSON = new Set<string>();

export async function readBulk(
  table: JobTable,
  id: JobId,
  attempt: number,
  op: number,
): Promise<BulkProgress | null> {
  const item = await getItem(table, bulkKey(id, attempt, op));
  return item === undefined ? null : bulkProgressSchema.parse(fieldsOf(item, NO_JSON));
}

export async function saveBulk(table: JobTable, progress: BulkProgress): Promise<boolean> {
  const { jobId, attempt, op, version } = progress;
  const Item = itemOf(bulkKey(jobId, attempt, op), progress, NO_JSON);
  const guard = version === 1 ? progressIsNew() : progressIsUnchanged(version - 1);
  return despiteContention(`save the progress of job ${jobId}`, async () => {
    try {
      await putAlone(table, { Item, ...guard });
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      if (isContention(error)) return undefined;
      throw error;
    }
  });
}
