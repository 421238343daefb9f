import { describe, expect, it } from 'vitest';
import { newGroup } from '../../../core/children/group.ts';
import { failing, JobRun, RECEIVED, RUN_ID, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const CHILD = { name: 'child', ops: [{ name: 'step', action: 'build' }] };
const UNDONE = { name: 'child', ops: [{ name: 'step', action: 'build', rollback: { action: 'build' } }] };
const SLOT = { scope: 'web', kind: 'slot', name: 'default' } as const;
const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;
const REF = { jobId: RUN_ID, attempt: 1, op: 0, try: 1 };
const OTHER = runId(900);
const MINUTE = 60_000;

const familyOf = (rest: object = {}, job: object = CHILD) => [
  { name: 'all', children: { items: [1, 2], job }, ...rest },
  { name: 'next' },
];

/** A queue of one slot. */
function ofOneSlot(): LineWorld {
  const world = new LineWorld();
  world.setQueue({ maxRunning: 1 }, RECEIVED);
  return world;
}

/** A parent whose children have begun. */
function waiting(rest: object = {}, conditions: object = {}, world = new LineWorld()): JobRun {
  const run = new JobRun(familyOf(rest), conditions, { world });
  run.perform(0, 'perform');
  return run;
}

/** A parent that stands in line for its slot behind its children. */
function regaining(): JobRun {
  const run = waiting({ timeout: 'PT1H' }, {}, ofOneSlot());
  run.world.occupy(SLOT, 1, OTHER, RECEIVED);
  run.childrenEnd({ COMPLETED_OK: 2 });
  run.settleChildren();
  return run;
}

describe('performing an op of children', () => {
  it('opens their group and waits for them, with both moves in the journal', () => {
    const run = new JobRun(familyOf());
    const answer = run.perform(0, 'the token');
    expect(answer).toMatchObject({
      kind: 'dispatch',
      op: { status: 'running', action: 'children', token: 'the token', dispatched: false },
      change: { transition: 'start op', group: { kind: 'open', group: newGroup(REF, 'run', 2) } },
    });
    expect(run.job).toMatchObject({
      status: 'CHILD_QUEUED',
      step: 'RUN',
      activeOp: 0,
      children: { op: 0, try: 1 },
      startedAt: run.now,
    });
    expect(run.entries.slice(-3)).toMatchObject([
      { kind: 'status', from: 'QUEUED', to: 'RUNNING', message: 'all starts' },
      { kind: 'status', from: 'RUNNING', to: 'CHILD_QUEUED', message: 'Waits for the children of all' },
      { kind: 'op', from: 'queued', to: 'running' },
    ]);
    expect(run.op(0).opFence).toBe(run.entries.at(-1)?.serial);
  });

  it('gives its slot back in the same change, and whoever is next in line has it', () => {
    const world = ofOneSlot();
    const run = new JobRun(familyOf(), { locks: [{ name: 'a' }] }, { world });
    const next = new JobRun([{ name: 'one' }], {}, { world, id: runId(2) });
    const rank = run.job.holds.at(-1)?.rank;
    const answer = run.perform(0);
    expect(answer).toMatchObject({ change: { transition: 'start op', touched: [{ job: { id: next.id } }] } });
    expect(world.holders(SLOT)).toEqual([next.id]);
    expect(next.job).toMatchObject({ waitReason: 'slot', owed: [{ kind: 'advance' }] });
    // It keeps its lock, and its rank.
    expect(world.holders(LOCK)).toEqual([RUN_ID]);
    expect(run.job).toMatchObject({ holds: [{ need: 1 }], slot: { need: 2, rank } });
  });

  it('has no slot to give back in a queue without a limit', () => {
    const run = waiting();
    expect(run.job).toMatchObject({ status: 'CHILD_QUEUED', holds: [] });
    expect(run.job).not.toHaveProperty('slot');
  });

  it('waits for none where it has none', () => {
    const run = new JobRun([{ name: 'all', children: { items: [], job: CHILD } }]);
    const answer = run.perform(0);
    expect(answer).toMatchObject({ kind: 'dispatch', op: { status: 'running' } });
    expect(run.job).toMatchObject({ status: 'RUNNING', activeOp: 0 });
    expect(run.job).not.toHaveProperty('children');
  });

  it('that undoes them waits as ROLLING_BACK, with the slot that it has', () => {
    const run = new JobRun(familyOf({}, UNDONE), {}, { world: ofOneSlot() });
    run.perform(0);
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.settleChildren();
    run.perform(1);
    run.complete(1, failing('Broken'));
    run.handle(1, 'OpFailed');
    run.recover();
    expect(run.perform(2)).toMatchObject({
      change: { group: { kind: 'open', group: { op: 2, verb: 'undo', total: 2 } }, semaphores: [] },
    });
    expect(run.job).toMatchObject({ status: 'ROLLING_BACK', activeOp: 2, children: { op: 2, try: 1 } });
    expect(run.world.holders(SLOT)).toEqual([RUN_ID]);
  });

  it('again takes the token over and opens no other group, also while it is canceling', () => {
    const run = waiting();
    expect(run.perform(0, 'perform')).toMatchObject({ kind: 'dispatch', change: null });
    expect(run.perform(0, 'second')).toMatchObject({
      kind: 'dispatch',
      op: { token: 'second', earlierTokens: ['perform'], try: 1 },
      change: { transition: 'replace token', job: { status: 'CHILD_QUEUED', children: { op: 0, try: 1 } } },
    });
    run.cancel();
    expect(run.perform(0, 'third')).toMatchObject({ kind: 'dispatch', op: { token: 'third' } });
    expect(run.job.status).toBe('CANCELING');
    expect(run.op(0)).toMatchObject({ status: 'running', token: 'third' });
  });

  it('again takes the token over while its job regains its slot', () => {
    const run = regaining();
    expect(run.perform(0, 'second')).toMatchObject({ kind: 'dispatch', op: { token: 'second', try: 1 } });
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'regaining' });
  });

  it('owes its own parent once that one of its children has started, until somebody has said so', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }]);
    const parent = { id: runId(9), attempt: 1, op: 0, try: 1, child: 0, depth: 1 };
    run.world.put({ ...run.job, parent }, run.spec);
    run.perform(0);
    expect(run.job.owed).toEqual([{ kind: 'announce', by: run.now + MINUTE }]);
    run.complete(0);
    run.perform(1);
    expect(run.job.owed.filter(({ kind }) => kind === 'announce')).toHaveLength(1);
  });
});

