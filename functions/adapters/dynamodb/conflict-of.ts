import {
  type CancellationReason,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Job } from '../../../core/job/job.ts';
import type { Conflict } from '../../../core/ports/job-store.ts';
import type { ChangeWrite, Part } from './change-writes.ts';
import { isContention } from './contention.ts';
import type { Item } from './item.ts';
import { jobOf, opOf, recordOf } from './job-items.ts';
import { queueOf } from './line-items.ts';

/**
 * Which of several that are in the way is named. A used idempotency key goes before everything else:
 * whoever submits the same again gets the job that they have, whatever has become of it. Then the
 * job's own head, which tells who has written what; a serial or a specification is only its trace.
 * Then the group of its children, or the one that it joins, since neither comes back once it is closed.
 */
const PRECEDENCE: readonly Part['role'][] = [
  'idempotency',
  'head',
  'entry',
  'spec',
  'group',
  'op',
  'queue',
  'semaphore',
  'touched',
  'dependent',
  'session',
];

/**
 * What was in the way of a change; null when the error is none of that, and says nothing about
 * whether the change was written.
 *
 * @param writes in the order of the transaction, which is the order of DynamoDB's reasons
 */
export async function conflictOf(
  error: unknown,
  writes: readonly ChangeWrite[],
  readHead: (id: JobId) => Promise<Job | null>,
): Promise<Conflict | null> {
  const reasons = failedConditions(error);
  const failed = writes.flatMap(({ part }, position) => {
    const reason = reasons[position];
    return reason === undefined ? [] : [{ part, item: reason.Item }];
  });
  const [inTheWay] = failed.sort((one, other) => precedenceOf(one.part) - precedenceOf(other.part));
  if (inTheWay !== undefined) return conflictWith(inTheWay.part, inTheWay.item, readHead);
  return isContention(error) ? { kind: 'contention' } : null;
}

/** Of each item of a transaction the condition that failed, with the stored item; undefined: it held. */
export function failedConditions(error: unknown): readonly (CancellationReason | undefined)[] {
  return reasonsOf(error).map((reason) => (reason.Code === CONDITION_FAILED ? reason : undefined));
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

function precedenceOf({ role }: Part): number {
  return PRECEDENCE.indexOf(role);
}

async function conflictWith(
  part: Part,
  item: Item | undefined,
  readHead: (id: JobId) => Promise<Job | null>,
): Promise<Conflict> {
  switch (part.role) {
    case 'idempotency':
      if (item === undefined) throw new Error('DynamoDB did not say what the key was used for');
      return { kind: 'idempotencyKey', record: recordOf(item) };
    case 'head':
      return { kind: 'version', current: parsed(item, jobOf) };
    case 'entry':
    case 'spec':
      return { kind: 'version', current: await readHead(part.jobId) };
    case 'group':
      return { kind: 'group', ref: part.ref };
    case 'op':
      return { kind: 'op', current: parsed(item, opOf) };
    case 'queue':
      return { kind: 'queue', current: parsed(item, queueOf) };
    case 'semaphore':
      return { kind: 'semaphore', key: part.key };
    case 'touched':
      return { kind: 'touched', jobId: part.jobId };
    case 'dependent':
    case 'session':
      throw new Error(`a ${part.role} is written under no condition of its own`);
  }
}

function parsed<Value>(item: Item | undefined, parse: (item: Item) => Value): Value | null {
  return item === undefined ? null : parse(item);
}
