import { randomUUID } from 'node:crypto';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Change } from '../../../core/job/change.ts';
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
export async function commitChange(table: JobTable, change: Change): Promise<Committed> {
  checkFitsTransaction(change);
  const writes = writesOf(change);
  try {
    await write(table, writes);
    return { ok: true };
  } catch (error) {
    const conflict = await conflictOf(error, writes, () => readJob(table, change.job.id));
    if (conflict === null) throw error;
    return { ok: false, conflict };
  }
}

async function write(table: JobTable, writes: readonly ChangeWrite[]): Promise<void> {
  const [first, ...others] = writes;
  if (first !== undefined && others.length === 0) return putAlone(table, first.put);
  const { client, tableName } = table;
  await client.send(
    new TransactWriteItemsCommand({
      TransactItems: writes.map(({ put }) => ({ Put: { TableName: tableName, ...put } })),
      // The same for every retry of the SDK: a write whose answer was lost is not taken for another's.
      ClientRequestToken: randomUUID(),
    }),
  );
}
