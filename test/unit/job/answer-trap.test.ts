import { describe, expect, it } from 'vitest';
import { answerTrap } from '../../../core/job/answer-trap.ts';
import { possibleCommands } from '../../../core/job/commands.ts';
import { TRAP_ANSWERS, type TrapAnswer } from '../../../core/job/job.ts';
import { failing, JobRun, specOf } from '../../support/job-run.ts';
import { ENDED, JOB_STATUSES, sampleJob } from '../views/sample-job.ts';

const HOUR_MS = 3_600_000;
const undone = { rollback: { action: 'build' } };
const TRAP = { onError: 'trap' };

/** A job of `one`, then of `two`, which has failed for good and waits for an answer. */
function trapped(two: object = {}, others: readonly object[] = [], code = 'Broken'): JobRun {
  const run = new JobRun([{ name: 'one', ...undone }, { name: 'two', ...TRAP, ...two }, ...others]);
  run.perform(0);
  run.complete(0);
  run.perform(1);
  run.complete(1, failing(code));
  expect(run.handle(1, 'OpFailed', 'kept')).toEqual({ kind: 'hold' });
  expect(run.job.status).toBe('TRAPPED');
  return run;
}

/** A failed job whose rollback of `one` has failed for good and waits for an answer. */
function trappedInRollback(): JobRun {
  const run = new JobRun([
    { name: 'zero', ...undone },
    { name: 'one', rollback: { action: 'build', onError: 'trap' } },
    { name: 'two' },
    { name: 'report', step: 'POST' },
  ]);
  for (const index of [0, 1, 2]) {
    run.perform(index);
    run.complete(index, index === 2 ? failing('Broken') : { kind: 'succeeded' });
  }
  run.handle(2, 'OpFailed');
  run.recover();
  run.perform(5);
  run.complete(5, failing('Locked'));
  run.handle(5, 'OpFailed', 'kept');
  expect(run.job).toMatchObject({ status: 'TRAPPED', trap: { from: 'ROLLING_BACK' } });
  return run;
}

/** Statuses the job was in, as its journal tells. */
function statuses(run: JobRun) {
  return run.entries.flatMap(({ kind, to }) => (kind === 'status' ? [to] : []));
}

describe('the answer retry', () => {
  it('has the op tried once more, though its retries are used up', () => {
    const run = trapped({ retry: { maxAttempts: 1 } });
    run.answer('retry');
    expect(run.job).toMatchObject({
      status: 'RUNNING',
      activeOp: 1,
      owed: [{ kind: 'answer', op: 1, by: run.now + 60_000 }],
    });
    expect(run.op(1)).toMatchObject({ status: 'tried', try: 1, decision: { kind: 'tryAgain', at: run.now } });
    expect(run.perform(1)).toMatchObject({ kind: 'dispatch', op: { try: 2 } });
    run.complete(1);
    expect(run.finish()?.job).toMatchObject({ status: 'COMPLETED_OK', warnings: 0 });
  });

  it('leads back to the trap when that try fails as well', () => {
    const run = trapped({ retry: { maxAttempts: 1 } });
    run.answer('retry');
    run.perform(1);
    run.complete(1, failing('StillBroken'));
    expect(run.handle(1, 'OpFailed', 'kept again')).toEqual({ kind: 'hold' });
    expect(run.job).toMatchObject({ status: 'TRAPPED', lastTrap: { answer: 'retry' } });
    expect(run.op(1)).toMatchObject({ try: 2, error: { code: 'StillBroken' }, token: 'kept again' });
  });

  it('of a rollback leads back to rolling back', () => {
    const run = trappedInRollback();
    run.answer('retry');
    expect(run.job).toMatchObject({ status: 'ROLLING_BACK', decided: { status: 'FAILED' } });
    run.perform(5);
    run.complete(5);
    expect(run.recover()).toEqual({ kind: 'perform', ops: [4, 3] });
  });
});

