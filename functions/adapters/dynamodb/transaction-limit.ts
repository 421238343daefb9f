import type { Change } from '../../../core/job/change.ts';

/** DynamoDB takes no more items in one transaction. */
const TRANSACTION_MAX_ITEMS = 100;

/** Throws on a change of more items than one transaction takes: a bug of the decision that made it. */
export function checkFitsTransaction(change: Change): void {
  const items =
    1 +
    change.entries.length +
    change.ops.length +
    (change.spec === undefined ? 0 : 1) +
    (change.idempotency === undefined ? 0 : 1);
  if (items <= TRANSACTION_MAX_ITEMS) return;
  throw new Error(
    `${change.transition}: a change of ${items} items; one transaction takes ${TRANSACTION_MAX_ITEMS}`,
  );
}
