import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetryPolicy } from '../../../core/contract/job-spec.ts';
import { retryDelay } from '../../../core/op/retry-delay.ts';

const POLICY: RetryPolicy = { maxAttempts: 5, interval: 'PT10S', backoff: 3, maxInterval: 'PT2M' };
const ALMOST_ONE = 1 - 2 ** -53;

const delays = (code: string, tries: readonly number[], random = ALMOST_ONE) =>
  tries.map((number) => retryDelay({ code, try: number }, POLICY, random));

describe('the time until the next try', () => {
  it('has a ceiling that grows by the backoff up to the longest interval', () => {
    expect(delays('Broken', [1, 2, 3, 4])).toEqual([10, 30, 90, 120]);
  });

  it('is a random part of its ceiling, from nothing to all of it', () => {
    expect(delays('Broken', [1, 2, 3, 4], 0)).toEqual([0, 0, 0, 0]);
    expect(delays('Broken', [1, 2, 3, 4], 0.5)).toEqual([5, 15, 45, 60]);
  });

  it('is none after the last try, nor without a policy', () => {
    expect(delays('Broken', [5, 6])).toEqual([null, null]);
    expect(retryDelay({ code: 'Broken', try: 1 }, undefined, 0)).toBeNull();
  });

  it.each(['Fatal', 'PreconditionFailed', 'Busy', 'ReferenceMissing', 'ResultTooLarge', 'InputTooLarge'])(
    'is none after %s, which another try does not change',
    (code) => {
      expect(retryDelay({ code, try: 1 }, POLICY, 0)).toBeNull();
    },
  );

  it('is always some for a target that cannot be reached, growing to 15 minutes', () => {
    const seconds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100, 5_000].map((number) =>
      retryDelay({ code: 'Unreachable', try: number }, undefined, 0),
    );
    expect(seconds).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]);
  });

  it('is a whole number of seconds between nothing and the longest interval, whatever the policy', () => {
    const policies = fc.record({
      maxAttempts: fc.constant(100),
      interval: fc.integer({ min: 1, max: 100_000 }).map((seconds) => `PT${seconds}S`),
      backoff: fc.double({ min: 1, max: 10, noNaN: true }),
      maxInterval: fc.constant('PT1H'),
    });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 99 }), random, (policy, number, dice) => {
        const seconds = retryDelay({ code: 'Broken', try: number }, policy, dice);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(3_600);
      }),
    );
  });
});
