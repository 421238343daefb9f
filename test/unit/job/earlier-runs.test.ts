import { describe, expect, it } from 'vitest';
import { earlierRuns, hasForgiven, isDone } from '../../../core/job/earlier-runs.ts';
import type { Op } from '../../../core/op/op.ts';
import { specOf } from '../../support/job-run.ts';
import { sampleOp } from '../views/sample-job.ts';

const undone = { rollback: { action: 'build' } };
const SPEC = specOf([
  { name: 'one', ...undone },
  { name: 'two', onError: 'continue' },
  { name: 'three', ...undone },
]);

/** A rollback of `one` in its own attempt. */
const ROLLBACK = 3;

function done(ops: readonly Op[]): readonly number[] {
  const runs = earlierRuns(SPEC, ops);
  return SPEC.ops.flatMap((_op, index) => (isDone(SPEC, runs, index) ? [index] : []));
}

describe('the latest run of an op', () => {
  it('is that of the latest attempt that ran it, whatever the order they are read in', () => {
    const ops = [
      sampleOp(0, 'success', { attempt: 2, try: 7 }),
      sampleOp(0, 'error', { attempt: 1 }),
      sampleOp(1, 'success', { attempt: 1 }),
    ];
    for (const read of [ops, ops.toReversed()]) {
      const { latest } = earlierRuns(SPEC, read);
      expect(
        [...latest.values()].map(({ attempt, index, status }) => [attempt, index, status]).sort(),
      ).toEqual([
        [1, 1, 'success'],
        [2, 0, 'success'],
      ]);
    }
  });

  it('is none for an op that only held the token of a paused job, or never began', () => {
    expect(earlierRuns(SPEC, [sampleOp(0, 'queued')]).latest.size).toBe(0);
    expect(earlierRuns(SPEC, []).latest.size).toBe(0);
  });

  it('is never a rollback', () => {
    expect([...earlierRuns(SPEC, [sampleOp(ROLLBACK, 'success')]).latest.keys()]).toEqual([]);
  });
});

describe('an op is done', () => {
  it.each<[Op['status'], readonly number[]]>([
    ['queued', []],
    ['running', []],
    ['tried', []],
    ['success', [0]],
    ['error', []],
    ['canceled', []],
  ])('as far as its latest run goes, which is %s: %j', (status, wanted) => {
    expect(done([sampleOp(0, status)])).toEqual(wanted);
  });

  it('that was skipped', () => {
    expect(done([sampleOp(0, 'success', { skipped: true })])).toEqual([0]);
  });

  it('that was allowed to fail', () => {
    expect(done([sampleOp(1, 'error')])).toEqual([1]);
  });

  it('no more once it was undone', () => {
    expect(done([sampleOp(0, 'success'), sampleOp(ROLLBACK, 'success')])).toEqual([]);
  });

  it.each([
    ['failed', sampleOp(ROLLBACK, 'error')],
    ['was skipped', sampleOp(ROLLBACK, 'success', { skipped: true })],
    ['was cut off', sampleOp(ROLLBACK, 'canceled')],
    ['undid another op', sampleOp(ROLLBACK + 2, 'success')],
  ])('still where its rollback %s', (_what, rollback) => {
    expect(done([sampleOp(0, 'success'), rollback])).toEqual([0]);
  });

  it('still where an earlier run of it was undone', () => {
    const again = sampleOp(0, 'success', { attempt: 2 });
    expect(done([sampleOp(0, 'success'), sampleOp(ROLLBACK, 'success'), again])).toEqual([0]);
  });

  it('no more once a later attempt undid it by hand', () => {
    const byHand = (round: number) => sampleOp(ROLLBACK * (round + 1), 'success', { attempt: 1 + round });
    for (const round of [1, 2, 5]) {
      expect(done([sampleOp(0, 'success'), byHand(round)])).toEqual([]);
    }
  });

  it('by its latest run alone: done once, it failed since', () => {
    expect(done([sampleOp(0, 'success'), sampleOp(0, 'error', { attempt: 2 })])).toEqual([]);
  });
});

describe('a failure before an op', () => {
  const forgiven = (before: number, ...ops: readonly Op[]) =>
    hasForgiven(SPEC, earlierRuns(SPEC, ops), before);

  it('is forgiven under onError continue only', () => {
    expect([0, 1, 2].map((index) => forgiven(3, sampleOp(index, 'error')))).toEqual([false, true, false]);
  });

  it('is one that the attempt does not run again', () => {
    expect([1, 2].map((before) => forgiven(before, sampleOp(1, 'error')))).toEqual([false, true]);
  });

  it('is none where the op was cut off, or went well since', () => {
    expect(forgiven(3, sampleOp(1, 'canceled'))).toBe(false);
    expect(forgiven(3, sampleOp(1, 'error'), sampleOp(1, 'success', { attempt: 2 }))).toBe(false);
  });
});
