import { describe, expect, it } from 'vitest';
import { isLive } from '../../../core/job/job.ts';
import {
  leftToUndo,
  plannedCall,
  plannedItems,
  plannedOf,
  planToStart,
  remainingPlan,
} from '../../../core/job/plan.ts';
import type { Op } from '../../../core/op/op.ts';
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

/** What is left to undo, as `attempt/op`. */
function undone(ops: Parameters<typeof leftToUndo>[1]): readonly string[] {
  return leftToUndo(SPEC, ops).map(({ attempt, index }) => `${attempt}/${index}`);
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

describe('what an execution is started with', () => {
  const SEGMENT = { number: 1, committedAt: 0, tries: 0 };

  function started(overrides: object): readonly number[] {
    const job = sampleJob('CANCELING', overrides);
    if (!isLive(job)) throw new Error('a job that is being canceled is live');
    return planToStart(job, SPEC, [sampleOp(1, 'success')]);
  }

  it('is what is left of a job', () => {
    const job = sampleJob('RUNNING');
    expect(isLive(job) && planToStart(job, SPEC, [sampleOp(1, 'success')])).toEqual([2, 3, 4]);
  });

  it('is the way forward of a job that was canceled before it began, which is told so by its first op', () => {
    expect(started({ segment: { ...SEGMENT, group: 'RUN' } })).toEqual([2, 3, 4]);
    expect(started({ segment: { ...SEGMENT, group: 'PRE' } })).toEqual([0]);
  });

  it('is the way back of a segment that was made for that', () => {
    expect(started({ segment: { ...SEGMENT, group: 'RECOVER' } })).toEqual([6]);
  });
});

describe('what is undone', () => {
  it('is what declared it and completed, latest first', () => {
    expect(undone([0, 1, 2].map((index) => sampleOp(index, 'success')))).toEqual(['1/1', '1/0']);
    expect(undone([sampleOp(0, 'success'), sampleOp(1, 'error')])).toEqual(['1/0']);
    expect(undone([])).toEqual([]);
  });

  it.each(['running', 'tried', 'error', 'canceled', 'success'] as const)(
    'is also what asked for it once started and is %s',
    (status) => {
      expect(undone([sampleOp(3, status)])).toEqual(['1/3']);
    },
  );

  it('is not left to undo once its rollback succeeded', () => {
    const ops = [sampleOp(0, 'success'), sampleOp(1, 'success')];
    expect(undone([...ops, sampleOp(6, 'success')])).toEqual(['1/0']);
    expect(undone([...ops, sampleOp(6, 'error')])).toEqual(['1/1', '1/0']);
  });

  it('is not what was skipped, unless it asked for that once started', () => {
    expect(undone([sampleOp(1, 'success', { skipped: true })])).toEqual([]);
    expect(undone([sampleOp(3, 'success', { skipped: true })])).toEqual(['1/3']);
  });

  it('is left to undo where its rollback was skipped', () => {
    const ops = [sampleOp(1, 'success'), sampleOp(6, 'success', { skipped: true })];
    expect(undone(ops)).toEqual(['1/1']);
  });

  it('is nothing that only holds the token of a paused job', () => {
    expect(undone([sampleOp(3, 'queued')])).toEqual([]);
  });

  it('is the latest attempt’s before that of the one before, each undone by itself', () => {
    const first = [sampleOp(0, 'success'), sampleOp(1, 'success')];
    const second = [sampleOp(0, 'success', { attempt: 2 }), sampleOp(1, 'success', { attempt: 2 })];
    expect(undone([...first, ...second])).toEqual(['2/1', '2/0', '1/1', '1/0']);
    // The second attempt undid its own; in the third, somebody undoes by hand what the first did.
    const byHand = sampleOp(3 * SPEC.ops.length + 1, 'success', { attempt: 3 });
    const own = sampleOp(SPEC.ops.length, 'success', { attempt: 2 });
    expect(undone([...first, ...second, own, byHand])).toEqual(['2/1', '1/0']);
  });
});

describe('what is undone of children', () => {
  const undoing = { name: 'child', ops: [{ name: 'step', action: 'build', rollback: { action: 'build' } }] };
  const doing = { name: 'child', ops: [{ name: 'step', action: 'build' }] };
  const nesting = (job: object) => ({ name: 'child', ops: [{ name: 'all', children: { items: [1], job } }] });
  const left = (job: object, status: Op['status'], overrides: object = {}) => {
    const spec = specOf([{ name: 'all', children: { items: [1], job } }, { name: 'two' }]);
    return leftToUndo(spec, [sampleOp(0, status, { action: 'children', ...overrides })]);
  };

  it.each(['running', 'tried', 'success', 'error', 'canceled'] as const)(
    'is an op of theirs whatever became of it, since some of them may have completed: %s',
    (status) => {
      expect(left(undoing, status)).toEqual([{ attempt: 1, index: 0 }]);
    },
  );

  it('is none that never began, or only holds a token', () => {
    expect(left(undoing, 'queued')).toEqual([]);
  });

  it('is an op that somebody let go on after it failed: what its children did is done', () => {
    expect(left(undoing, 'success', { skipped: true })).toEqual([{ attempt: 1, index: 0 }]);
  });

  it.each(['success', 'error', 'canceled'] as const)(
    'is nothing where their template undoes nothing: %s',
    (status) => {
      expect(left(doing, status)).toEqual([]);
      expect(left(nesting(doing), status)).toEqual([]);
    },
  );

  it('is what any of their own children undo, however deep', () => {
    expect(left(nesting(undoing), 'success')).toHaveLength(1);
    expect(left(nesting(nesting(undoing)), 'success')).toHaveLength(1);
  });

  it('is done by an op of the same action, behind the others', () => {
    const spec = specOf([{ name: 'one' }, { name: 'all', children: { items: [1], job: undoing } }]);
    expect(plannedCall(spec, 3)).toMatchObject({
      kind: 'rollback',
      name: 'all/rollback',
      call: { action: 'children', when: 'started', onError: 'fail' },
    });
    expect(plannedCall(spec, 2)).toBeUndefined();
    const ofDoing = specOf([{ name: 'all', children: { items: [1], job: doing } }]);
    expect(plannedCall(ofDoing, 1)).toBeUndefined();
    expect(plannedItems(spec, [1, 3], CATALOG)).toEqual([
      { op: 1, timeout: YEAR, heartbeat: YEAR - 1 },
      { op: 3, timeout: YEAR, heartbeat: YEAR - 1 },
    ]);
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

  it.each([7, 9, 12, 14])('of %i stands for nothing, since that op declared no rollback', (index) => {
    expect(plannedCall(SPEC, index)).toBeUndefined();
  });

  it('stands for the rollback of what an earlier attempt did, further behind', () => {
    for (const index of [11, 16, 501]) {
      expect(plannedCall(SPEC, index)).toMatchObject({ index, kind: 'rollback', name: 'one/rollback' });
    }
  });
});

describe('an op index in an attempt', () => {
  const FIRST = sampleJob('RUNNING');
  const RERUN = sampleJob('RUNNING', { attempt: 3, again: { kind: 'rerun', firstOp: 0 } });
  const BY_HAND = sampleJob('QUEUED', { attempt: 3, again: { kind: 'rollback' } });

  it.each([
    ['an op', 1, [true, true, true]],
    ['the rollback of its own run', 6, [true, true, false]],
    ['the rollback of a run in the attempt before', 11, [false, false, true]],
    ['the rollback of a run two attempts before', 16, [false, false, true]],
    ['the rollback of a run that never was', 21, [false, false, false]],
  ])(
    'stands for %s in a first attempt, a rerun, a manual rollback of that: %i, %j',
    (_what, index, known) => {
      const planned = [FIRST, RERUN, BY_HAND].map((job) => plannedOf(job, SPEC, index) !== undefined);
      expect(planned).toEqual(known);
    },
  );
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
