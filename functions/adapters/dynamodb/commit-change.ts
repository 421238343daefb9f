import { randomUUID } from 'node:crypto';
import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Change, LineChange } from '../../../core/job/change.ts';
import type { Committed } from '../../../core/ports/job-store.ts';
import { type ChangeWrite, writesOf } from './change-writes.ts';
import { conflictOf } from './conflict-of.ts';
import type { JobTable } from './job-table.ts';
import { putAlone } from './put-alone.ts';
import { readJob } from './read-job.ts';
import { checkFitsTransaction } from './transaction-limit.ts';

/**
 * Commits a change: all of it or nothing. Throws when nobody can say whether it was written (no
 * answer came, or an internal error): the caller reads again, and decides again.
 */
export async function commitChange(table: JobTable, change: Change | LineChange): Promise<Committed> {
  checkFitsTransaction(change);
  const writes = writesOf(change);
  try {
    await write(table, writes);
    return { ok: true };
  } catch (error) {
    const conflict = await conflictOf(error, writes, (id) => readJob(table, id));
    if (conflict === null) throw error;
    return { ok: false, conflict };
  }
}

async function write(table: JobTable, writes: readonly ChangeWrite[]): Promise<void> {
  const [first, ...others] = writes;
  if (first !== undefined && 'put' in first && others.length === 0) return putAlone(table, first.put);
  await table.client.send(
    new TransactWriteItemsCommand({
      TransactItems: writes.map((each) => transactItem(table, each)),
      // The same for every retry of the SDK: a write whose answer was lost is not taken for another's.
      ClientRequestToken: randomUUID(),
    }),
  );
}

function transactItem({ tableName }: JobTable, write: ChangeWrite): TransactWriteItem {
  if ('put' in write) return { Put: { TableName: tableName, ...write.put } };
  if ('update' in write) return { Update: { TableName: tableName, ...write.update } };
  return { Delete: { TableName: tableName, ...write.remove } };
}
