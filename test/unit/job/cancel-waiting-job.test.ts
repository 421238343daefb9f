import { describe, expect, it } from 'vitest';
import { JobRun, RECEIVED, runId, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { sampleJob } from '../views/sample-job.ts';

const OTHER = runId(900);
const AWAITED = runId(901);
const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;
const LATER = new Date(RECEIVED + 3_600_000).toISOString();

const PRE = { name: 'build', step: 'PRE', rollback: { action: 'build' } };
const ONE = { name: 'one' };

/** What holds a job in each of the statuses in which it waits. */
const HELD_BACK = {
  CREATED: { hold: true },
  WAITING_APPROVAL: { approval: { approvers: ['user:grace'] } },
  SCHEDULED: { schedule: { at: LATER } },
  WAITING_DEPENDENCY: { dependsOn: [{ job: AWAITED }] },
  PENDING: { queue: 'paused' },
  WAITING_LOCK: { locks: [{ name: 'a' }] },
  QUEUED: { resources: [{ name: 'transcoder' }] },
} as const;

const STATUSES = [
  'CREATED',
  'WAITING_APPROVAL',
  'SCHEDULED',
  'WAITING_DEPENDENCY',
  'PENDING',
  'WAITING_LOCK',
  'QUEUED',
] as const;

type Waiting = (typeof STATUSES)[number];

function waiting(status: Waiting, ops: readonly object[] = [ONE]): JobRun {
  const world = new LineWorld();
  world.occupy(LOCK, 1, OTHER, RECEIVED);
  world.put(sampleJob('RUNNING', { id: AWAITED }), specOf([{ name: 'other' }]));
  if (ops.length === 1) world.setQueue({ paused: true }, RECEIVED, 'paused');
  const run = new JobRun(ops, HELD_BACK[status], { world });
  if (ops.length > 1) {
    run.play();
    world.setQueue({ paused: true }, RECEIVED, 'paused');
  }
  return run;
}

describe('a cancel of a job that waits', () => {
  it.each(STATUSES)('as %s ends it before its start, with nothing of it left in any line', (status) => {
    for (const force of [false, true]) {
      const run = waiting(status);
      expect(run.job.status).toBe(status);
      expect(run.cancel({ force, onlyIfQueued: !force })).toMatchObject({
        ok: true,
        answer: { outcome: 'canceled' },
      });
      expect(run.job).toMatchObject({
        status: 'CANCELED_BEFORE_START',
        rollback: 'none',
        holds: [],
        endedAt: RECEIVED,
      });
      expect(run.job).not.toHaveProperty('place');
      expect(run.job).not.toHaveProperty('startedAt');
      expect(run.world.waiters(LOCK)).toEqual([]);
      expect(run.entries.at(-1)).toMatchObject({ kind: 'status', from: status, to: 'CANCELED_BEFORE_START' });
    }
  });

  it('leaves no schedule behind', () => {
    const run = waiting('SCHEDULED');
    run.cancel();
    expect(run.job.owed.map(({ kind }) => kind)).toEqual(['unschedule', 'unschedule']);
    expect(run.job).not.toHaveProperty('alarms');
  });

  it('lets the next in line go on in the same change', () => {
    const world = new LineWorld();
    world.setResource('transcoder', 2, RECEIVED);
    const asking = (units: number) => ({ resources: [{ name: 'transcoder', units }] });
    new JobRun([ONE], asking(1), { world, id: runId(1) });
    const big = new JobRun([ONE], asking(2), { world, id: runId(2) });
    const small = new JobRun([ONE], asking(1), { world, id: runId(3) });
    big.cancel();
    expect(small.job.owed).toMatchObject([{ kind: 'advance' }]);
    world.settle(RECEIVED);
    expect(small.job).toMatchObject({ waitReason: 'starting' });
  });
});

describe('a cancel of a job that waits for RUN after its PRE', () => {
  const AFTER_PRE = STATUSES.filter((status) => status !== 'CREATED' && status !== 'PENDING');

  it.each(AFTER_PRE)('as %s undoes what PRE did, in an execution of its own', (status) => {
    const run = waiting(status, [PRE, ONE]);
    expect(run.job).toMatchObject({ status, startedAt: RECEIVED });
    expect(run.cancel()).toMatchObject({ answer: { outcome: 'canceling' } });
    expect(run.job).toMatchObject({
      status: 'CANCELING',
      segment: { group: 'RECOVER', number: 2 },
      owed: [{ kind: 'start' }, ...(status === 'SCHEDULED' ? [{}, {}] : [])],
    });
    expect(run.job).not.toHaveProperty('place');
    expect(run.world.waiters(LOCK)).toEqual([]);
    run.play();
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'ok' });
    expect(run.tries).toEqual(['build', 'build/rollback']);
  });

  it.each([{ rollback: false }, { force: true }])(
    'with %j ends it at once, and says what is left',
    (command) => {
      const run = waiting('WAITING_LOCK', [PRE, ONE]);
      expect(run.cancel(command)).toMatchObject({ answer: { outcome: 'canceled' } });
      expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'needed' });
    },
  );

  it('ends it at once where PRE left nothing to undo', () => {
    const run = waiting('SCHEDULED', [{ name: 'check', step: 'PRE' }, ONE]);
    run.cancel();
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'none' });
  });

  it('keeps what somebody waits for until it has undone everything', () => {
    const world = new LineWorld();
    const other = { scope: 'web', kind: 'lock', name: 'b' } as const;
    world.occupy(other, 1, OTHER, RECEIVED);
    const run = new JobRun([PRE, ONE], { locks: [{ name: 'a' }, { name: 'b' }] }, { world });
    run.play();
    expect(run.job).toMatchObject({ status: 'WAITING_LOCK', holds: [{ need: 1 }] });
    const next = new JobRun([ONE], { locks: [{ name: 'a' }] }, { world, id: runId(2) });
    run.cancel();
    expect(run.job).toMatchObject({ status: 'CANCELING', holds: [{ need: 1 }] });
    run.play();
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', holds: [] });
    world.settle(RECEIVED);
    expect(next.job).toMatchObject({ waitReason: 'starting' });
  });
});

describe('a cancel of a job that is ending', () => {
  function ending() {
    const world = new LineWorld();
    const run = new JobRun([ONE], { locks: [{ name: 'a' }] }, { world });
    new JobRun([ONE], { locks: [{ name: 'a' }] }, { world, id: runId(2) });
    run.cancel();
    return run;
  }

  it('is refused, for nothing is left to cancel', () => {
    const run = ending();
    const decision = run.cancel();
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(decision.ok ? '' : decision.refusal.detail).toContain('is ending as CANCELED_BEFORE_START');
  });

  it('by force does not wait for what it holds', () => {
    const run = ending();
    expect(run.cancel({ force: true })).toMatchObject({ ok: true });
    expect(run.job).toMatchObject({ status: 'CANCELED_BEFORE_START', owed: [{ kind: 'release' }] });
    run.world.settle(RECEIVED);
    expect(run.job).toMatchObject({ holds: [], owed: [] });
  });
});

describe('a cancel of a job that is starting', () => {
  it('gives back all it holds', () => {
    const run = new JobRun([ONE], { locks: [{ name: 'a' }, { name: 'b' }] });
    expect(run.job).toMatchObject({ waitReason: 'starting' });
    run.cancel();
    expect(run.job).toMatchObject({ status: 'CANCELED_BEFORE_START', holds: [] });
    expect(run.world.holders(LOCK)).toEqual([]);
  });
});
