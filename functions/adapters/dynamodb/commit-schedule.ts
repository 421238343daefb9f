import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { ScheduleChange } from '../../../core/schedule/schedule.ts';
import { runHasStarted, runIsNew, scheduleIsNew, scheduleIsUnchanged } from './conditions.ts';
import { isContention } from './contention.ts';
import { storedKey } from './item.ts';
import type { JobTable } from './job-table.ts';
import { scheduleKey } from './keys.ts';
import { putAlone } from './put-alone.ts';
import { runItem, scheduleItem } from './schedule-items.ts';

/**
 * Commits a change of a schedule, with its run all or nothing. Throws when nobody can say whether it was
 * written; the caller reads again, and decides again.
 */
export async function commitSchedule(table: JobTable, change: ScheduleChange): Promise<boolean> {
  try {
    await write(table, change);
    return true;
  } catch (error) {
    if (isRefusal(error) || isContention(error)) return false;
    throw error;
  }
}

async function write(
  table: JobTable,
  { transition, before, schedule, run: decided }: ScheduleChange,
): Promise<void> {
  const { client, tableName: TableName } = table;
  const headGuard = before === null ? scheduleIsNew() : scheduleIsUnchanged(before);
  if (transition === 'drop schedule') {
    const Key = storedKey(scheduleKey(schedule.id));
    await client.send(new DeleteItemCommand({ TableName, Key, ...headGuard }));
    return;
  }
  const head = { Item: scheduleItem(schedule), ...headGuard };
  if (decided === undefined) return putAlone(table, head);
  const runGuard = decided.before === 'new' ? runIsNew() : runHasStarted();
  await client.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName, ...head } },
        { Put: { TableName, Item: runItem(decided.run), ...runGuard } },
      ],
      // The same for every retry of the SDK: a write whose answer was lost is not taken for another's.
      ClientRequestToken: randomUUID(),
    }),
  );
}

/** A condition did not hold: somebody else was faster. */
function isRefusal(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    return (error.CancellationReasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed');
  }
  return error instanceof ConditionalCheckFailedException;
}
