import { describe, expect, it } from 'vitest';
import type { GroupRef } from '../../../core/children/group.ts';
import { settleChildren } from '../../../core/children/settle-children.ts';
import { failing, JobRun, RECEIVED, RUN_ID, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const CHILD = { name: 'child', ops: [{ name: 'step', action: 'build' }] };
const UNDONE = { name: 'child', ops: [{ name: 'step', action: 'build', rollback: { action: 'build' } }] };
const SLOT = { scope: 'web', kind: 'slot', name: 'default' } as const;
const SLOT_NEED = 1;
const OTHER = runId(900);
const REF: GroupRef = { jobId: RUN_ID, attempt: 1, op: 0, try: 1 };
const MINUTE = 60_000;

function familyOf(children: object = {}, rest: object = {}) {
  return [{ name: 'all', children: { items: [1, 2], job: CHILD, ...children }, ...rest }, { name: 'next' }];
}

/** A parent whose children have begun. */
function waiting(children: object = {}, rest: object = {}, conditions: object = {}, world = new LineWorld()) {
  const run = new JobRun(familyOf(children, rest), conditions, { world });
  run.perform(0, 'perform');
  return run;
}

/** The same, in a queue of one slot. */
function waitingWithoutSlot(children: object = {}, rest: object = {}) {
  const world = new LineWorld();
  world.setQueue({ maxRunning: 1 }, RECEIVED);
  return waiting(children, rest, {}, world);
}

describe('a parent whose children have all ended', () => {
  it('goes on: its op has succeeded, and its token is answered', () => {
    const run = waiting();
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.now += 1_000;
    expect(run.settleChildren()).toMatchObject({
      transition: 'complete op',
      entries: [
        { kind: 'status', from: 'CHILD_QUEUED', to: 'RUNNING', message: '2 children: 2 COMPLETED_OK' },
        { kind: 'op', from: 'running', to: 'success' },
      ],
    });
    expect(run.job).toMatchObject({ status: 'RUNNING', opsRun: 1 });
    expect(run.job).not.toHaveProperty('children');
    expect(run.job.owed).toEqual([{ kind: 'answer', op: 0, by: run.now + MINUTE }]);
    expect(run.op(0)).toMatchObject({ status: 'success', result: { total: 2 }, warnings: [] });
    expect(run.op(0)).not.toHaveProperty('tolerated');
    run.perform(1);
    run.complete(1);
    expect(run.finish()).toMatchObject({ job: { status: 'COMPLETED_OK' } });
  });

  it('notes that not all did well, where that is tolerated', () => {
    const run = waiting();
    run.childrenEnd({ COMPLETED_OK: 1, FAILED: 1 }, 1);
    run.settleChildren();
    expect(run.op(0)).toMatchObject({ status: 'success', tolerated: true });
    expect(run.job).toMatchObject({ status: 'RUNNING', warnings: 1 });
  });

  it('has a try that failed, where it is not', () => {
    const run = waiting({ tolerate: { count: 0 } });
    run.childrenEnd({ COMPLETED_OK: 1, FAILED: 1 }, 1);
    expect(run.settleChildren()).toMatchObject({ transition: 'fail try' });
    expect(run.op(0)).toMatchObject({ status: 'tried', held: false, error: { code: 'ChildrenFailed' } });
    expect(run.job).toMatchObject({ status: 'RUNNING', activeOp: 0, owed: [{ kind: 'answer', op: 0 }] });
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'failed' });
  });

  it('owes their cancel no more', () => {
    const run = waiting({ onChildFailure: 'cancelRest' });
    run.cancel();
    expect(run.job.owed).toMatchObject([{ kind: 'cascade' }]);
    run.childrenEnd({ CANCELED_BEFORE_START: 2 }, 2);
    run.settleChildren();
    expect(run.job.owed).toMatchObject([{ kind: 'interrupt', op: 0 }]);
  });

  it('goes on once: a second time changes nothing', () => {
    const run = waiting();
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.settleChildren();
    expect(run.settleChildren(REF)).toBeNull();
  });

  it('still pauses before its next op, where somebody asked for that meanwhile', () => {
    const run = waiting();
    run.pause();
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.settleChildren();
    expect(run.job).toMatchObject({ status: 'RUNNING', pauseRequested: { actor: 'ada' } });
    expect(run.perform(1)).toMatchObject({ kind: 'throw', error: 'NotNow' });
  });
});

