import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/contract/limits.ts';
import { isRollback, rollbackIndex, runOf } from '../../../core/op/op-index.ts';

const total = fc.integer({ min: 1, max: LIMITS.ops });

/** A run of an op, and the attempt that undoes it: its own, or a later one. */
const undoing = fc
  .record({
    total,
    attempt: fc.integer({ min: 1, max: LIMITS.attempts }),
    index: fc.nat(LIMITS.ops),
    run: fc.nat(LIMITS.attempts),
  })
  .map(({ index, run, ...drawn }) => ({
    ...drawn,
    run: { attempt: 1 + (run % drawn.attempt), index: index % drawn.total },
  }));

describe('the index of a rollback', () => {
  it.each([
    ['in the attempt itself', { attempt: 1, index: 2 }, 1, 7],
    ['by hand, of the attempt before', { attempt: 1, index: 2 }, 2, 12],
    ['by hand, of an attempt long before', { attempt: 1, index: 0 }, 4, 20],
  ])('%s counts on behind the ops', (_what, run, attempt, index) => {
    expect(rollbackIndex(run, attempt, 5)).toBe(index);
    expect(isRollback(index, 5)).toBe(true);
    expect(runOf({ attempt, index }, 5)).toEqual(run);
  });

  it('leads back to what it undoes, and is no op’s own', () => {
    fc.assert(
      fc.property(undoing, ({ run, attempt, total }) => {
        const index = rollbackIndex(run, attempt, total);
        expect(isRollback(index, total)).toBe(true);
        expect(runOf({ attempt, index }, total)).toEqual(run);
      }),
    );
  });

  it('is another for each run that one attempt undoes', () => {
    const indexes = [1, 2, 3].flatMap((attempt) =>
      [0, 1].map((index) => rollbackIndex({ attempt, index }, 3, 2)),
    );
    expect(new Set(indexes).size).toBe(6);
  });

  it('has at most six digits, which its key has room for', () => {
    const first = { attempt: 1, index: LIMITS.ops - 1 };
    expect(rollbackIndex(first, LIMITS.attempts, LIMITS.ops)).toBeLessThan(1_000_000);
  });
});

describe('the index of an op', () => {
  it('is its own run', () => {
    fc.assert(
      fc.property(undoing, ({ run, total }) => {
        expect(isRollback(run.index, total)).toBe(false);
        expect(runOf(run, total)).toEqual(run);
      }),
    );
  });
});
