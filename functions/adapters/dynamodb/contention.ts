import { setTimeout as pause } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/**
 * Whether DynamoDB refused a write for another's sake: a transaction on the same item, or too many
 * requests. The SDK has retried what it retries by then.
 *
 * `TransactionInProgressException` is the SDK's second request for a transaction whose first is still
 * being worked on. That one may yet be written: whoever decides again meets it as a version conflict.
 */
export function isContention(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    return (error.CancellationReasons ?? []).some(({ Code }) => Code !== undefined && REASONS.has(Code));
  }
  return error instanceof Error && EXCEPTIONS.has(error.name);
}

const REASONS: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

const EXCEPTIONS: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** Upper bounds of the random waits between tries: six tries in 0.8 s at most, far below a Lambda's time. */
const WAITS_MS = [25, 50, 100, 200, 400];

/**
 * For an item that many write at once: 12 tries in 7.1 s at most, of the 29 s of a Lambda. A transaction of
 * 25 ms leaves room for 32 in each wait of up to 800 ms, so 25 writers are through after one or two of them,
 * since fewer are left each time; the other six waits are for those that come meanwhile.
 */
export const WAITS_FOR_MANY_MS = [100, 200, 400, 800, 800, 800, 800, 800, 800, 800, 800];

/**
 * Tries until there is something else than undefined, for what nobody has to decide about again.
 * Throws when DynamoDB still has not taken it after the last try.
 */
export async function despiteContention<Value>(
  what: string,
  attempt: () => Promise<Value | undefined>,
  waits: readonly number[] = WAITS_MS,
): Promise<Value> {
  for (const wait of [...waits, null]) {
    const value = await attempt();
    if (value !== undefined) return value;
    if (wait !== null) await pause(Math.random() * wait);
  }
  throw new Error(`${what}: DynamoDB has not taken it in ${waits.length + 1} tries`);
}
