import { describe, expect, it } from 'vitest';
import type { RollbackSpec } from '../../../core/contract/job-spec.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import { approveJob } from '../../../core/job/approve-job.ts';
import { rescheduleJob } from '../../../core/job/reschedule-job.ts';
import { rollBackJob } from '../../../core/job/roll-back-job.ts';
import { isSettled } from '../../../core/job/status.ts';
import { failing, JobRun, RECEIVED, runId, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { ENDED, JOB_STATUSES, sampleJob, sampleOp } from '../views/sample-job.ts';

const GRACE = { actor: 'grace', groups: [], mayApproveAll: false };
const DAY_MS = 24 * 3_600_000;
const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;
const undone = (rollback: Partial<RollbackSpec> = {}) => ({ rollback: { action: 'build', ...rollback } });
const TWO = [
  { name: 'one', ...undone() },
  { name: 'two', ...undone() },
];

/** A job that has completed. */
function completed(ops: readonly object[] = TWO, job: object = {}, world = new LineWorld()): JobRun {
  const run = new JobRun(ops, job, { world });
  run.play();
  expect(run.job.status).toBe('COMPLETED_OK');
  return run;
}

/** Names of the tries since then. */
function triesAfter(run: JobRun, act: () => void): readonly string[] {
  const { length } = run.tries;
  act();
  return run.tries.slice(length);
}

describe('a manual rollback', () => {
  it('is an attempt of its own that undoes what was done, the latest first', () => {
    const run = completed();
    run.rollBack();
    expect(run.job).toMatchObject({
      status: 'QUEUED',
      waitReason: 'starting',
      attempt: 2,
      again: { kind: 'rollback' },
      segment: { group: 'RECOVER', number: 1 },
      rollback: 'needed',
    });
    expect(triesAfter(run, () => run.play())).toEqual(['two/rollback', 'one/rollback']);
    expect(run.job).toMatchObject({
      status: 'ROLLED_BACK',
      attempt: 2,
      step: 'END',
      rollback: 'ok',
      opsRun: 2,
    });
    expect(run.job).not.toHaveProperty('error');
    const moves = run.entries.flatMap(({ attempt, kind, to }) =>
      attempt === 2 && kind === 'status' ? [to] : [],
    );
    expect(moves).toEqual(['QUEUED', 'ROLLING_BACK', 'ROLLED_BACK']);
  });

  it('says in the journal of what, by whom and why', () => {
    const run = completed();
    const said = { actor: 'bob', comment: 'wrong version' };
    run.command((job, facts) => rollBackJob(job, run.spec, run.ops, said, facts));
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'status',
      actor: 'bob',
      attempt: 2,
      from: 'COMPLETED_OK',
      message: 'Rollback of 2 ops by bob: wrong version. Has all it needs and starts',
    });
  });

  it('undoes what all attempts have left, the latest attempt first', () => {
    const run = new JobRun([...TWO, { name: 'three' }], { rollback: { onFailure: false } });
    run.play({ three: failing('Broken') });
    run.rerun('PRE');
    run.play({ two: failing('Broken') });
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'needed', attempt: 2 });
    run.rollBack();
    run.play();
    const undoneRuns = run.ops.filter(({ attempt }) => attempt === 3).map(({ index }) => index);
    // Of three ops: those of the second attempt are the nearer ones.
    expect(undoneRuns).toEqual([6, 9, 10]);
    expect(run.tries.slice(-3)).toEqual(['one/rollback', 'two/rollback', 'one/rollback']);
    expect(run.job).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok', attempt: 3 });
  });

  it('leaves out what was undone, skipped, or declared nothing', () => {
    const run = new JobRun([
      { name: 'one', ...undone() },
      { name: 'plain' },
      { name: 'two', ...undone(), onError: 'trap' },
      { name: 'three', ...undone({ when: 'started' }), onError: 'continue' },
    ]);
    run.onHold.push((held) => held.answer('skip'));
    run.play({ two: failing('Broken'), three: failing('Broken') });
    run.rollBack();
    expect(triesAfter(run, () => run.play())).toEqual(['three/rollback', 'one/rollback']);
  });

  it('tries again a rollback that had failed, and nothing that it has undone', () => {
    const run = completed();
    run.rollBack();
    run.play({ 'one/rollback': failing('Locked') });
    expect(run.job).toMatchObject({
      status: 'ROLLED_BACK',
      rollback: 'failed',
      error: { code: 'RollbackFailed', message: expect.stringContaining('manual intervention is required') },
    });
    run.rollBack();
    expect(triesAfter(run, () => run.play())).toEqual(['one/rollback']);
    expect(run.job).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok', attempt: 3 });
    expect(run.job).not.toHaveProperty('error');
    expect(run.rollBack()).toMatchObject({ ok: false, refusal: { code: 'NothingToUndo' } });
  });

  it('undoes POST ops too, which ran after the rest', () => {
    const run = completed([...TWO, { name: 'report', step: 'POST', ...undone() }]);
    run.rollBack();
    expect(triesAfter(run, () => run.play())).toEqual(['report/rollback', 'two/rollback', 'one/rollback']);
  });

  it('undoes by its own policy of tries', () => {
    const run = completed([
      {
        name: 'one',
        ...undone({ retry: { maxAttempts: 2, interval: 'PT5S', backoff: 2, maxInterval: 'PT5M' } }),
      },
    ]);
    run.rollBack();
    expect(triesAfter(run, () => run.play({ 'one/rollback': failing('Locked') }))).toEqual([
      'one/rollback',
      'one/rollback',
    ]);
    expect(run.job).toMatchObject({ rollback: 'failed' });
  });

  it('goes on in the next execution where one does not take all of it', () => {
    const run = completed();
    run.rollBack();
    const { serves } = run;
    run.perform(5, 'token', serves);
    run.complete(5);
    run.finish('ops', serves);
    expect(run.job).toMatchObject({
      status: 'ROLLING_BACK',
      segment: { group: 'RECOVER', number: 2 },
      owed: [{ kind: 'start' }],
    });
    expect(triesAfter(run, () => run.play())).toEqual(['one/rollback']);
    expect(run.job).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok', segments: 2 });
  });
});

