import type { Change, LineChange } from '../../../core/job/change.ts';
import type { SemaphoreChange } from '../../../core/semaphore/line.ts';
import {
  childKey,
  dependentKey,
  entryKey,
  groupKey,
  headKey,
  holdKey,
  idempotencyKey,
  type Key,
  opKey,
  queueKey,
  semaphoreHeadKey,
  sessionJobKey,
  specKey,
  waitKey,
} from './keys.ts';

/** DynamoDB takes no more items in one transaction. */
const TRANSACTION_MAX_ITEMS = 100;

/**
 * Throws on a change that no transaction takes: of more items, of one item twice, or of none. It is a
 * bug of the decision that made it.
 */
export function checkFitsTransaction(change: Change | LineChange): void {
  const keys = keysOf(change).map(({ pk, sk }) => `${pk} ${sk}`);
  if (keys.length === 0) throw new Error(`${change.transition}: a change of nothing`);
  if (keys.length > TRANSACTION_MAX_ITEMS) {
    throw new Error(
      `${change.transition}: a change of ${keys.length} items; one transaction takes ${TRANSACTION_MAX_ITEMS}`,
    );
  }
  const twice = keys.find((key, position) => keys.indexOf(key) !== position);
  if (twice !== undefined) throw new Error(`${change.transition}: one transaction changes ${twice} twice`);
}

function keysOf(change: Change | LineChange): readonly Key[] {
  const beside = [
    ...change.semaphores.flatMap(semaphoreKeys),
    ...change.touched.map(({ job }) => headKey(job.id)),
  ];
  if ('job' in change) return [...jobKeys(change), ...familyKeys(change), ...beside];
  const { queue: write } = change;
  return write === undefined ? beside : [queueKey(write.queue.project, write.queue.name), ...beside];
}

function jobKeys({
  job,
  entries,
  ops,
  spec,
  childItem,
  idempotency,
  dependsOn,
  session,
}: Change): readonly Key[] {
  return [
    headKey(job.id),
    ...entries.map(({ jobId, serial }) => entryKey(jobId, serial)),
    ...ops.map(({ op }) => opKey(op.jobId, op.attempt, op.index)),
    ...(spec === undefined ? [] : [specKey(job.id)]),
    ...(childItem === undefined ? [] : [specKey(job.id)]),
    ...(idempotency === undefined
      ? []
      : [idempotencyKey(idempotency.project, idempotency.owner, idempotency.key)]),
    ...dependsOn.map((id) => dependentKey(id, job.id)),
    ...(session === undefined ? [] : [sessionJobKey(session.id, job.id)]),
  ];
}

function familyKeys({ group, child }: Change): readonly Key[] {
  return [
    ...(group === undefined ? [] : [groupKey(group.kind === 'open' ? group.group : group.ref)]),
    ...(child === undefined ? [] : [childKey(child, child.child), groupKey(child)]),
  ];
}

function semaphoreKeys(change: SemaphoreChange): readonly Key[] {
  const { semaphore, putHolds, deleteHolds, putWaits, deleteWaits } = change;
  return [
    semaphoreHeadKey(semaphore),
    ...[...putHolds, ...deleteHolds].map(({ jobId }) => holdKey(semaphore, jobId)),
    ...[...putWaits, ...deleteWaits].map((place) => waitKey(semaphore, place)),
  ];
}