describe('the answer skip', () => {
  it('lets the job go on as if the op had succeeded, with a warning and without a result', () => {
    const run = trapped();
    run.answer('skip', 'not needed today');
    expect(run.op(1)).toMatchObject({
      status: 'success',
      skipped: true,
      endedAt: run.now,
      warnings: ['skipped by ada after Broken: it was Broken'],
    });
    expect(run.op(1)).not.toHaveProperty('result');
    expect(run.job).toMatchObject({ status: 'RUNNING', opsRun: 2, warnings: 1 });
    expect(run.job).not.toHaveProperty('activeOp');
    expect(run.finish()?.job).toMatchObject({ status: 'COMPLETED_OK', opsRun: 2, warnings: 1 });
  });

  it.each([
    ['completed', ['one/rollback']],
    ['started', ['two/rollback', 'one/rollback']],
  ])(
    'leaves what it did alone when the job fails later, unless that is undone once started: %s',
    (when, undo) => {
      const run = new JobRun([
        { name: 'one', ...undone },
        { name: 'two', ...TRAP, rollback: { action: 'build', when } },
        { name: 'three' },
      ]);
      run.onHold.push(() => run.answer('skip'));
      expect(run.play({ two: failing('Broken'), three: failing('Broken') }).status).toBe('FAILED');
      expect(run.tries).toEqual(['one', 'two', 'three', ...undo]);
    },
  );

  it('of a rollback lets the others run, and says that something is left to undo', () => {
    const run = trappedInRollback();
    const { opsRun } = run.job;
    run.answer('skip');
    expect(run.job).toMatchObject({ status: 'ROLLING_BACK', opsRun });
    for (const index of [4, 3]) {
      run.perform(index);
      run.complete(index);
    }
    expect(run.finish('recovery')?.job).toMatchObject({ status: 'FAILED', rollback: 'needed' });
  });
});

describe('the answer abort', () => {
  it('fails the job as it would have without a trap: undone, then FAILED', () => {
    const run = trapped({}, [{ name: 'report', step: 'POST' }]);
    run.answer('abort', 'it is hopeless');
    expect(run.job).toMatchObject({
      status: 'ROLLING_BACK',
      rollback: 'running',
      opsRun: 2,
      decided: { status: 'FAILED', error: { code: 'Broken', op: 1 }, undo: true, post: true },
      owed: [{ kind: 'answer', op: 1 }],
    });
    expect(run.op(1)).toMatchObject({ status: 'error', next: 'failed', timedOut: false });
    expect(run.recover()).toEqual({ kind: 'perform', ops: [3, 2] });
  });

  it.each([
    ['Broken', 'FAILED', true],
    ['Fatal', 'FAILED', false],
  ])('ends a job whose error was %s as %s, worth a rerun: %s', (code, status, retryable) => {
    const run = trapped({}, [], code);
    run.answer('abort');
    expect(run.job).toMatchObject({ decided: { status, retryable } });
  });

  it('ends a job TIMED_OUT whose try had run out of time', () => {
    const run = new JobRun([{ name: 'one', ...TRAP, timeout: 'PT1M' }]);
    run.onHold.push(() => run.answer('abort'));
    expect(run.play({ one: 'heartbeat timeout' })).toMatchObject({
      status: 'TIMED_OUT',
      error: { code: 'Timeout', op: 0 },
    });
  });

  it('runs the POST ops in the same status where nothing is to be undone', () => {
    const run = new JobRun([
      { name: 'one', ...TRAP },
      { name: 'report', step: 'POST' },
    ]);
    run.onHold.push(() => run.answer('abort'));
    expect(run.play({ one: failing('Broken') }).status).toBe('FAILED');
    expect(run.tries).toEqual(['one', 'report']);
    expect(statuses(run)).toEqual(['QUEUED', 'RUNNING', 'TRAPPED', 'RUNNING', 'FAILED']);
  });

  it('leaves everything as it is where the specification wants nothing undone', () => {
    const run = new JobRun(
      [
        { name: 'one', ...undone },
        { name: 'two', ...TRAP },
      ],
      {
        rollback: { onFailure: false },
      },
    );
    run.onHold.push(() => run.answer('abort'));
    expect(run.play({ two: failing('Broken') })).toMatchObject({ status: 'FAILED', rollback: 'needed' });
  });

  it('of a POST op undoes nothing, and the other POST ops run: COMPLETED_WITH_ERROR', () => {
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'report', step: 'POST', ...TRAP },
      { name: 'notify', step: 'POST' },
    ]);
    run.onHold.push(() => {
      run.answer('abort');
      expect(run.op(1)).toMatchObject({ status: 'error', next: 'go on' });
      expect(run.job).not.toHaveProperty('decided');
    });
    expect(run.play({ report: failing('Broken') })).toMatchObject({
      status: 'COMPLETED_WITH_ERROR',
      error: { code: 'Broken', op: 1 },
    });
    expect(run.tries).toEqual(['one', 'report', 'notify']);
  });

  it('of a POST op does not change how a failed job ends', () => {
    const run = new JobRun([{ name: 'one' }, { name: 'report', step: 'POST', ...TRAP }]);
    run.onHold.push(() => run.answer('abort'));
    expect(run.play({ one: failing('Broken'), report: failing('Late') })).toMatchObject({
      status: 'FAILED',
      error: { code: 'Broken' },
    });
  });

  it('of a rollback lets the others and POST run, and says that a person must act', () => {
    const run = trappedInRollback();
    run.answer('abort');
    expect(run.op(5)).toMatchObject({ status: 'error', next: 'go on' });
    for (const index of [4, 3]) {
      run.perform(index);
      run.complete(index);
    }
    expect(run.finish('recovery')?.job).toMatchObject({
      status: 'FAILED',
      rollback: 'failed',
      error: { code: 'Broken', message: expect.stringContaining('manual intervention is required') },
    });
  });

  it('of a PRE op never comes to RUN', () => {
    const run = new JobRun([
      { name: 'check', step: 'PRE', ...TRAP },
      { name: 'one' },
      { name: 'report', step: 'POST' },
    ]);
    run.onHold.push(() => run.answer('abort'));
    expect(run.play({ check: failing('Broken') }).status).toBe('FAILED');
    expect(run.tries).toEqual(['check', 'report']);
  });
});

