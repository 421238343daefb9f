import { describe, expect, it } from 'vitest';
import { approveJob } from '../../../core/job/approve-job.ts';
import { confirmJob } from '../../../core/job/confirm-job.ts';
import { placeOf } from '../../../core/job/job.ts';
import { type RescheduleCommand, rescheduleJob } from '../../../core/job/reschedule-job.ts';
import { failing, JobRun, RECEIVED, runId, type Script, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { JOB_STATUSES, type JobStatus, sampleJob } from '../views/sample-job.ts';

const OPS = [{ name: 'one' }];
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TOMORROW = RECEIVED + DAY_MS;
const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;
const OTHER = runId(900);
const at = (moment: number) => ({ at: new Date(moment).toISOString() });
const GRACE = { actor: 'grace', groups: [], mayApproveAll: false };

function reschedule(run: JobRun, command: Partial<RescheduleCommand>) {
  return run.command((job, facts) =>
    rescheduleJob(job, run.ops, { actor: 'bob', at: TOMORROW, ...command }, facts),
  );
}

describe('a reschedule', () => {
  const MOVABLE: readonly JobStatus[] = [
    'CREATED',
    'SCHEDULED',
    'PENDING',
    'WAITING_APPROVAL',
    'WAITING_DEPENDENCY',
    'WAITING_LOCK',
    'EXPIRED',
  ];

  it.each(MOVABLE)('of a job that is %s is allowed', (status) => {
    const { facts } = new JobRun(OPS);
    const decision = rescheduleJob(sampleJob(status), [], { actor: 'bob', at: TOMORROW + DAY_MS }, facts);
    expect(decision).toMatchObject({ ok: true, change: { job: { scheduledAt: TOMORROW + DAY_MS } } });
  });

  it.each(JOB_STATUSES.filter((status) => !MOVABLE.includes(status)))(
    'of a job that is %s is refused',
    (status) => {
      const { facts } = new JobRun(OPS);
      const decision = rescheduleJob(sampleJob(status), [], { actor: 'bob', at: TOMORROW }, facts);
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    },
  );

  it('says by whom, to when and why', () => {
    const run = new JobRun(OPS, { hold: true });
    reschedule(run, { comment: 'after the freeze' });
    expect(run.entries.at(-1)).toMatchObject({ from: 'CREATED', to: 'SCHEDULED', actor: 'bob' });
    expect(run.entries.at(-1)?.message).toContain(
      `Rescheduled to ${new Date(TOMORROW).toISOString()} by bob: after the freeze. `,
    );
  });

  it('to the past means now', () => {
    const run = new JobRun(OPS, { schedule: at(TOMORROW) });
    reschedule(run, { at: RECEIVED - HOUR_MS });
    expect(run.job).toMatchObject({
      status: 'QUEUED',
      waitReason: 'starting',
      maxStartAt: RECEIVED + DAY_MS,
    });
  });

  it('of a CREATED job is its confirmation', () => {
    const run = new JobRun(OPS, { hold: true });
    reschedule(run, {});
    run.now = TOMORROW;
    run.advance();
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
  });
});

describe('the start window of a rescheduled job', () => {
  it.each([
    ['that it has is kept', { schedule: { ...at(TOMORROW), startWithin: 'PT2H' } }, {}, 2 * HOUR_MS],
    [
      'counts from the submission where it had no date',
      { hold: true, schedule: { startWithin: 'PT3H' } },
      {},
      3 * HOUR_MS,
    ],
    ['that it never had is a day', { hold: true }, {}, DAY_MS],
    ['is what the command says', { schedule: at(TOMORROW) }, { startWithinSeconds: 60 }, 60_000],
  ])('%s', (_what, job, command, window) => {
    const run = new JobRun(OPS, job);
    reschedule(run, { at: TOMORROW + DAY_MS, ...command });
    expect(run.job).toMatchObject({ scheduledAt: TOMORROW + DAY_MS, maxStartAt: TOMORROW + DAY_MS + window });
  });

  it('is kept however often it is rescheduled, to the past as well', () => {
    const approval = { approvers: ['user:grace'], window: 'P30D' };
    const run = new JobRun(OPS, { approval, schedule: { ...at(TOMORROW), startWithin: 'PT2H' } });
    run.now = TOMORROW - HOUR_MS;
    // It waits for approval all the while, so it neither starts nor expires.
    reschedule(run, { at: RECEIVED + HOUR_MS });
    expect(run.job).toMatchObject({ maxStartAt: run.now + 2 * HOUR_MS });
    reschedule(run, { at: TOMORROW + DAY_MS });
    expect(run.job).toMatchObject({ maxStartAt: TOMORROW + DAY_MS + 2 * HOUR_MS });
  });
});

describe('a job that is unscheduled', () => {
  it('stands as CREATED without dates, until it is confirmed', () => {
    const run = new JobRun(OPS, { schedule: at(TOMORROW) });
    reschedule(run, { at: null, comment: 'wait for the customer' });
    expect(run.job).toMatchObject({ status: 'CREATED', waitReason: 'confirmation' });
    expect(run.job).not.toHaveProperty('scheduledAt');
    expect(run.job).not.toHaveProperty('maxStartAt');
    expect(run.entries.at(-1)?.message).toBe(
      'Unscheduled by bob: wait for the customer. Waits for confirmation',
    );
    run.now += 400 * DAY_MS;
    expect(run.advance()).toBeNull();
  });

  it('leaves no schedule behind', () => {
    const run = new JobRun(OPS, { schedule: at(TOMORROW) });
    reschedule(run, { at: null });
    expect(run.job).not.toHaveProperty('alarms');
    expect(run.job.owed.map(({ kind }) => kind)).toEqual(['unschedule', 'unschedule']);
  });

  it('stays CREATED when it was, with an entry that says so', () => {
    const run = new JobRun(OPS, { hold: true });
    reschedule(run, { at: null });
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'wait',
      message: 'Unscheduled by bob. Waits for confirmation',
    });
  });
});