describe('the gates of a manual rollback', () => {
  it('are its locks and resources, and neither admission, slot, date nor approval', () => {
    const world = new LineWorld();
    world.setResource('transcoder', 2, RECEIVED);
    const needs = { locks: [{ name: 'a' }], resources: [{ name: 'transcoder', units: 2 }] };
    const run = new JobRun(TWO, { ...needs, approval: { approvers: ['user:grace'] } }, { world });
    run.command((job, facts) => approveJob(job, GRACE, facts));
    run.play();
    world.setQueue({ maxRunning: 1, maxAdmitted: 1, paused: true }, run.now);
    world.occupy(LOCK, 1_000, runId(900), run.now);
    run.rollBack();
    expect(run.job).toMatchObject({
      status: 'WAITING_LOCK',
      group: 'RECOVER',
      attempt: 2,
      rollback: 'needed',
    });
    world.vacate(LOCK, runId(900), run.now);
    world.settle(run.now);
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
    expect(world.holders(LOCK)).toEqual([run.id]);
    expect(world.holders({ scope: 'web', kind: 'resource', name: 'transcoder' })).toEqual([run.id]);
    run.play();
    expect(run.job.status).toBe('ROLLED_BACK');
    expect(world.holders(LOCK)).toEqual([]);
  });

  it('never close by the job’s start window', () => {
    const world = new LineWorld();
    const run = completed(TWO, { schedule: { startWithin: 'PT1H' }, locks: [{ name: 'a' }] }, world);
    world.occupy(LOCK, 1_000, runId(900), run.now);
    run.rollBack();
    expect(run.job).not.toHaveProperty('maxStartAt');
    run.now += 30 * DAY_MS;
    expect(run.advance()).toBeNull();
    expect(run.job.status).toBe('WAITING_LOCK');
  });

  it('take no other date', () => {
    const world = new LineWorld();
    const run = completed(TWO, { locks: [{ name: 'a' }] }, world);
    world.occupy(LOCK, 1_000, runId(900), run.now);
    run.rollBack();
    const command = { actor: 'ada', at: run.now + DAY_MS };
    const decision = run.command((job, facts) => rescheduleJob(job, run.ops, command, facts));
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(decision.ok ? '' : decision.refusal.detail).toContain('rolled back');
  });

  it('come after what the job still holds was given back', () => {
    const run = new JobRun(TWO, { locks: [{ name: 'a' }] });
    new JobRun(TWO, { locks: [{ name: 'a' }] }, { world: run.world, id: runId(2) });
    run.perform(0);
    run.complete(0);
    run.abend();
    run.rollBack();
    expect(run.job).toMatchObject({
      status: 'PENDING',
      waitReason: 'release',
      group: 'RECOVER',
      holds: [{ need: 1 }],
    });
    run.world.settle(run.now);
    expect(run.job).toMatchObject({ status: 'WAITING_LOCK', holds: [] });
  });
});