describe('the countdown of a trap', () => {
  it('stands still after pause, for as long as it takes, and runs on after resume', () => {
    const run = trapped({ trap: { timeout: 'PT1H' } });
    const since = run.now;
    run.now += HOUR_MS / 4;
    run.answer('pause');
    expect(run.job).toMatchObject({ status: 'TRAP_PAUSED', trap: { since, leftMs: (HOUR_MS * 3) / 4 } });
    expect(run.job).not.toHaveProperty('trap.until');
    run.now += 30 * 24 * HOUR_MS;
    run.answer('resume');
    expect(run.job).toMatchObject({
      status: 'TRAPPED',
      trap: { since, until: run.now + (HOUR_MS * 3) / 4 },
      owed: [],
    });
    expect(run.job).not.toHaveProperty('trap.leftMs');
  });

  it('has nothing left when it was paused too late', () => {
    const run = trapped({ trap: { timeout: 'PT1H' } });
    run.now += 2 * HOUR_MS;
    run.answer('pause');
    expect(run.job).toMatchObject({ trap: { leftMs: 0 } });
  });

  it('of a trap without a timeout is none, paused and resumed all the same', () => {
    const run = trapped();
    expect(run.job).not.toHaveProperty('trap.until');
    run.answer('pause');
    expect(run.job).not.toHaveProperty('trap.leftMs');
    run.answer('resume');
    expect(run.job).not.toHaveProperty('trap.until');
    expect(statuses(run).slice(-3)).toEqual(['TRAPPED', 'TRAP_PAUSED', 'TRAPPED']);
  });

  it('is all that pause stops: the op may be answered meanwhile', () => {
    for (const [answer, status] of [
      ['retry', 'RUNNING'],
      ['skip', 'RUNNING'],
      ['abort', 'ROLLING_BACK'],
    ] as const) {
      const run = trapped();
      run.answer('pause');
      expect(run.answer(answer)).toMatchObject({ ok: true, answer: { kind: 'taken' } });
      expect(run.job.status).toBe(status);
    }
  });
});

