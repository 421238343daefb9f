import { describe, expect, it } from 'vitest';
import { isLive } from '../../../core/job/job.ts';
import { plannedCall, plannedItems, remainingPlan, toUndo, undoable } from '../../../core/job/plan.ts';
import { CATALOG, specOf } from '../../support/job-run.ts';
import { sampleJob, sampleOp } from '../views/sample-job.ts';

const YEAR = 31_536_000;

const SPEC = specOf([
  { name: 'check', step: 'PRE', rollback: { action: 'build' } },
  { name: 'one', rollback: { action: 'hand' } },
  { name: 'two' },
  { name: 'three', rollback: { action: 'hand', when: 'started' } },
  { name: 'report', step: 'POST' },
]);

function plan(
  group: 'PRE' | 'RUN' | 'RECOVER',
  ops: Parameters<typeof remainingPlan>[2],
  overrides: object = {},
) {
  const segment = { group, number: 1, committedAt: 0, tries: 0 };
  const job = sampleJob('RUNNING', { segment, ...overrides });
  if (!isLive(job)) throw new Error('a running job is live');
  return remainingPlan(job, SPEC, ops);
}

function clocks(op: object, rollback?: object) {
  const spec = specOf([{ name: 'one', ...op, ...(rollback === undefined ? {} : { rollback }) }]);
  return plannedItems(spec, rollback === undefined ? [0] : [1], CATALOG).map(({ timeout, heartbeat }) => [
    timeout,
    heartbeat,
  ]);
}

describe('the plan of a segment', () => {
  it('is the PRE ops, or the RUN ops with the POST ops behind them', () => {
    expect(plan('PRE', [])).toEqual([0]);
    expect(plan('RUN', [])).toEqual([1, 2, 3, 4]);
  });

  it('leaves out what is final, and nothing that still runs', () => {
    const ops = [
      sampleOp(0, 'success'),
      sampleOp(1, 'error'),
      sampleOp(2, 'canceled'),
      sampleOp(3, 'running'),
    ];
    expect(plan('RUN', ops)).toEqual([3, 4]);
    expect(plan('RUN', [sampleOp(1, 'tried')])).toEqual([1, 2, 3, 4]);
  });

  it.each([
    [true, true, [8, 6, 5, 4]],
    [true, false, [8, 6, 5]],
    [false, true, [4]],
    [false, false, []],
  ])('once the end is decided, undoing %s and POST %s, is %j', (undo, post, wanted) => {
    const ops = [
      sampleOp(0, 'success'),
      sampleOp(1, 'success'),
      sampleOp(2, 'success'),
      sampleOp(3, 'error'),
    ];
    const decided = { status: 'FAILED', retryable: true, undo, post };
    expect(plan('RUN', ops, { decided })).toEqual(wanted);
  });
});

describe('what is undone', () => {
  it('is what declared it and completed, latest first', () => {
    expect(
      undoable(
        SPEC,
        [0, 1, 2].map((index) => sampleOp(index, 'success')),
      ),
    ).toEqual([1, 0]);
    expect(undoable(SPEC, [sampleOp(0, 'success'), sampleOp(1, 'error')])).toEqual([0]);
    expect(undoable(SPEC, [])).toEqual([]);
  });

  it.each(['running', 'tried', 'error', 'canceled', 'success'] as const)(
    'is also what asked for it once started and is %s',
    (status) => {
      expect(undoable(SPEC, [sampleOp(3, status)])).toEqual([3]);
    },
  );

  it('is not left to undo once its rollback succeeded', () => {
    const ops = [sampleOp(0, 'success'), sampleOp(1, 'success')];
    expect(toUndo(SPEC, [...ops, sampleOp(6, 'success')])).toEqual([0]);
    expect(toUndo(SPEC, [...ops, sampleOp(6, 'error')])).toEqual([1, 0]);
  });
});

describe('an op index', () => {
  it('stands for an op or, behind the ops, for the rollback of one', () => {
    expect(plannedCall(SPEC, 1)).toMatchObject({ kind: 'op', name: 'one', step: 'RUN' });
    expect(plannedCall(SPEC, 6)).toMatchObject({
      kind: 'rollback',
      name: 'one/rollback',
      undoes: { name: 'one' },
    });
  });

  it.each([7, 9, 10, 11, 500])('of %i stands for nothing', (index) => {
    expect(plannedCall(SPEC, index)).toBeUndefined();
  });
});

describe('the clocks of a try', () => {
  it('let the heartbeat carry the timeout where none is declared', () => {
    expect(clocks({ action: 'hand', timeout: 'PT10M' })).toEqual([[601, 600]]);
  });

  it('are what was declared where both are', () => {
    expect(clocks({ timeout: 'PT10M', heartbeat: 'PT1M' })).toEqual([[600, 60]]);
  });

  it('end the try of a function after 20 minutes, whose lost answer nobody would notice', () => {
    expect(clocks({})).toEqual([[1_201, 1_200]]);
    expect(clocks({ heartbeat: 'PT1M' })).toEqual([[1_200, 60]]);
  });

  it('end a try without a timeout after a year, as Step Functions would', () => {
    expect(clocks({ action: 'hand' })).toEqual([[YEAR, YEAR - 1]]);
  });

  it('end the built-in wait after its seconds', () => {
    expect(clocks({ action: 'wait', input: { seconds: 30 } })).toEqual([[31, 30]]);
  });

  it('are a rollback’s own', () => {
    expect(clocks({ timeout: 'PT1M' }, { action: 'hand', timeout: 'PT5M' })).toEqual([[301, 300]]);
  });

  it.each([
    { heartbeat: 'PT20M' },
    { heartbeat: 'PT30M' },
    { action: 'hand', heartbeat: 'P365D' },
    { action: 'hand', heartbeat: 'PT1S' },
    { action: 'hand', timeout: 'PT2S', heartbeat: 'PT1S' },
    { action: 'hand', timeout: 'PT1S' },
    { action: 'hand', timeout: 'P365D' },
    { action: 'log', input: { message: 'hi' } },
  ])('keep the heartbeat below the timeout, as Step Functions demands: %j', (op) => {
    for (const [timeout = 0, heartbeat = 0] of clocks(op)) {
      expect(heartbeat).toBeGreaterThanOrEqual(1);
      expect(heartbeat).toBeLessThan(timeout);
      expect(timeout).toBeLessThanOrEqual(99_999_999);
    }
  });
});
