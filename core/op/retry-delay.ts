import { secondsOf } from '../contract/duration.ts';
import type { RetryPolicy } from '../contract/job-spec.ts';

/** A target that cannot be reached is asked again at growing intervals, up to this (Oracle VM Manager). */
const UNREACHABLE_MAX_SECONDS = 15 * 60;
const UNREACHABLE_FIRST_SECONDS = 5;

/** Codes after which another try is senseless: the action or the input says so. */
const NEVER_RETRIED: ReadonlySet<string> = new Set([
  'Fatal',
  'PreconditionFailed',
  'Busy',
  'ReferenceMissing',
  'InputTooLarge',
  'ResultTooLarge',
  'HttpTargetRefused',
]);

/** Raised by actions, and by Jobplane when a dispatch fails: tried until it works. */
export const UNREACHABLE = 'Unreachable';

/**
 * Whole seconds until the next try, or null when there is none. The retry policy waits with full
 * jitter: a random part of `interval × backoff^(try − 1)`, at most `maxInterval`, so that jobs which
 * failed together do not come back together.
 *
 * @param random from [0, 1)
 */
export function retryDelay(
  failed: { readonly code: string; readonly try: number },
  policy: RetryPolicy | undefined,
  random: number,
): number | null {
  if (failed.code === UNREACHABLE) {
    return Math.min(UNREACHABLE_MAX_SECONDS, UNREACHABLE_FIRST_SECONDS * 2 ** Math.min(failed.try - 1, 16));
  }
  if (policy === undefined || NEVER_RETRIED.has(failed.code) || failed.try >= policy.maxAttempts) return null;
  const ceiling = Math.min(
    secondsOf(policy.maxInterval),
    secondsOf(policy.interval) * policy.backoff ** (failed.try - 1),
  );
  return Math.ceil(random * ceiling);
}