describe('every answer that is taken', () => {
  it.each(['retry', 'skip', 'abort', 'pause'] as const)(
    'says in the journal who gave it, and why: %s',
    (answer) => {
      const run = trapped();
      const { logSerial } = run.job;
      run.answer(answer, 'as agreed');
      const entries = run.entries.filter(({ serial }) => serial > logSerial);
      const [entry] = entries.filter(({ kind }) => kind === 'status');
      expect(entry).toMatchObject({ actor: 'ada', from: 'TRAPPED', to: run.job.status });
      expect(entry?.message).toContain(`ada answered ${answer}: as agreed`);
    },
  );

  it('is the last trap answer of the job, whatever becomes of it', () => {
    const run = trapped();
    run.answer('pause', 'coffee');
    const first = { op: 1, answer: 'pause', actor: 'ada', at: run.now, comment: 'coffee' };
    expect(run.job.lastTrap).toEqual(first);
    run.now += HOUR_MS;
    run.answer('skip');
    expect(run.job.lastTrap).toEqual({ op: 1, answer: 'skip', actor: 'ada', at: run.now });
    const last = run.job.lastTrap;
    expect(run.finish()?.job.lastTrap).toEqual(last);
  });

  it('of the op is told to the token that waits, the head saying so until that is done', () => {
    for (const answer of ['retry', 'skip', 'abort'] as const) {
      const run = trapped();
      run.answer(answer);
      expect(run.job.owed).toEqual([{ kind: 'answer', op: 1, by: run.now + 60_000 }]);
      expect(run.op(1).token).toBe('kept');
    }
  });
});

describe('an answer that does not fit', () => {
  const SPEC = specOf([{ name: 'one', ...TRAP }, { name: 'two' }, { name: 'three' }]);
  const NOT_TRAPPED = JOB_STATUSES.filter((status) => status !== 'TRAPPED' && status !== 'TRAP_PAUSED');
  const cases = NOT_TRAPPED.flatMap((status) => TRAP_ANSWERS.map((answer) => [answer, status] as const));

  it.each(cases)(
    '%s to a job that is %s is refused, journaled, and changes nothing else',
    (answer, status) => {
      const job = sampleJob(status);
      const command = { answer, actor: 'ada', comment: 'why not' };
      const decision = answerTrap(job, SPEC, [], command, ENDED);
      if (!decision.ok || decision.answer.kind !== 'refused') throw new Error('it was taken');
      expect(decision.answer.refusal.code).toBe('CommandRefused');
      expect(decision.answer.refusal.detail).toContain(status);
      for (const possible of possibleCommands(status)) {
        expect(decision.answer.refusal.detail).toContain(possible);
      }
      expect(decision.change?.entries).toMatchObject([
        {
          kind: 'note',
          actor: 'ada',
          message: `The answer ${answer} of ada was refused: the job is ${status}: why not`,
        },
      ]);
      const { version, logSerial, dueEntry: _entry, alarms: _alarms, owed: _owed, ...rest } = job;
      expect(decision.change?.job).toMatchObject({ ...rest, version: version + 1, logSerial: logSerial + 1 });
      expect(decision.change?.ops).toEqual([]);
    },
  );

  it.each([
    ['resume', 'pause'],
    ['pause', 'resume'],
  ] as const)(
    'is %s where the countdown is as asked already, and names what is possible',
    (answer, instead) => {
      const run = trapped({ trap: { timeout: 'PT1H' } });
      if (answer === 'pause') run.answer('pause');
      const before = run.job;
      const decision = run.answer(answer);
      if (!decision.ok || decision.answer.kind !== 'refused') throw new Error('it was taken');
      expect(decision.answer.refusal).toMatchObject({ code: 'CommandRefused' });
      expect(decision.answer.refusal.detail).toContain(`retry, skip, abort, ${instead}`);
      expect(run.job).toEqual({ ...before, version: before.version + 1, logSerial: before.logSerial + 1 });
      expect(run.entries.at(-1)).toMatchObject({ kind: 'note' });
    },
  );

  it('is one to an op that somebody has answered a moment before', () => {
    const run = trapped();
    const answers: readonly TrapAnswer[] = ['skip', 'retry'];
    const outcomes = answers.map((answer) => run.answer(answer));
    expect(outcomes).toMatchObject([{ answer: { kind: 'taken' } }, { answer: { kind: 'refused' } }]);
    expect(run.op(1)).toMatchObject({ status: 'success', skipped: true });
    expect(run.job.lastTrap?.answer).toBe('skip');
  });
});