describe('a parent does not go on', () => {
  const settled = (run: JobRun, ref: Partial<GroupRef> = {}) =>
    settleChildren(run.job, run.op(0), { ...run.group(), ...ref }, run.facts);

  it('before all have ended', () => {
    const run = waiting();
    expect(settled(run)).toBeNull();
    run.childrenEnd({ COMPLETED_OK: 1 });
    expect(settled(run)).toBeNull();
  });

  it('before all have ended that there are, where its group is closed', () => {
    const run = waiting();
    run.childrenEnd({ COMPLETED_OK: 1 });
    run.cancel();
    expect(settled(run)).not.toBeNull();
    const two = waiting({ items: [1, 2, 3] });
    two.childrenEnd({ COMPLETED_OK: 1 });
    two.cancel();
    expect(settleChildren(two.job, two.op(0), { ...two.group(), created: 2 }, two.facts)).toBeNull();
  });

  it.each([
    ['another attempt', { attempt: 2 }],
    ['another op', { op: 1 }],
    ['another try', { try: 2 }],
  ])('by the children of %s', (_what, ref) => {
    const run = waiting();
    run.childrenEnd({ COMPLETED_OK: 2 });
    expect(settled(run, ref)).toBeNull();
    expect(settled(run)).not.toBeNull();
  });

  it('where its op is over', () => {
    const run = waiting();
    run.childrenEnd({ COMPLETED_OK: 2 });
    expect(settleChildren(run.job, null, run.group(), run.facts)).toBeNull();
    expect(settleChildren(run.job, { ...run.op(0), try: 2 }, run.group(), run.facts)).toBeNull();
  });
});