describe('a manual rollback that is stopped', () => {
  /** One that waits for its lock. */
  function waiting(): JobRun {
    const world = new LineWorld();
    const run = completed(TWO, { locks: [{ name: 'a' }] }, world);
    world.occupy(LOCK, 1_000, runId(900), run.now);
    run.rollBack();
    return run;
  }

  it('while it waits is canceled, leaves its line, and can be asked for again', () => {
    const run = waiting();
    run.cancel();
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'needed', attempt: 2 });
    expect(run.world.waiters(LOCK)).toEqual([]);
    expect(run.rollBack()).toMatchObject({ ok: true });
    expect(run.rerun('PRE')).toMatchObject({ ok: false });
  });

  it('while it starts is canceled at once, with nothing undone', () => {
    const run = completed();
    run.rollBack();
    const { serves } = run;
    expect(run.cancel()).toMatchObject({ ok: true, answer: { outcome: 'canceled' } });
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'needed' });
    expect(run.perform(5, 'late', serves)).toMatchObject({ kind: 'throw', error: 'Stale' });
  });

  it('while it rolls back takes force alone: ROLLED_BACK, and a person must act', () => {
    const run = completed();
    run.rollBack();
    run.perform(5);
    expect(run.cancel()).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    run.cancel({ force: true });
    expect(run.job).toMatchObject({
      status: 'ROLLED_BACK',
      rollback: 'failed',
      error: { code: 'RollbackFailed' },
      owed: [{ kind: 'stop', attempt: 2 }],
    });
  });

  it('by the loss of its execution is ABENDED, and can be asked for again', () => {
    const run = completed();
    run.rollBack();
    run.perform(5);
    run.complete(5);
    run.perform(4);
    run.abend();
    expect(run.job).toMatchObject({ status: 'ABENDED', rollback: 'needed' });
    run.rollBack();
    expect(triesAfter(run, () => run.play())).toEqual(['one/rollback']);
    expect(run.job).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok', attempt: 3 });
  });

  it('by the loss of its execution lets the job run again, from what was undone on', () => {
    const run = completed();
    run.rollBack();
    run.perform(5);
    run.complete(5);
    run.abend();
    run.rerun('POST');
    expect(run.job.status).toBe('ABENDED');
    run.rerun('failedOp');
    expect(run.job).toMatchObject({ again: { kind: 'rerun', firstOp: 1 } });
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('by a trap waits for an answer, and goes on with it', () => {
    for (const [answer, rollback] of [
      ['retry', 'ok'],
      ['skip', 'needed'],
      ['abort', 'failed'],
    ] as const) {
      const run = completed([
        { name: 'one', ...undone() },
        { name: 'two', ...undone({ onError: 'trap' }) },
      ]);
      run.rollBack();
      run.onHold.push((held) => {
        expect(held.job).toMatchObject({ status: 'TRAPPED', trap: { from: 'ROLLING_BACK' }, activeOp: 5 });
        held.answer(answer);
      });
      run.play({
        'two/rollback': (_run, number) => (number === 1 ? failing('Locked') : { kind: 'succeeded' }),
      });
      expect(run.job).toMatchObject({ status: 'ROLLED_BACK', rollback, lastTrap: { op: 5, answer } });
      expect(run.op(4).status).toBe('success');
    }
  });

  it('for 300 days by a trap goes on in the next execution', () => {
    const run = completed([{ name: 'one', ...undone({ onError: 'trap' }) }]);
    run.rollBack();
    run.onHold.push(
      (held) => {
        held.now += 300 * DAY_MS;
        held.endHold();
      },
      (held) => held.answer('retry'),
    );
    run.play({
      'one/rollback': (_run, number) => (number === 1 ? failing('Locked') : { kind: 'succeeded' }),
    });
    expect(run.job).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok', segments: 2 });
  });
});

describe('whether a job can be rolled back by hand', () => {
  const SPEC = specOf(TWO);
  const facts = new LineWorld().facts(SPEC, ENDED);
  const decide = (
    status: (typeof JOB_STATUSES)[number],
    ops: Parameters<typeof rollBackJob>[2],
    overrides = {},
  ) => rollBackJob(sampleJob(status, overrides), SPEC, ops, { actor: 'ada' }, facts);

  it.each(JOB_STATUSES)('that is %s, is that it has settled', (status) => {
    const decision = decide(status, [sampleOp(0, 'success')]);
    expect(decision.ok).toBe(isSettled(status));
    if (!decision.ok) {
      expect(decision.refusal.code).toBe('CommandRefused');
      expect(decision.refusal.detail).toContain(status);
    }
  });

  it.each(JOB_STATUSES.filter(isSettled))('that is %s, is that something is left to undo', (status) => {
    const byAttempt = [sampleOp(0, 'success'), sampleOp(2, 'success')];
    for (const ops of [[], [sampleOp(0, 'error')], byAttempt]) {
      expect(decide(status, ops)).toMatchObject({ ok: false, refusal: { code: 'NothingToUndo' } });
    }
  });

  it('is that the job had less than 1,000 attempts', () => {
    const last = { attempt: LIMITS.attempts };
    expect(decide('FAILED', [sampleOp(0, 'success')], last)).toMatchObject({
      ok: false,
      refusal: { code: 'CommandRefused' },
    });
    // With nothing to undo, that is the answer.
    expect(decide('FAILED', [], last)).toMatchObject({ refusal: { code: 'NothingToUndo' } });
  });
});