describe('a failure of Perform op while the op waits for its children', () => {
  it('by its clock closes their group, has them cancelled and keeps the token', () => {
    const run = waiting({ timeout: 'PT1M' });
    run.now += MINUTE;
    expect(run.handle(0, 'States.Timeout', 'handle')).toEqual({ kind: 'hold' });
    expect(run.group()).toMatchObject({ closed: { how: 'canceled', at: run.now } });
    expect(run.job).toMatchObject({ status: 'CHILD_QUEUED', children: { op: 0, try: 1 } });
    expect(run.job.owed).toEqual([{ kind: 'cascade', op: 0, try: 1, by: run.now + MINUTE }]);
    expect(run.op(0)).toMatchObject({
      status: 'running',
      token: 'handle',
      earlierTokens: ['perform'],
      outOfTime: { error: { code: 'Timeout', op: 0 } },
    });
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'decision',
      message: 'all: no answer within the timeout; its children are cancelled',
    });
  });

  it('by its clock a second time only takes the newer token', () => {
    const run = waiting({ timeout: 'PT1M' });
    run.handle(0, 'States.Timeout', 'handle');
    const entries = run.entries.length;
    const { owed } = run.job;
    run.now += 1_000;
    expect(run.handle(0, 'States.Timeout', 'again')).toEqual({ kind: 'hold' });
    expect(run.entries).toHaveLength(entries);
    expect(run.job.owed).toEqual(owed);
    expect(run.op(0)).toMatchObject({ token: 'again', outOfTime: { error: { code: 'Timeout' } } });
  });

  it('by its clock is none where all have ended and only the slot is missing', () => {
    const run = regaining();
    expect(run.handle(0, 'States.Timeout', 'handle')).toEqual({ kind: 'hold' });
    expect(run.op(0)).toMatchObject({ status: 'running', token: 'handle', outOfTime: {} });
    expect(run.op(0)).not.toHaveProperty('outOfTime.error');
    run.world.vacate(SLOT, OTHER, run.now);
    run.regainSlot();
    expect(run.op(0)).toMatchObject({ status: 'success', token: 'handle' });
    expect(run.job.owed).toMatchObject([{ kind: 'answer', op: 0 }]);
  });

  it('by its clock is none where the job cancels them anyway', () => {
    const run = waiting({ timeout: 'PT1M' });
    run.cancel();
    const { owed } = run.job;
    expect(run.handle(0, 'States.Timeout', 'handle')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({ status: 'CANCELING', owed });
    expect(run.op(0)).toMatchObject({ token: 'handle', outOfTime: {} });
    run.childrenEnd({ CANCELED_BEFORE_START: 2 }, 2);
    run.settleChildren();
    expect(run.job.owed).toMatchObject([{ kind: 'interrupt', op: 0 }]);
  });

  it.each([
    ['Lambda.Unknown', 30],
    ['States.TaskFailed', 30],
    ['NotNow', 0],
    ['OpFailed', 0],
  ])('by %s has Perform op called again, in %i s', (error, afterSeconds) => {
    const run = waiting();
    const { version } = run.job;
    expect(run.handle(0, error)).toEqual({ kind: 'tryAgain', afterSeconds });
    expect(run.job.version).toBe(version);
  });
});