describe('an approval and a reschedule', () => {
  const job = { approval: { approvers: ['user:grace'], window: 'PT4H' }, schedule: at(TOMORROW) };

  it('go on with the same approval, to the same end of its window, while it is waited for', () => {
    const run = new JobRun(OPS, job);
    run.now += HOUR_MS;
    reschedule(run, { at: TOMORROW + DAY_MS });
    expect(run.job).toMatchObject({
      status: 'WAITING_APPROVAL',
      since: RECEIVED,
      approvalUntil: RECEIVED + 4 * HOUR_MS,
      scheduledAt: TOMORROW + DAY_MS,
    });
    expect(run.entries.at(-1)).toMatchObject({ kind: 'wait' });
  });

  it('ask again for one that was given', () => {
    const run = new JobRun(OPS, job);
    run.command((head, facts) => approveJob(head, GRACE, facts));
    expect(run.job.status).toBe('SCHEDULED');
    run.now += HOUR_MS;
    reschedule(run, { at: TOMORROW + DAY_MS });
    expect(run.job).toMatchObject({ status: 'WAITING_APPROVAL', approvalUntil: run.now + 4 * HOUR_MS });
  });
});

describe('what a rescheduled job had', () => {
  it('is its place in line, which it leaves, and those behind it move up', () => {
    const world = new LineWorld();
    world.setResource('transcoder', 2, RECEIVED);
    const asking = (units: number) => ({ resources: [{ name: 'transcoder', units }] });
    new JobRun(OPS, asking(1), { world, id: runId(1) });
    const big = new JobRun(OPS, asking(2), { world, id: runId(2) });
    const small = new JobRun(OPS, asking(1), { world, id: runId(3) });
    reschedule(big, {});
    expect(big.job.status).toBe('SCHEDULED');
    expect(placeOf(big.job)).toBeUndefined();
    world.settle(RECEIVED);
    expect(small.job).toMatchObject({ waitReason: 'starting' });
    big.now = TOMORROW;
    big.advance();
    expect(big.job).toMatchObject({ status: 'QUEUED', waitReason: 'resource' });
  });

  it('is given back at once where nobody waits for it', () => {
    const world = new LineWorld();
    world.setQueue({ maxAdmitted: 9 }, RECEIVED);
    world.occupy(LOCK, 1, OTHER, RECEIVED);
    const run = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world });
    expect(run.job.holds).toHaveLength(1);
    reschedule(run, {});
    expect(run.job).toMatchObject({ status: 'SCHEDULED', holds: [] });
    expect(world.holders({ scope: 'web', kind: 'admission', name: 'default' })).toEqual([]);
    expect(world.waiters(LOCK)).toEqual([]);
  });

  it('is owed where somebody waits for it, and its new date starts nothing before that', () => {
    const world = new LineWorld();
    world.setQueue({ maxAdmitted: 1 }, RECEIVED);
    world.occupy(LOCK, 1, OTHER, RECEIVED);
    const run = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world });
    const next = new JobRun(OPS, {}, { world, id: runId(2) });
    reschedule(run, { at: RECEIVED });
    expect(run.job).toMatchObject({ status: 'PENDING', waitReason: 'release', holds: [{ need: 0 }] });
    world.settle(RECEIVED);
    // The other one was first in line, and has it now.
    expect(next.job).toMatchObject({ waitReason: 'starting' });
    expect(run.job).toMatchObject({ status: 'PENDING', waitReason: 'admission', holds: [] });
  });

  it('lines up again at its end, in a transaction of its own', () => {
    const world = new LineWorld();
    world.occupy(LOCK, 1_000, OTHER, RECEIVED);
    const first = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world, id: runId(1) });
    const second = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world, id: runId(2) });
    first.now += 10;
    const decision = reschedule(first, { at: RECEIVED });
    expect(decision.ok ? decision.change?.semaphores : []).toHaveLength(1);
    expect(first.job).toMatchObject({ status: 'PENDING', owed: [{ kind: 'advance' }, {}] });
    world.settle(first.now);
    expect(world.waiters(LOCK)).toEqual([second.id, first.id]);
  });
});

