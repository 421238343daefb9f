import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/contract/limits.ts';
import { approveJob, rejectJob } from '../../../core/job/approve-job.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { Job } from '../../../core/job/job.ts';
import { RERUN_FROM, type RerunFrom, rerunJob } from '../../../core/job/rerun-job.ts';
import { type Ending, failing, JobRun, RECEIVED, runId, type Script, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { ENDED, JOB_STATUSES, type JobStatus, sampleJob, sampleOp } from '../views/sample-job.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GRACE = { actor: 'grace', groups: [], mayApproveAll: false };
const undone = { rollback: { action: 'build' } };
const iso = (moment: Instant) => new Date(moment).toISOString();

const OPS = [
  { name: 'check', step: 'PRE' },
  { name: 'one' },
  { name: 'two' },
  { name: 'report', step: 'POST' },
];

/** How the tries of an op end, attempt by attempt; later ones succeed. */
function attempts(...endings: readonly Ending[]): (run: JobRun) => Ending {
  return (run) => endings[run.job.attempt - 1] ?? { kind: 'succeeded' };
}

const TOLD: Ending = { kind: 'succeeded', result: { natures: ['sql'], warnings: ['slow'] } };

/** A job that has run once, and what its rerun begins with. */
function rerun(
  from: RerunFrom,
  script: Script,
  ops: readonly object[] = OPS,
  job: object = {},
): { readonly run: JobRun; readonly tries: () => readonly string[] } {
  const run = new JobRun(ops, job);
  run.play(script);
  const { length } = run.tries;
  expect(run.rerun(from)).toMatchObject({ ok: true });
  return { run, tries: () => run.tries.slice(length) };
}

function errorOf(job: Job) {
  return 'error' in job ? job.error : undefined;
}

describe('a rerun', () => {
  it('is the next attempt, which begins with segments, ops and an outcome of its own', () => {
    const { run } = rerun('PRE', { two: attempts(failing('Broken')) });
    expect(run.job).toMatchObject({
      status: 'QUEUED',
      step: 'PRE',
      attempt: 2,
      again: { kind: 'rerun', firstOp: 0 },
      segments: 1,
      segment: { group: 'PRE', number: 1 },
      opsRun: 0,
      rollback: 'none',
      owed: [{ kind: 'start', by: run.now + 60_000 }],
    });
    for (const gone of ['error', 'endedAt', 'retainUntil', 'retryable']) {
      expect(run.job).not.toHaveProperty(gone);
    }
    expect(run.ops.filter(({ attempt }) => attempt === 2)).toEqual([]);
  });

  it('says in the journal of its attempt from where, by whom and why', () => {
    const run = new JobRun(OPS);
    run.play({ two: failing('Broken') });
    const command = { actor: 'bob', from: 'failedOp', runNow: false, comment: 'disk is free' } as const;
    run.command((job, facts) => rerunJob(job, run.spec, run.ops, command, facts));
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'status',
      actor: 'bob',
      attempt: 2,
      from: 'FAILED',
      to: 'QUEUED',
      message: 'Rerun by bob from two: disk is free. Has all it needs and starts',
    });
  });

  it('keeps the real start of the job’s first step', () => {
    const { run } = rerun('PRE', { two: attempts(failing('Broken')) });
    run.now += DAY_MS;
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK', startedAt: RECEIVED });
  });

  it('leaves the ops of the attempt before as they are, and runs its own', () => {
    const { run } = rerun('PRE', { two: attempts(failing('Broken')) });
    const earlier = run.ops;
    run.play();
    expect(run.ops.filter(({ attempt }) => attempt === 1)).toEqual(earlier);
    expect(run.op(2, 1)).toMatchObject({ status: 'error' });
    expect(run.op(2, 2)).toMatchObject({ status: 'success', try: 1 });
  });

  it('takes no answer for an attempt that is over', () => {
    const { run } = rerun('PRE', { two: attempts(failing('Broken')) });
    run.perform(0);
    expect(run.complete(0, { kind: 'succeeded' }, { attempt: 1 })).toMatchObject({
      answer: { kind: 'late', late: { code: 'AttemptSuperseded' } },
    });
    expect(run.op(0).status).toBe('running');
  });

  it('is stale to the executions of the attempt before', () => {
    const { run } = rerun('RUN', { two: attempts(failing('Broken')) });
    const old = { attempt: 1, group: 'RUN', number: 2 } as const;
    expect(run.perform(1, 'late', old)).toMatchObject({ kind: 'throw', error: 'Stale' });
    expect(run.abend(old)).toBeNull();
  });

  it('fails for its own reasons, whatever failed before', () => {
    const { run } = rerun('PRE', { one: failing('Broken') });
    run.play({ two: failing('Full') });
    expect(run.job).toMatchObject({ status: 'FAILED', attempt: 2, error: { code: 'Full', op: 2 } });
  });

  it('undoes what it did itself, and nothing of the attempt before', () => {
    const ops = [{ name: 'one', ...undone }, { name: 'two' }];
    const { run, tries } = rerun('PRE', { two: failing('Broken') }, ops, { rollback: { onFailure: true } });
    run.play({ two: failing('Broken') });
    expect(tries()).toEqual(['one', 'two', 'one/rollback']);
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'ok' });
  });

  it('can be canceled, which is as a cancel of a job that has started', () => {
    const { run } = rerun('PRE', { two: failing('Broken') });
    run.cancel();
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', attempt: 2 });
    expect(run.rerun('PRE')).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
  });
});