describe('the recovery of a job that waits for its children', () => {
  it.each([
    ['waits', () => waiting()],
    ['regains its slot', regaining],
    [
      'is canceling',
      () => {
        const run = waiting();
        run.cancel();
        return run;
      },
    ],
  ] as const)('is for the next execution to wait on: %s', (_what, runOf) => {
    const run = runOf();
    const { status } = run.job;
    const number = run.live.segment.number;
    expect(run.recover('Lambda.Unknown')).toEqual({ kind: 'throw', error: 'Stale' });
    expect(run.job).toMatchObject({ status, activeOp: 0, segment: { group: 'RUN', number: number + 1 } });
    expect(run.job.owed.map(({ kind }) => kind)).toContain('start');
    expect(run.op(0).status).toBe('running');
  });

  it('keeps what is owed to them through it', () => {
    const run = waiting();
    run.cancel();
    run.recover('Lambda.Unknown');
    expect(run.job.owed.map(({ kind }) => kind)).toEqual(['start', 'cascade']);
  });

  it('has the next execution take the op over, which goes on as if nothing had happened', () => {
    const run = waiting();
    run.recover('Lambda.Unknown');
    expect(run.perform(0, 'next')).toMatchObject({ kind: 'dispatch', op: { try: 1, token: 'next' } });
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.settleChildren();
    expect(run.job.status).toBe('RUNNING');
  });
});

describe('the cancel of a parent', () => {
  it('closes its group and cancels its children before it lets go of its op', () => {
    const run = waiting();
    const decision = run.cancel({ reason: 'wrong version' });
    expect(decision).toMatchObject({ ok: true, answer: { outcome: 'canceling' } });
    expect(run.job).toMatchObject({ status: 'CANCELING', children: { op: 0, try: 1 }, activeOp: 0 });
    expect(run.job.owed).toEqual([{ kind: 'cascade', op: 0, try: 1, by: run.now + MINUTE }]);
    expect(run.group().closed).toEqual({ how: 'canceled', at: run.now });
    expect(run.handle(0, 'Canceled')).toEqual({ kind: 'tryAgain', afterSeconds: 0 });
  });

  it('whose group is closed closes it no second time', () => {
    const run = waiting({ timeout: 'PT1M' });
    run.handle(0, 'States.Timeout');
    const { closed } = run.group();
    run.now += 1_000;
    run.cancel();
    expect(run.group().closed).toEqual(closed);
    expect(run.job.owed.map(({ kind }) => kind)).toEqual(['cascade']);
  });

  it('takes it out of the line for its slot, and interrupts its op', () => {
    const run = regaining();
    expect(run.world.waiters(SLOT)).toEqual([RUN_ID]);
    run.cancel();
    expect(run.world.waiters(SLOT)).toEqual([]);
    expect(run.job).toMatchObject({ status: 'CANCELING', owed: [{ kind: 'interrupt', op: 0 }], holds: [] });
    run.handle(0, 'Canceled');
    run.recover('Canceled');
    expect(run.finish('recovery')).toMatchObject({ job: { status: 'CANCELED_WHILE_RUNNING' } });
  });

  it('gives back the slot that it was just granted again', () => {
    const run = regaining();
    run.world.vacate(SLOT, OTHER, run.now);
    run.cancel();
    run.handle(0, 'Canceled');
    run.recover('Canceled');
    run.finish('recovery');
    expect(run.world.holders(SLOT)).toEqual([]);
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', owed: [], holds: [] });
  });

  it('undoes what its children completed', () => {
    const run = new JobRun(familyOf({}, UNDONE));
    run.perform(0);
    run.childrenEnd({ COMPLETED_OK: 1 });
    run.cancel();
    run.childrenEnd({ CANCELED_BEFORE_START: 1 }, 1);
    run.settleChildren();
    run.handle(0, 'Canceled');
    expect(run.recover('Canceled')).toEqual({ kind: 'perform', ops: [2] });
    expect(run.op(0)).toMatchObject({ status: 'canceled' });
  });
});