describe('a job that is starting', () => {
  it('takes no reschedule any more, and the refusal says what is possible', () => {
    const run = new JobRun(OPS);
    const decision = reschedule(run, {});
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(decision.ok ? '' : decision.refusal.detail).toContain('cancel');
  });

  it('has only done its PRE and can be rescheduled while it waits for RUN', () => {
    const ops = [{ name: 'check', step: 'PRE' }, { name: 'one' }];
    const run = new JobRun(ops, { schedule: at(TOMORROW) });
    run.play();
    reschedule(run, { at: TOMORROW + DAY_MS });
    expect(run.job).toMatchObject({ status: 'SCHEDULED', group: 'RUN', step: 'RUN', startedAt: RECEIVED });
    expect(specOf(ops).ops).toHaveLength(2);
  });
});

describe('another date for a job that has expired', () => {
  const PRE = [{ name: 'check', step: 'PRE' }, { name: 'more', step: 'PRE' }, { name: 'one' }];
  const job = { approval: { approvers: ['user:grace'], window: 'P9D' }, schedule: { startWithin: 'PT1H' } };

  /** A job whose PRE has run this far, and whose RUN was not approved in time. */
  function expired(ops: readonly object[] = PRE, conditions: object = job, script: Script = {}): JobRun {
    const run = new JobRun(ops, conditions);
    run.play(script);
    run.now += HOUR_MS + 1;
    run.advance();
    expect(run.job).toMatchObject({ status: 'EXPIRED', attempt: 1 });
    run.now += DAY_MS;
    return run;
  }

  it('is its next attempt, with the same window, and asks for approval again', () => {
    const run = expired();
    const at = run.now + DAY_MS;
    reschedule(run, { at, comment: 'another go' });
    expect(run.job).toMatchObject({
      status: 'WAITING_APPROVAL',
      attempt: 2,
      again: { kind: 'rerun', firstOp: 2 },
      scheduledAt: at,
      maxStartAt: at + HOUR_MS,
      opsRun: 2,
    });
    expect(run.job).not.toHaveProperty('error');
    expect(run.entries.at(-1)).toMatchObject({ kind: 'status', from: 'EXPIRED', attempt: 2, actor: 'bob' });
    expect(run.entries.at(-1)?.message).toContain(
      `Rescheduled to ${new Date(at).toISOString()} by bob: another go`,
    );
  });

  it('does again only what is not done', () => {
    const run = expired();
    reschedule(run, { at: run.now });
    run.command((head, facts) => approveJob(head, GRACE, facts));
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK', attempt: 2, opsRun: 3 });
    expect(run.tries).toEqual(['check', 'more', 'one']);
  });

  it('begins with the op that it had not come to', () => {
    const world = new LineWorld();
    world.setQueue({ maxRunning: 1 }, RECEIVED);
    const slot = { scope: 'web', kind: 'slot', name: 'default' } as const;
    world.occupy(slot, 1, OTHER, RECEIVED);
    const run = new JobRun(PRE, { schedule: { startWithin: 'PT1H' } }, { world });
    run.now += HOUR_MS + 1;
    run.advance();
    expect(run.job).toMatchObject({ status: 'EXPIRED' });
    world.vacate(slot, OTHER, run.now);
    reschedule(run, { at: run.now });
    expect(run.job).toMatchObject({ status: 'QUEUED', segment: { group: 'PRE' }, again: { firstOp: 0 } });
    run.play();
    world.settle(run.now);
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK' });
    expect(run.tries).toEqual(['check', 'more', 'one']);
  });

  it('or none: it stands as CREATED until it is confirmed', () => {
    const run = expired();
    reschedule(run, { at: null });
    expect(run.job).toMatchObject({ status: 'CREATED', attempt: 2, group: 'RUN' });
    expect(run.job).not.toHaveProperty('maxStartAt');
    run.command((head, facts) => confirmJob(head, GRACE, facts));
    expect(run.job.status).toBe('WAITING_APPROVAL');
  });

  it('can itself be missed', () => {
    const run = expired();
    reschedule(run, { at: run.now, startWithinSeconds: 60 });
    run.now += 60_001;
    run.advance();
    expect(run.job).toMatchObject({ status: 'EXPIRED', attempt: 2 });
    run.now += HOUR_MS;
    reschedule(run, { at: run.now });
    expect(run.job).toMatchObject({ attempt: 3, again: { firstOp: 2 }, maxStartAt: run.now + 60_000 });
  });

  it('still ends with warnings where its PRE was allowed to fail', () => {
    const [check, ...others] = PRE;
    const run = expired([{ ...check, onError: 'continue' }, ...others], job, { check: failing('Broken') });
    reschedule(run, { at: run.now });
    run.command((head, facts) => approveJob(head, GRACE, facts));
    expect(run.play()).toMatchObject({ status: 'COMPLETED_WITH_WARNINGS', attempt: 2 });
  });

  it('knows what PRE has left to undo, should it fail', () => {
    const undone = { rollback: { action: 'build' } };
    const run = expired([{ name: 'check', step: 'PRE', ...undone }, { name: 'one' }]);
    expect(run.job).toMatchObject({ rollback: 'needed' });
    reschedule(run, { at: run.now });
    run.command((head, facts) => approveJob(head, GRACE, facts));
    expect(run.play({ one: failing('Broken') })).toMatchObject({ status: 'FAILED', rollback: 'needed' });
    run.rollBack();
    expect(run.play()).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok', attempt: 3 });
  });

  it('is the last way out but one: a rerun is the other', () => {
    const run = expired();
    run.rerun('RUN');
    expect(run.job).toMatchObject({ status: 'WAITING_APPROVAL', attempt: 2, again: { firstOp: 2 } });
  });

  it('is refused for the thousandth attempt', () => {
    const run = new JobRun(OPS);
    const last = sampleJob('EXPIRED', { attempt: 1_000 });
    const decision = rescheduleJob(last, [], { actor: 'bob', at: TOMORROW }, run.facts);
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
  });
});
