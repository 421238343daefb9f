import {
  type CancellationReason,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import type { Job } from '../../../core/job/job.ts';
import type { Conflict } from '../../../core/ports/job-store.ts';
import type { ChangeWrite } from './change-writes.ts';
import { isContention } from './contention.ts';
import type { Item } from './item.ts';
import { jobOf, opOf, recordOf } from './job-items.ts';

/**
 * What was in the way of a change; null when the error is none of that, and says nothing about
 * whether the change was written.
 *
 * A used idempotency key goes before everything else: whoever submits the same again gets the job
 * that they have, whatever has become of it.
 *
 * @param writes in the order of the transaction, which is the order of DynamoDB's reasons
 */
export async function conflictOf(
  error: unknown,
  writes: readonly ChangeWrite[],
  readHead: () => Promise<Job | null>,
): Promise<Conflict | null> {
  const reasons = reasonsOf(error);
  const failed = writes.flatMap(({ role }, position) => {
    const reason = reasons[position];
    return reason?.Code === CONDITION_FAILED ? [{ role, item: reason.Item }] : [];
  });
  const inTheWay = (role: ChangeWrite['role']) => failed.find((write) => write.role === role);

  const record = inTheWay('idempotency')?.item;
  if (record !== undefined) return { kind: 'idempotencyKey', record: recordOf(record) };
  const head = inTheWay('head');
  if (head !== undefined) return { kind: 'version', current: parsed(head.item, jobOf) };
  // The head tells who has written what; a serial or a specification is only its trace.
  if (inTheWay('entry') !== undefined || inTheWay('spec') !== undefined) {
    return { kind: 'version', current: await readHead() };
  }
  const op = inTheWay('op');
  if (op !== undefined) return { kind: 'op', current: parsed(op.item, opOf) };
  return isContention(error) ? { kind: 'contention' } : null;
}

const CONDITION_FAILED = 'ConditionalCheckFailed';

/** Why each item was not written. A single put has one reason, and its item. */
function reasonsOf(error: unknown): readonly CancellationReason[] {
  if (error instanceof TransactionCanceledException) return error.CancellationReasons ?? [];
  if (error instanceof ConditionalCheckFailedException) {
    return [{ Code: CONDITION_FAILED, ...(error.Item === undefined ? {} : { Item: error.Item }) }];
  }
  return [];
}

function parsed<Value>(item: Item | undefined, parse: (item: Item) => Value): Value | null {
  return item === undefined ? null : parse(item);
}