describe('a parent that is cut off', () => {
  it('by force keeps what it holds, and its children are ended by force', () => {
    const run = waiting({}, { locks: [{ name: 'a' }] });
    run.cancel({ force: true });
    expect(run.job).toMatchObject({
      status: 'CANCELED_WHILE_RUNNING',
      children: { op: 0, try: 1 },
      holds: [{ need: 1 }],
    });
    expect(run.job.owed).toMatchObject([{ kind: 'stop' }, { kind: 'cascade', force: true }]);
    expect(run.group()).toMatchObject({ closed: { how: 'forced' } });
    expect(run.windUp()).toBeNull();
    expect(run.world.holders(LOCK)).toEqual([RUN_ID]);
  });

  it('by force after a cancel has them ended by force as well', () => {
    const run = waiting();
    run.cancel();
    run.cancel({ force: true });
    expect(run.job.owed).toContainEqual({
      kind: 'cascade',
      op: 0,
      try: 1,
      force: true,
      by: run.now + MINUTE,
    });
    expect(run.group()).toMatchObject({ closed: { how: 'canceled' } });
  });

  it('by force while it regains its slot leaves the line and owes them nothing', () => {
    const run = regaining();
    run.cancel({ force: true });
    expect(run.world.waiters(SLOT)).toEqual([]);
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', owed: [{ kind: 'stop' }], holds: [] });
    expect(run.job).not.toHaveProperty('place');
  });

  it('by an abend keeps what it holds, and cancels its children', () => {
    const run = waiting({}, { locks: [{ name: 'a' }] });
    run.abend();
    expect(run.job).toMatchObject({ status: 'ABENDED', children: { op: 0, try: 1 }, holds: [{ need: 1 }] });
    expect(run.job.owed).toMatchObject([{ kind: 'cascade', op: 0, try: 1 }]);
    expect(run.job.owed[0]).not.toHaveProperty('force');
    expect(run.group()).toMatchObject({ closed: { how: 'canceled' } });
    expect(run.windUp()).toBeNull();
  });

  it('runs again only after its children have ended', () => {
    const run = waiting();
    run.abend();
    expect(run.rerun()).toMatchObject({ ok: false, refusal: { code: 'ChildrenUnsettled' } });
    run.childrenEnd({ CANCELED_BEFORE_START: 2 }, 2);
    run.settleChildren();
    expect(run.rerun()).toMatchObject({ ok: true });
    expect(run.job).not.toHaveProperty('children');
    run.perform(0);
    expect(run.job).toMatchObject({ status: 'CHILD_QUEUED', attempt: 2 });
    expect(run.group()).toMatchObject({ attempt: 2, created: 0 });
  });
});

describe('the end of a job some of whose children did not succeed', () => {
  /** An op that tolerated a child's failure, and the job at its end. */
  function tolerated(rest: object = {}): JobRun {
    const run = waiting(rest);
    run.childrenEnd({ COMPLETED_OK: 1, FAILED: 1 }, 1);
    run.settleChildren();
    run.perform(1);
    run.complete(1);
    return run;
  }

  it('is COMPLETED_WITH_WARNINGS where that was tolerated', () => {
    const run = tolerated();
    expect(run.finish()).toMatchObject({ job: { status: 'COMPLETED_WITH_WARNINGS', warnings: 1 } });
  });

  it('is COMPLETED_OK where they only had warnings', () => {
    const run = waiting();
    run.childrenEnd({ COMPLETED_WITH_WARNINGS: 2 });
    run.settleChildren();
    run.perform(1);
    run.complete(1);
    expect(run.finish()).toMatchObject({ job: { status: 'COMPLETED_OK', warnings: 1 } });
  });

  it('stays with warnings where only what came after runs again', () => {
    const run = new JobRun([...familyOf(), { name: 'report', step: 'POST' }]);
    run.perform(0);
    run.childrenEnd({ COMPLETED_OK: 1, FAILED: 1 }, 1);
    run.settleChildren();
    for (const op of [1, 2]) {
      run.perform(op);
      run.complete(op);
    }
    run.finish();
    expect(run.rerun('POST')).toMatchObject({ ok: true });
    run.perform(2);
    run.complete(2);
    expect(run.finish()).toMatchObject({ job: { status: 'COMPLETED_WITH_WARNINGS' } });
  });

  it('is COMPLETED_OK where they run again, and all do well', () => {
    const run = tolerated();
    run.finish();
    run.rerun();
    run.perform(0);
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.settleChildren();
    run.perform(1);
    run.complete(1);
    expect(run.finish()).toMatchObject({ job: { status: 'COMPLETED_OK' } });
  });
});
