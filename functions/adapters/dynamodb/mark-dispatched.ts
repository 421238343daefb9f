import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { Op } from '../../../core/op/op.ts';
import { opIsUnchanged } from './conditions.ts';
import { despiteContention, isContention } from './contention.ts';
import { opItem } from './job-items.ts';
import type { JobTable } from './job-table.ts';
import { putAlone } from './put-alone.ts';

/**
 * Marks the op's try as dispatched, in one write of the op alone. A completion of the same try may be
 * on its way in a transaction, so contention is waited out here: then the op has moved on, or it is free.
 */
export async function markDispatched(table: JobTable, op: Op): Promise<boolean> {
  if (op.status !== 'running') return false;
  const item = opItem({ ...op, dispatched: true, version: op.version + 1 });
  return despiteContention(`mark op ${op.index} of job ${op.jobId} dispatched`, async () => {
    try {
      await putAlone(table, { Item: item, ...opIsUnchanged(op.version) });
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      if (isContention(error)) return undefined;
      throw error;
    }
  });
}