describe('a parent that gave its slot back', () => {
  it('has it again at once, where it is free, and its op is over', () => {
    const run = waitingWithoutSlot();
    expect(run.world.holders(SLOT)).toEqual([]);
    run.childrenEnd({ COMPLETED_OK: 2 });
    expect(run.settleChildren()).toMatchObject({ transition: 'complete op' });
    expect(run.world.holders(SLOT)).toEqual([RUN_ID]);
    expect(run.job).toMatchObject({ status: 'RUNNING', holds: [{ need: SLOT_NEED, fence: 2 }] });
    expect(run.job).not.toHaveProperty('slot');
    run.perform(1);
    run.complete(1);
    run.finish();
    expect(run.world.holders(SLOT)).toEqual([]);
  });

  it('waits for it under the rank that it had, before all who came later', () => {
    const run = waitingWithoutSlot();
    const rank = run.job.status === 'CHILD_QUEUED' ? run.job.slot?.rank : undefined;
    run.world.occupy(SLOT, 1, OTHER, RECEIVED + 1_000);
    const later = runId(901);
    run.world.occupy(SLOT, 1, later, RECEIVED + 2_000);
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.now += MINUTE;
    expect(run.settleChildren()).toMatchObject({
      transition: 'await children',
      entries: [
        {
          from: 'CHILD_QUEUED',
          to: 'QUEUED',
          message: '2 children: 2 COMPLETED_OK. Waits for its slot of queue default again',
        },
      ],
    });
    expect(run.job).toMatchObject({
      status: 'QUEUED',
      waitReason: 'regaining',
      since: run.now,
      place: { need: SLOT_NEED, rank },
      holds: [],
    });
    expect(run.job).not.toHaveProperty('children');
    expect(run.world.waiters(SLOT)).toEqual([RUN_ID, later]);
    expect(run.op(0)).toMatchObject({ status: 'running', token: 'perform' });
  });

  it('goes on once it is granted, and not before', () => {
    const run = waitingWithoutSlot();
    run.world.occupy(SLOT, 1, OTHER, RECEIVED + 1_000);
    run.childrenEnd({ COMPLETED_OK: 1, FAILED: 1 }, 1);
    run.settleChildren();
    expect(run.regainSlot()).toBeNull();
    run.world.vacate(SLOT, OTHER, RECEIVED + 2_000);
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'regaining', owed: [{ kind: 'advance' }] });
    expect(run.job).not.toHaveProperty('place');
    expect(run.regainSlot()).toMatchObject({
      transition: 'complete op',
      entries: [{ from: 'QUEUED', to: 'RUNNING' }, { to: 'success' }],
    });
    expect(run.op(0)).toMatchObject({ status: 'success', tolerated: true });
    expect(run.job).toMatchObject({ status: 'RUNNING', owed: [{ kind: 'answer' }], holds: [{ fence: 3 }] });
    expect(run.regainSlot()).toBeNull();
  });

  it('has another place by its rank than whoever is urgent', () => {
    const run = waitingWithoutSlot();
    run.world.occupy(SLOT, 1, OTHER, RECEIVED + 1_000);
    const urgent = new JobRun([{ name: 'one' }], { priority: -20 }, { world: run.world, id: runId(902) });
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.settleChildren();
    expect(run.world.waiters(SLOT)).toEqual([urgent.id, RUN_ID]);
  });

  it('waits for it where its queue was paused meanwhile', () => {
    const run = waitingWithoutSlot();
    run.world.setQueue({ maxRunning: 1, paused: true }, RECEIVED);
    run.childrenEnd({ COMPLETED_OK: 2 });
    expect(run.settleChildren()).toMatchObject({ transition: 'await children' });
    expect(run.world.holders(SLOT)).toEqual([]);
  });

  it('gives it back between two tries, and takes it for each', () => {
    const run = waitingWithoutSlot(
      { tolerate: { count: 0 } },
      { retry: { maxAttempts: 2, interval: 'PT1S' } },
    );
    run.childrenEnd({ COMPLETED_OK: 1, FAILED: 1 }, 1);
    run.settleChildren();
    expect(run.handle(0, 'OpFailed')).toMatchObject({ kind: 'tryAgain' });
    run.now += 2_000;
    run.perform(0);
    expect(run.job).toMatchObject({ status: 'CHILD_QUEUED', children: { op: 0, try: 2 }, holds: [] });
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.settleChildren();
    expect(run.op(0)).toMatchObject({ status: 'success', try: 2 });
    expect(run.world.holders(SLOT)).toEqual([RUN_ID]);
  });
});