describe('the first op of a rerun', () => {
  it.each<[RerunFrom, readonly string[]]>([
    ['PRE', ['check', 'one', 'two', 'report']],
    ['RUN', ['one', 'two', 'report']],
    ['POST', ['report']],
    ['failedOp', ['two', 'report']],
  ])('from %s is the first of these: %j', (from, wanted) => {
    const { run, tries } = rerun(from, { two: attempts(failing('Broken')) });
    const first = run.spec.ops.findIndex(({ name }) => name === wanted[0]);
    expect(run.job).toMatchObject({ again: { firstOp: first }, opsRun: first });
    run.play();
    expect(tries()).toEqual(wanted);
    expect(run.job.opsRun).toBe(4);
  });

  it.each<[RerunFrom, readonly object[], string]>([
    ['PRE', [{ name: 'one' }, { name: 'report', step: 'POST' }], 'one'],
    [
      'RUN',
      [
        { name: 'check', step: 'PRE' },
        { name: 'report', step: 'POST' },
      ],
      'report',
    ],
  ])('from %s is that of a later step where there is none: %j', (from, ops, wanted) => {
    const { run, tries } = rerun(from, {}, ops);
    run.play();
    expect(tries()[0]).toBe(wanted);
  });

  it.each<[RerunFrom, readonly object[]]>([
    ['POST', [{ name: 'one' }]],
    ['RUN', [{ name: 'check', step: 'PRE' }]],
  ])('from %s is none where nothing comes from there on, which is refused: %j', (from, ops) => {
    const run = new JobRun(ops);
    run.play();
    const decision = run.rerun(from);
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(decision.ok ? '' : decision.refusal.detail).toContain(`no op in ${from} or behind it`);
    expect(run.job.attempt).toBe(1);
  });

  it('is the earliest that was undone, if that comes before: it counts as not run', () => {
    const ops = [
      { name: 'check', step: 'PRE' },
      { name: 'one' },
      { name: 'two', ...undone },
      { name: 'three', ...undone },
      { name: 'four' },
      { name: 'report', step: 'POST' },
    ];
    for (const from of ['failedOp', 'POST'] as const) {
      const { run, tries } = rerun(from, { four: attempts(failing('Broken')) }, ops);
      expect(run.job).toMatchObject({ again: { firstOp: 2 } });
      run.play();
      expect(tries()).toEqual(['two', 'three', 'four', 'report']);
      expect(run.job).toMatchObject({ status: 'COMPLETED_OK' });
    }
  });

  it('is an undone op of PRE even from POST, with the gates passed that RUN had passed', () => {
    const ops = [
      { name: 'check', step: 'PRE', ...undone },
      { name: 'one' },
      { name: 'report', step: 'POST' },
    ];
    const approval = { approvers: ['user:grace'] };
    const run = new JobRun(ops, { approval });
    run.play();
    run.command((job, facts) => approveJob(job, GRACE, facts));
    run.play({ one: failing('Broken') });
    run.rerun('POST');
    expect(run.job).toMatchObject({ again: { firstOp: 0, gatesPassed: true }, segment: { group: 'PRE' } });
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK', segments: 2 });
  });

  it('is no undone op that ran again since, and was not undone then', () => {
    const ops = [{ name: 'one', ...undone }, { name: 'two' }, { name: 'three' }];
    const run = new JobRun(ops, { rollback: { onFailure: true } });
    run.play({ three: failing('Broken') });
    expect(run.op(3, 1)).toMatchObject({ name: 'one/rollback', status: 'success' });
    run.rerun('failedOp');
    run.play({
      three: () => {
        run.abend();
        return 'interrupted';
      },
    });
    expect(run.job).toMatchObject({ status: 'ABENDED', attempt: 2 });
    run.rerun('failedOp');
    expect(run.job).toMatchObject({ attempt: 3, again: { firstOp: 2 } });
  });

  it('from RUN is the earliest PRE op that is not done', () => {
    const ops = [{ name: 'check', step: 'PRE' }, { name: 'more', step: 'PRE' }, { name: 'one' }];
    const { run, tries } = rerun('RUN', { more: attempts(failing('Broken')) }, ops);
    expect(run.job).toMatchObject({ again: { firstOp: 1 }, segment: { group: 'PRE' } });
    run.play();
    expect(tries()).toEqual(['more', 'one']);
  });

  it('from RUN is not a PRE op that was allowed to fail, or was skipped', () => {
    const ops = [
      { name: 'check', step: 'PRE', onError: 'continue' },
      { name: 'more', step: 'PRE', onError: 'trap' },
      { name: 'one' },
    ];
    const run = new JobRun(ops);
    run.onHold.push((held) => held.answer('skip'));
    run.play({ check: failing('Broken'), more: failing('Broken'), one: failing('Broken') });
    run.rerun('RUN');
    expect(run.job).toMatchObject({ again: { firstOp: 2 }, warnings: 1 });
    expect(run.play()).toMatchObject({ status: 'COMPLETED_WITH_WARNINGS', warnings: 1 });
  });

  it('that failed is that which the error names', () => {
    const ops = [{ name: 'one' }, { name: 'report', step: 'POST' }, { name: 'notify', step: 'POST' }];
    const { tries, run } = rerun('failedOp', { report: attempts(failing('NoPaper')) }, ops);
    run.play();
    expect(tries()).toEqual(['report', 'notify']);
    expect(run.job).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('that failed is the first that is not done where the error names none', () => {
    const run = new JobRun(OPS);
    run.play({
      two: () => {
        run.abend();
        return 'interrupted';
      },
    });
    expect(errorOf(run.job)).not.toHaveProperty('op');
    run.rerun('failedOp');
    expect(run.job).toMatchObject({ again: { firstOp: 2 } });
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('that failed is the first that was allowed to, after warnings', () => {
    const ops = [
      { name: 'one' },
      { name: 'two', onError: 'continue' },
      { name: 'three', onError: 'continue' },
    ];
    const { run, tries } = rerun(
      'failedOp',
      { two: attempts(failing('Broken')), three: attempts(failing('Broken')) },
      ops,
    );
    run.play();
    expect(tries()).toEqual(['two', 'three']);
    expect(run.job).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('that failed is none where all was done when the execution was lost, which is refused', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0);
    run.complete(0);
    run.abend();
    const decision = run.rerun('failedOp');
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(decision.ok ? '' : decision.refusal.detail).toContain('no op that failed');
    expect(run.rerun('PRE')).toMatchObject({ ok: true });
  });
});

describe('what a rerun does not do again', () => {
  it('counts as run, with its natures and its warnings', () => {
    const ops = [{ name: 'check', step: 'PRE' }, { name: 'one' }, { name: 'two' }];
    const { run } = rerun('failedOp', { check: TOLD, one: TOLD, two: attempts(failing('Broken')) }, ops);
    expect(run.job).toMatchObject({ opsRun: 2, warnings: 2, natures: ['sql'] });
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK', opsRun: 3, warnings: 2 });
  });

  it('is nothing from PRE: natures are learnt anew', () => {
    const ops = [{ name: 'check', step: 'PRE' }, { name: 'one' }];
    const { run } = rerun('PRE', { check: TOLD, one: attempts(failing('Broken')) }, ops);
    expect(run.job).toMatchObject({ opsRun: 0, warnings: 0 });
    expect(run.job).not.toHaveProperty('natures');
  });

  it.each<[string, object, Ending, object]>([
    ['FAILED', {}, failing('Broken'), { retryable: true, error: { code: 'Broken', op: 1 } }],
    ['FAILED', {}, failing('Fatal'), { retryable: false, error: { code: 'Fatal' } }],
    ['TIMED_OUT', { timeout: 'PT1M' }, 'heartbeat timeout', { error: { code: 'Timeout', op: 1 } }],
    ['FAILED_RETRYABLE', {}, failing('Busy'), { retryAfter: RECEIVED + 5 * 60_000 }],
    ['COMPLETED_WITH_ERROR', { onError: 'finish' }, failing('Broken'), { error: { code: 'Broken', op: 1 } }],
    ['COMPLETED_WITH_ERROR', {}, failing('PreconditionFailed'), { retryable: false }],
  ])('does not get better by POST alone: still %s after %j', (status, two, ending, outcome) => {
    const ops = [{ name: 'one' }, { name: 'two', ...two }, { name: 'report', step: 'POST' }];
    const { run, tries } = rerun('POST', { two: ending }, ops);
    run.now += HOUR_MS;
    expect(run.play()).toMatchObject({ status, attempt: 2, ...outcome });
    expect(tries()).toEqual(['report']);
    expect(run.entries.at(-1)?.message).toContain('only POST ran again');
  });

  it('makes FAILED of an abend by POST alone', () => {
    const run = new JobRun(OPS);
    run.play({
      two: () => {
        run.abend();
        return 'interrupted';
      },
    });
    run.rerun('POST');
    expect(run.play()).toMatchObject({ status: 'FAILED', error: { code: 'Abended' } });
  });

  it('says still, after a rerun of POST, at which op the job may go on', () => {
    const { run, tries } = rerun('POST', { two: attempts(failing('Broken')) });
    run.play();
    run.rerun('failedOp');
    expect(run.job).toMatchObject({ attempt: 3, again: { firstOp: 2 } });
    run.play();
    expect(tries()).toEqual(['report', 'two', 'report']);
    expect(run.job).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('was allowed to fail, and the job ends with warnings still', () => {
    const ops = [{ name: 'one', onError: 'continue' }, { name: 'two' }, { name: 'report', step: 'POST' }];
    const { run } = rerun('POST', { one: attempts(failing('Broken')) }, ops);
    expect(run.play()).toMatchObject({ status: 'COMPLETED_WITH_WARNINGS', attempt: 2 });
  });

  it('is not held against a job whose POST alone had failed', () => {
    const { run } = rerun('POST', { report: attempts(failing('NoPaper')) });
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK', attempt: 2 });
  });

  it.each<[string, object, Ending]>([
    ['needed', { onFailure: false }, { kind: 'succeeded' }],
    ['failed', { onFailure: true }, failing('Locked')],
  ])('stays to be undone where the job fails again, whose rollback was %s', (rollback, policy, undo) => {
    const ops = [{ name: 'one', ...undone }, { name: 'two' }, { name: 'three' }];
    const run = new JobRun(ops, { rollback: policy });
    run.play({ two: failing('Broken'), 'one/rollback': undo });
    expect(run.job).toMatchObject({ status: 'FAILED', rollback });
    run.rerun('failedOp');
    expect(run.job).toMatchObject({ rollback: 'none', again: { firstOp: 1, leftBehind: true } });
    expect(run.play({ two: failing('Broken') })).toMatchObject({ status: 'FAILED', rollback: 'needed' });
    run.rerun('failedOp');
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK', attempt: 3, rollback: 'none' });
  });
});

describe('the gates of a rerun', () => {
  const approval = { approvers: ['user:grace'], window: 'PT4H' };

  /** A job that was approved, and whose op then failed. */
  function approvedAndFailed(job: object = {}): JobRun {
    const run = new JobRun(OPS, { approval, ...job });
    run.play();
    run.command((head, facts) => approveJob(head, GRACE, facts));
    run.now = Math.max(run.now, run.job.scheduledAt ?? 0);
    run.advance();
    run.play({ two: failing('Broken') });
    expect(run.job.status).toBe('FAILED');
    return run;
  }

  it.each<[RerunFrom, string]>([
    ['PRE', 'WAITING_APPROVAL'],
    ['RUN', 'WAITING_APPROVAL'],
    ['POST', 'QUEUED'],
    ['failedOp', 'QUEUED'],
  ])('from %s: an approval once more, or none: %s', (from, status) => {
    const run = approvedAndFailed();
    run.rerun(from);
    if (from === 'PRE') {
      run.perform(0);
      run.complete(0);
      run.finish();
    }
    expect(run.job.status).toBe(status);
    if (status === 'WAITING_APPROVAL')
      expect(run.job).toMatchObject({ approvalUntil: run.now + 4 * HOUR_MS });
  });

  it('from the op that failed are those of RUN where that had not started', () => {
    const run = new JobRun(OPS, { approval });
    run.play({ check: failing('Broken') });
    run.rerun('failedOp');
    expect(run.job.again).not.toHaveProperty('gatesPassed');
    expect(run.play()).toMatchObject({ status: 'WAITING_APPROVAL' });
  });

  it('ask again who was rejected', () => {
    const run = new JobRun([{ name: 'one' }], { approval });
    run.command((head, facts) => rejectJob(head, GRACE, facts));
    expect(run.job.status).toBe('REJECTED');
    run.rerun('RUN');
    expect(run.job).toMatchObject({ status: 'WAITING_APPROVAL', attempt: 2, step: 'RUN' });
  });

  const schedule = { at: iso(RECEIVED + DAY_MS), startWithin: 'PT2H' };

  /** A job of PRE and RUN whose PRE failed, a day before its date. */
  function failedBeforeItsDate(): JobRun {
    const run = new JobRun(OPS, { schedule });
    run.play({ check: failing('Broken') });
    return run;
  }

  it('keep RUN’s date, and its window behind it', () => {
    const run = failedBeforeItsDate();
    run.now += HOUR_MS;
    run.rerun('PRE');
    expect(run.job).toMatchObject({
      scheduledAt: RECEIVED + DAY_MS,
      maxStartAt: RECEIVED + DAY_MS + 2 * HOUR_MS,
    });
    expect(run.play()).toMatchObject({ status: 'SCHEDULED', attempt: 2 });
  });

  it('take a date that has passed for now, with the same window', () => {
    const run = failedBeforeItsDate();
    run.now += 3 * DAY_MS;
    run.rerun('PRE');
    expect(run.job).toMatchObject({ scheduledAt: run.now, maxStartAt: run.now + 2 * HOUR_MS });
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('do not wait for RUN’s date where it is to run now', () => {
    const run = failedBeforeItsDate();
    run.now += HOUR_MS;
    run.rerun('RUN', true);
    expect(run.job).toMatchObject({ scheduledAt: run.now, maxStartAt: run.now + 2 * HOUR_MS });
    expect(run.play()).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('ask for approval even where it is to run now', () => {
    const run = approvedAndFailed({ schedule });
    run.rerun('RUN', true);
    expect(run.job.status).toBe('WAITING_APPROVAL');
  });

  it('let a job expire again that waits too long', () => {
    const run = new JobRun([{ name: 'one' }], {
      approval: { approvers: ['user:grace'], window: 'P9D' },
      schedule: { startWithin: 'PT1H' },
    });
    run.now += HOUR_MS + 1;
    run.advance();
    expect(run.job.status).toBe('EXPIRED');
    run.now += DAY_MS;
    run.rerun('PRE');
    expect(run.job).toMatchObject({ status: 'WAITING_APPROVAL', maxStartAt: run.now + HOUR_MS });
    run.now += HOUR_MS + 1;
    run.advance();
    expect(run.job).toMatchObject({ status: 'EXPIRED', attempt: 2 });
  });

  it.each(['POST', 'failedOp'] as const)('from %s: neither date nor expiry', (from) => {
    const run = approvedAndFailed({ schedule: { startWithin: 'PT2H' } });
    run.now += 30 * DAY_MS;
    run.rerun(from);
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
    expect(run.job).not.toHaveProperty('maxStartAt');
    expect(run.play().attempt).toBe(2);
  });

  it('ask for the end of other jobs again from RUN, and not from the op that failed', () => {
    const world = new LineWorld();
    const other = new JobRun([{ name: 'one' }], {}, { world, id: runId(2) });
    other.play();
    const dependsOn = [{ job: other.id }];
    const [fromRun, fromFailed] = [3, 4].map((number) => {
      const run = new JobRun(OPS, { dependsOn }, { world, id: runId(number) });
      run.play({ two: failing('Broken') });
      return run;
    });
    other.rerun('PRE');
    fromRun?.rerun('RUN');
    expect(fromRun?.job.status).toBe('WAITING_DEPENDENCY');
    fromFailed?.rerun('failedOp');
    expect(fromFailed?.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
  });

  it('end at once, and visibly, a job that depends on one that has failed', () => {
    const world = new LineWorld();
    const other = new JobRun([{ name: 'one' }], {}, { world, id: runId(2) });
    const run = new JobRun([{ name: 'one' }], { dependsOn: [{ job: other.id }] }, { world });
    other.cancel();
    run.advance();
    expect(run.job).toMatchObject({ status: 'FAILED_TO_START', attempt: 1 });
    run.rerun('PRE');
    expect(run.job).toMatchObject({ status: 'WAITING_DEPENDENCY', attempt: 2, step: 'INIT' });
    run.advance();
    expect(run.job).toMatchObject({ status: 'FAILED_TO_START', attempt: 2 });
  });

  it.each(RERUN_FROM)('always take the queue’s slot and the locks: %s', (from) => {
    const world = new LineWorld();
    world.setQueue({ maxRunning: 1 }, RECEIVED);
    const run = new JobRun(
      [{ name: 'one' }, { name: 'report', step: 'POST' }],
      { locks: [{ name: 'a' }] },
      { world },
    );
    run.play({ one: failing('Broken') });
    const lock = { scope: 'web', kind: 'lock', name: 'a' } as const;
    world.occupy(lock, 1_000, runId(900), RECEIVED);
    run.rerun(from);
    expect(run.job).toMatchObject({ status: 'WAITING_LOCK', attempt: 2 });
    world.vacate(lock, runId(900), RECEIVED);
    world.settle(run.now);
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
    expect(world.holders({ scope: 'web', kind: 'slot', name: 'default' })).toEqual([run.id]);
  });
});

describe('what a job owes when it runs again', () => {
  it('is still owed: the stop of an execution, and what it holds', () => {
    const run = new JobRun([{ name: 'one' }], { locks: [{ name: 'a' }] });
    const other = new JobRun(
      [{ name: 'one' }],
      { locks: [{ name: 'a' }] },
      { world: run.world, id: runId(2) },
    );
    run.perform(0);
    run.abend();
    expect(run.job).toMatchObject({ status: 'ABENDED', holds: [{ need: 1 }], owed: [{ kind: 'release' }] });
    run.rerun('PRE');
    expect(run.job).toMatchObject({ status: 'PENDING', waitReason: 'release', holds: [{ need: 1 }] });
    run.world.settle(run.now);
    expect(other.job).toMatchObject({ waitReason: 'starting' });
    expect(run.job).toMatchObject({ status: 'WAITING_LOCK', attempt: 2, holds: [] });
  });

  it('is not the news of its end: those who wait for it wait for the next', () => {
    const run = new JobRun([{ name: 'one' }]);
    const waiter = new JobRun(
      [{ name: 'one' }],
      { dependsOn: [{ job: run.id }] },
      { world: run.world, id: runId(2) },
    );
    run.play({ one: attempts(failing('Broken')) });
    expect(run.job.owed).toMatchObject([{ kind: 'tell' }]);
    run.rerun('PRE');
    expect(run.job.owed.map(({ kind }) => kind)).toEqual(['start']);
    run.play();
    run.world.settle(run.now);
    expect(waiter.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
  });
});

describe('whether a job runs again', () => {
  const SPEC = specOf([{ name: 'one' }, { name: 'two' }, { name: 'report', step: 'POST' }]);
  const RAN = [sampleOp(0, 'success'), sampleOp(1, 'error'), sampleOp(2, 'success')];
  const ALL = ['PRE', 'RUN', 'POST', 'failedOp'];

  /** From where, by status; a status that is not named takes no rerun at all. */
  const FROM: Readonly<Partial<Record<JobStatus, readonly string[]>>> = {
    REJECTED: ['PRE', 'RUN'],
    EXPIRED: ['PRE', 'RUN'],
    FAILED_TO_START: ['PRE', 'RUN'],
    COMPLETED_OK: ['PRE', 'RUN', 'POST'],
    COMPLETED_WITH_WARNINGS: ALL,
    COMPLETED_WITH_ERROR: ALL,
    FAILED: ALL,
    FAILED_RETRYABLE: ALL,
    TIMED_OUT: ALL,
    ABENDED: ALL,
  };

  const cases = JOB_STATUSES.flatMap((status) => RERUN_FROM.map((from) => [status, from] as const));

  function decide(job: Job, from: RerunFrom, spec = SPEC) {
    const command = { actor: 'ada', from, runNow: false };
    return rerunJob(job, spec, RAN, command, new LineWorld().facts(spec, ENDED));
  }

  it.each(cases)('that is %s, from %s, is as listed', (status, from) => {
    const decision = decide(sampleJob(status), from);
    const isListed = FROM[status]?.includes(from) ?? false;
    expect([status, from, decision.ok]).toEqual([status, from, isListed]);
    if (!decision.ok) {
      expect(decision.refusal.code).toBe('CommandRefused');
      expect(decision.refusal.detail).toContain(status);
      for (const possible of FROM[status] ?? []) expect(decision.refusal.detail).toContain(possible);
    }
  });

  it.each(JOB_STATUSES.filter((status) => FROM[status] !== undefined))(
    'that is %s, under rerunPolicy strict, is that it has not completed',
    (status) => {
      const strict = { ...SPEC, rerunPolicy: 'strict' as const };
      const hasCompleted = status === 'COMPLETED_OK' || status === 'COMPLETED_WITH_WARNINGS';
      const decision = decide(sampleJob(status), 'PRE', strict);
      expect(decision.ok).toBe(!hasCompleted);
      if (!decision.ok) expect(decision.refusal.detail).toContain('strict');
    },
  );

  it('is asked for 999 times at the most', () => {
    expect(decide(sampleJob('FAILED', { attempt: LIMITS.attempts - 1 }), 'PRE').ok).toBe(true);
    const decision = decide(sampleJob('FAILED', { attempt: LIMITS.attempts }), 'PRE');
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(decision.ok ? '' : decision.refusal.detail).toContain('1000 attempts');
  });
});