describe('a parent that is coming to its end', () => {
  it('lets go of its op once they have ended, where it is canceling', () => {
    const run = waiting();
    run.cancel();
    run.childrenEnd({ CANCELED_BEFORE_START: 2 }, 2);
    expect(run.settleChildren()).toMatchObject({
      transition: 'settle children',
      entries: [{ kind: 'decision' }],
    });
    expect(run.job).toMatchObject({ status: 'CANCELING', activeOp: 0 });
    expect(run.job.owed).toEqual([{ kind: 'interrupt', op: 0, by: run.now + MINUTE }]);
    expect(run.op(0).status).toBe('running');
    expect(run.handle(0, 'Canceled')).toEqual({ kind: 'throw', error: 'Canceled' });
    expect(run.recover('Canceled')).toEqual({ kind: 'perform', ops: [] });
    expect(run.finish('recovery')).toMatchObject({ job: { status: 'CANCELED_WHILE_RUNNING' } });
  });

  it('does not ask for its slot again', () => {
    const run = waitingWithoutSlot();
    run.cancel();
    run.childrenEnd({ CANCELED_BEFORE_START: 2 }, 2);
    run.settleChildren();
    expect(run.world.holders(SLOT)).toEqual([]);
    expect(run.world.waiters(SLOT)).toEqual([]);
  });

  it.each([
    ['ok', { ROLLED_BACK: 2 }, 0, 'success'],
    ['failed', { ROLLED_BACK: 2 }, 1, 'tried'],
  ] as const)('rolls back with the children that were undone: %s', (_what, counts, unsuccessful, status) => {
    const run = waiting({ job: UNDONE });
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.settleChildren();
    run.perform(1);
    run.complete(1, failing('Broken'));
    run.handle(1, 'OpFailed');
    expect(run.recover()).toEqual({ kind: 'perform', ops: [2] });
    run.perform(2, 'undo');
    expect(run.group()).toMatchObject({ verb: 'undo', total: 2, op: 2 });
    run.childrenEnd(counts, unsuccessful);
    run.settleChildren();
    expect(run.op(2).status).toBe(status);
    expect(run.job).toMatchObject({ status: 'ROLLING_BACK', owed: [{ kind: 'answer', op: 2 }] });
    if (status === 'tried') run.handle(2, 'OpFailed');
    expect(run.finish('recovery')).toMatchObject({
      job: { status: 'FAILED', rollback: status === 'success' ? 'ok' : 'failed' },
    });
  });

  it.each(['force', 'abend'] as const)('gives back what it held once they have ended: %s', (how) => {
    const run = waiting({}, {}, { locks: [{ name: 'a' }] });
    const lock = { scope: 'web', kind: 'lock', name: 'a' } as const;
    if (how === 'force') run.cancel({ force: true });
    else run.abend();
    const { status } = run.job;
    expect(run.windUp()).toBeNull();
    expect(run.world.holders(lock)).toEqual([RUN_ID]);
    run.childrenEnd({ CANCELED_WHILE_RUNNING: 2 }, 2);
    expect(run.settleChildren()).toMatchObject({ transition: 'settle children' });
    expect(run.job).toMatchObject({ status });
    expect(run.job).not.toHaveProperty('children');
    expect(run.job.owed.map(({ kind }) => kind)).toContain('release');
    run.windUp();
    expect(run.world.holders(lock)).toEqual([]);
    expect(run.settleChildren(REF)).toBeNull();
  });

  it('owes nothing where it held nothing', () => {
    const run = waiting();
    run.abend();
    run.childrenEnd({ CANCELED_WHILE_RUNNING: 2 }, 2);
    run.settleChildren();
    expect(run.job.owed).toEqual([]);
  });
});

describe('an op whose clock ended the wait for its children', () => {
  it('fails by the clock once they have ended, and the token that waits is told to try again', () => {
    const run = waiting({}, { timeout: 'PT1M' });
    run.now += MINUTE;
    expect(run.handle(0, 'States.Timeout', 'handle')).toEqual({ kind: 'hold' });
    run.childrenEnd({ COMPLETED_OK: 1, CANCELED_WHILE_RUNNING: 1 }, 1);
    expect(run.settleChildren()).toMatchObject({ transition: 'fail try' });
    expect(run.op(0)).toMatchObject({
      status: 'tried',
      token: 'handle',
      held: true,
      byClock: true,
      error: {
        code: 'Timeout',
        message: expect.stringContaining('2 children: 1 COMPLETED_OK, 1 CANCELED_WHILE_RUNNING'),
      },
    });
    expect(run.op(0)).not.toHaveProperty('outOfTime');
    expect(run.perform(0)).toMatchObject({ kind: 'answer' });
    expect(run.handle(0, 'OpFailed')).toEqual({ kind: 'failed' });
    run.recover();
    expect(run.finish('recovery')).toMatchObject({ job: { status: 'TIMED_OUT' } });
  });

  it('fails by it even where all of them did well in the end', () => {
    const run = waiting({}, { timeout: 'PT1M' });
    run.handle(0, 'States.Timeout');
    run.childrenEnd({ COMPLETED_OK: 2 });
    run.settleChildren();
    expect(run.op(0)).toMatchObject({ status: 'tried', error: { code: 'Timeout' } });
  });
});
