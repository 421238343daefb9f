import { describe, expect, it } from 'vitest';
import { approveJob } from '../../../core/job/approve-job.ts';
import { deleteJob } from '../../../core/job/delete-job.ts';
import type { TrapAnswer } from '../../../core/job/job.ts';
import { rescheduleJob } from '../../../core/job/reschedule-job.ts';
import { type Ending, failing, JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GRACE = { actor: 'grace', groups: [], mayApproveAll: false };
const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;
const OTHER = runId(900);
const undone = { rollback: { action: 'build' } };
const TRAP = { onError: 'trap' };

const OPS = [
  { name: 'one', ...undone },
  { name: 'two', ...TRAP, ...undone },
  { name: 'three', ...undone },
  { name: 'report', step: 'POST' },
];

/** The first try of an op fails, later ones go well. */
const once = (code: string) => (_run: JobRun, number: number) =>
  number === 1 ? failing(code) : ({ kind: 'succeeded' } as const);

/** Statuses the job was in, as its journal tells. */
function statuses(run: JobRun) {
  return run.entries.flatMap(({ kind, to }) => (kind === 'status' ? [to] : []));
}

/** Whoever pauses the job while this op runs. */
const pausing = (run: JobRun): Ending => {
  run.pause();
  return { kind: 'succeeded' };
};

describe('a job whose op is trapped', () => {
  it.each<[TrapAnswer, string, string, readonly string[]]>([
    ['retry', 'COMPLETED_OK', 'none', ['one', 'two', 'two', 'three', 'report']],
    ['skip', 'COMPLETED_OK', 'none', ['one', 'two', 'three', 'report']],
    ['abort', 'FAILED', 'ok', ['one', 'two', 'one/rollback', 'report']],
  ])('is answered %s and ends %s, rollback %s', (answer, status, rollback, tries) => {
    const run = new JobRun(OPS);
    run.onHold.push((held) => held.answer(answer));
    expect(run.play({ two: once('Broken') })).toMatchObject({ status, rollback });
    expect(run.tries).toEqual(tries);
    expect(statuses(run).slice(0, 3)).toEqual(['QUEUED', 'RUNNING', 'TRAPPED']);
  });

  it('waits for as long as it takes, where no timeout is said, and keeps what it holds', () => {
    const run = new JobRun(OPS, { locks: [{ name: 'a' }] });
    const other = new JobRun(
      [{ name: 'one' }],
      { locks: [{ name: 'a' }] },
      { world: run.world, id: runId(2) },
    );
    run.onHold.push((held) => {
      held.now += 200 * DAY_MS;
      held.world.settle(held.now);
      expect(other.job.status).toBe('WAITING_LOCK');
      held.answer('retry');
    });
    expect(run.play({ two: once('Broken') }).status).toBe('COMPLETED_OK');
    run.world.settle(run.now);
    expect(other.job).toMatchObject({ waitReason: 'starting' });
  });

  it.each([
    [{}, 'FAILED', 'abort', ['one', 'two', 'one/rollback', 'report']],
    [{ onTimeout: 'skip' }, 'COMPLETED_OK', 'skip', ['one', 'two', 'three', 'report']],
    [
      { onTimeout: 'retry', maxRetries: 2 },
      'FAILED',
      'abort',
      ['one', 'two', 'two', 'two', 'one/rollback', 'report'],
    ],
  ] as const)('is answered by its timeout: %j ends it %s', (trap, status, answer, tries) => {
    const [one, two, ...others] = OPS;
    const run = new JobRun([one ?? {}, { ...two, trap: { timeout: 'PT1H', ...trap } }, ...others]);
    expect(run.play({ two: failing('Broken') })).toMatchObject({
      status,
      lastTrap: { answer, actor: 'jobplane' },
    });
    expect(run.tries).toEqual(tries);
    expect(run.now).toBe(RECEIVED + tries.filter((name) => name === 'two').length * HOUR_MS);
  });

  it('is not answered by a timeout whose countdown stands still', () => {
    const [one, two] = OPS;
    const run = new JobRun([one ?? {}, { ...two, trap: { timeout: 'PT1H' } }]);
    run.onHold.push(
      (held) => held.answer('pause'),
      (held) => {
        held.now += 30 * DAY_MS;
        expect(held.endHold()).toBeNull();
        expect(held.job.status).toBe('TRAP_PAUSED');
        held.answer('skip');
      },
    );
    expect(run.play({ two: failing('Broken') }).status).toBe('COMPLETED_OK');
  });

  it('refuses an answer once it is answered, and says so in its journal', () => {
    const run = new JobRun(OPS);
    run.onHold.push((held) => {
      held.answer('skip');
      expect(held.answer('abort', 'too late')).toMatchObject({ answer: { kind: 'refused' } });
    });
    expect(run.play({ two: failing('Broken') }).status).toBe('COMPLETED_OK');
    expect(run.entries.filter(({ kind }) => kind === 'note').map(({ message }) => message)).toEqual([
      'The answer abort of ada was refused: the job is RUNNING: too late',
    ]);
  });

  it('during its rollback goes on rolling back, whatever it is answered, and never forward', () => {
    for (const [answer, rollback] of [
      ['retry', 'ok'],
      ['skip', 'needed'],
      ['abort', 'failed'],
    ] as const) {
      const run = new JobRun([
        { name: 'one', ...undone },
        { name: 'two', rollback: { action: 'build', ...TRAP } },
        { name: 'three' },
        { name: 'four' },
        { name: 'report', step: 'POST' },
      ]);
      run.onHold.push((held) => held.answer(answer));
      expect(run.play({ three: failing('Broken'), 'two/rollback': once('Locked') })).toMatchObject({
        status: 'FAILED',
        rollback,
      });
      const undoing = answer === 'retry' ? ['two/rollback', 'two/rollback'] : ['two/rollback'];
      expect(run.tries).toEqual(['one', 'two', 'three', ...undoing, 'one/rollback', 'report']);
    }
  });

  it('is undone when it is canceled, the op that waits too where it asked for that once started', () => {
    const started = { rollback: { action: 'build', when: 'started' } };
    const run = new JobRun([
      { name: 'one', ...undone },
      { name: 'two', ...TRAP, ...started },
      { name: 'three' },
    ]);
    run.onHold.push((held) => held.cancel());
    expect(run.play({ two: failing('Broken') })).toMatchObject({
      status: 'CANCELED_WHILE_RUNNING',
      rollback: 'ok',
    });
    expect(run.tries).toEqual(['one', 'two', 'two/rollback', 'one/rollback']);
    expect(run.op(1)).toMatchObject({ status: 'canceled' });
  });

  it('uses up no time of its op: a target that came back is asked for as long as before', () => {
    const run = new JobRun([{ name: 'one', ...TRAP, timeout: 'PT10M' }]);
    const asked: number[] = [];
    run.onHold.push((held) => {
      asked.push(held.tries.length);
      held.now += 9 * DAY_MS;
      held.answer('retry');
    });
    run.onHold.push((held) => {
      asked.push(held.tries.length);
      held.answer('abort');
    });
    expect(run.play({ one: failing('Unreachable') }).status).toBe('TIMED_OUT');
    const [first = 0, both = 0] = asked;
    // The tries of ten minutes once more, at the intervals that it had come to.
    expect(both - first).toBeGreaterThan(0);
    expect(run.now).toBeGreaterThan(RECEIVED + 9 * DAY_MS);
    expect(first).toBeGreaterThan(1);
  });

  it('takes note of an answer that its op’s action gives too late, and goes on waiting', () => {
    const run = new JobRun([{ name: 'one', ...TRAP, action: 'hand', timeout: 'PT1M' }]);
    run.onHold.push((held) => {
      expect(held.complete(0)).toMatchObject({ answer: { kind: 'late', late: { code: 'CompletionLate' } } });
      expect(held.job.status).toBe('TRAPPED');
      expect(held.entries.at(-1)).toMatchObject({ kind: 'late' });
      held.answer('abort');
    });
    expect(run.play({ one: 'heartbeat timeout' }).status).toBe('TIMED_OUT');
  });
});

describe('a job that is paused', () => {
  it('ends the op that runs, stops before the next, and goes on when it is resumed', () => {
    const run = new JobRun(OPS);
    run.onHold.push((held) => {
      expect(held.job).toMatchObject({ status: 'PAUSED', activeOp: 1 });
      expect(held.op(0).status).toBe('success');
      held.resume();
    });
    expect(run.play({ one: pausing }).status).toBe('COMPLETED_OK');
    expect(run.tries).toEqual(['one', 'two', 'three', 'report']);
    expect(statuses(run)).toEqual(['QUEUED', 'RUNNING', 'PAUSED', 'RUNNING', 'COMPLETED_OK']);
  });

  it('stops before its first op where nothing of it had begun', () => {
    const run = new JobRun(OPS);
    run.pause();
    run.onHold.push((held) => {
      expect(held.tries).toEqual([]);
      held.resume();
    });
    expect(run.play().status).toBe('COMPLETED_OK');
    expect(statuses(run)).toEqual(['QUEUED', 'RUNNING', 'PAUSED', 'RUNNING', 'COMPLETED_OK']);
  });

  it('does not stop that was resumed in time', () => {
    const run = new JobRun(OPS);
    run.play({
      one: (running) => {
        running.pause();
        running.resume();
        return { kind: 'succeeded' };
      },
    });
    expect(statuses(run)).toEqual(['QUEUED', 'RUNNING', 'COMPLETED_OK']);
  });

  it('fails, and is undone, when nobody has resumed it within its window: a day where none is said', () => {
    const run = new JobRun(OPS);
    expect(run.play({ one: pausing })).toMatchObject({
      status: 'FAILED',
      rollback: 'ok',
      retryable: true,
      error: { code: 'PauseExpired' },
    });
    expect(run.tries).toEqual(['one', 'one/rollback', 'report']);
    expect(run.now).toBe(RECEIVED + DAY_MS);
  });

  it('is undone when it is canceled, with nothing to interrupt', () => {
    const run = new JobRun(OPS);
    run.onHold.push((held) => {
      expect(held.cancel()).toMatchObject({ ok: true });
      expect(held.job.status).toBe('CANCELING');
    });
    expect(run.play({ one: pausing })).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: 'ok' });
    expect(run.tries).toEqual(['one', 'one/rollback']);
  });

  it('keeps what it holds', () => {
    const run = new JobRun(OPS, { locks: [{ name: 'a' }] });
    run.onHold.push((held) => {
      expect(held.world.holders(LOCK)).toEqual([held.id]);
      held.resume();
    });
    run.play({ one: pausing });
    expect(run.world.holders(LOCK)).toEqual([]);
  });
});

describe('a job that is ended by force while it waits for somebody', () => {
  it.each(['PAUSED', 'TRAPPED', 'TRAP_PAUSED'])('is over at once, from %s, with nothing undone', (status) => {
    const run = new JobRun(OPS);
    if (status === 'TRAP_PAUSED') run.onHold.push((held) => held.answer('pause'));
    run.onHold.push((held) => {
      expect(held.job.status).toBe(status);
      held.cancel({ force: true });
    });
    run.play(status === 'PAUSED' ? { one: pausing } : { two: failing('Broken') });
    expect(run.job).toMatchObject({
      status: 'CANCELED_WHILE_RUNNING',
      rollback: 'needed',
      owed: [{ kind: 'stop', attempt: 1 }],
    });
    expect(run.tries).not.toContain('one/rollback');
    // What is left can be undone by hand, and that is all.
    expect(run.rerun('PRE')).toMatchObject({ ok: false });
    expect(run.rollBack()).toMatchObject({ ok: true });
    expect(run.play()).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok' });
  });
});

describe('a job that runs again', () => {
  it('runs all that comes behind, from PRE, RUN, POST or the op that failed', () => {
    const ops = [
      { name: 'check', step: 'PRE' },
      { name: 'one' },
      { name: 'two' },
      { name: 'three' },
      { name: 'report', step: 'POST' },
    ];
    for (const [from, tries] of [
      ['PRE', ['check', 'one', 'two', 'three', 'report']],
      ['RUN', ['one', 'two', 'three', 'report']],
      ['failedOp', ['two', 'three', 'report']],
      ['POST', ['report']],
    ] as const) {
      const run = new JobRun(ops);
      run.play({ two: failing('Broken') });
      const { length } = run.tries;
      run.rerun(from);
      expect(run.play().status).toBe(from === 'POST' ? 'FAILED' : 'COMPLETED_OK');
      expect(run.tries.slice(length)).toEqual(tries);
      expect(run.entries.filter(({ attempt, to }) => attempt === 2 && to === run.job.status)).toHaveLength(1);
    }
  });

  it('begins at what was undone, which counts as not run', () => {
    const [one, , three, report] = OPS;
    const run = new JobRun([{ name: 'zero' }, one ?? {}, three ?? {}, { name: 'four' }, report ?? {}]);
    run.play({ four: failing('Broken') });
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'ok' });
    const { length } = run.tries;
    run.rerun('failedOp');
    expect(run.play().status).toBe('COMPLETED_OK');
    expect(run.tries.slice(length)).toEqual(['one', 'three', 'four', 'report']);
  });

  it('is asked for approval again from PRE and RUN, and not from POST or the op that failed', () => {
    for (const [from, status] of [
      ['RUN', 'WAITING_APPROVAL'],
      ['failedOp', 'QUEUED'],
      ['POST', 'QUEUED'],
    ] as const) {
      const run = new JobRun([{ name: 'one' }, { name: 'report', step: 'POST' }], {
        approval: { approvers: ['user:grace'] },
      });
      run.command((job, facts) => approveJob(job, GRACE, facts));
      run.play({ one: failing('Broken') });
      run.rerun(from);
      expect(run.job.status).toBe(status);
    }
  });

  it('that completed does so under rerunPolicy permitted only', () => {
    for (const [rerunPolicy, ok] of [
      ['permitted', true],
      ['strict', false],
    ] as const) {
      const run = new JobRun([{ name: 'one' }], { rerunPolicy });
      run.play();
      expect(run.rerun('PRE').ok).toBe(ok);
    }
  });

  it('ends each of its attempts once', () => {
    const run = new JobRun(OPS);
    for (const attempt of [1, 2, 3]) {
      run.onHold.push((held) => held.answer('abort'));
      run.play({ two: failing('Broken') });
      expect(run.job).toMatchObject({ status: 'FAILED', attempt });
      if (attempt < 3) run.rerun('PRE');
    }
    const settling = run.entries.filter(({ kind, to }) => kind === 'status' && to === 'FAILED');
    expect(settling.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });
});

describe('a job that is rolled back by hand', () => {
  it('has every op undone that completed and was not undone, of all attempts, in reverse', () => {
    const run = new JobRun(
      [
        { name: 'one', ...undone },
        { name: 'two', ...undone },
      ],
      { rollback: { onFailure: false } },
    );
    run.play({ two: failing('Broken') });
    run.rerun('PRE');
    run.play();
    const { length } = run.tries;
    run.rollBack();
    expect(run.play()).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok', attempt: 3 });
    expect(run.tries.slice(length)).toEqual(['two/rollback', 'one/rollback', 'one/rollback']);
  });

  it('takes its locks first, and no slot', () => {
    const world = new LineWorld();
    const run = new JobRun([{ name: 'one', ...undone }], { locks: [{ name: 'a' }] }, { world });
    run.play();
    world.setQueue({ maxRunning: 1, paused: true }, run.now);
    world.occupy(LOCK, 1_000, OTHER, run.now);
    run.rollBack();
    expect(run.job.status).toBe('WAITING_LOCK');
    world.vacate(LOCK, OTHER, run.now);
    world.settle(run.now);
    expect(run.play().status).toBe('ROLLED_BACK');
  });

  it('never runs forward again', () => {
    const run = new JobRun([{ name: 'one', ...undone }]);
    run.play();
    run.rollBack();
    run.play();
    for (const from of ['PRE', 'RUN', 'POST', 'failedOp'] as const) expect(run.rerun(from).ok).toBe(false);
    expect(run.cancel().ok).toBe(false);
  });
});

describe('a job that has expired', () => {
  const schedule = { startWithin: 'PT1H' };
  const waits: Readonly<Record<string, (world: LineWorld) => object>> = {
    confirmation: () => ({ hold: true }),
    approval: () => ({ approval: { approvers: ['user:grace'] } }),
    'another job': (world) => {
      const other = new JobRun([{ name: 'x' }], {}, { world, id: runId(2) });
      return { dependsOn: [{ job: other.id }] };
    },
    admission: (world) => {
      world.setQueue({ maxAdmitted: 1 }, RECEIVED);
      world.occupy({ scope: 'web', kind: 'admission', name: 'default' }, 1, OTHER, RECEIVED);
      return {};
    },
    'a lock': (world) => {
      world.occupy({ ...LOCK, name: 'b' }, 1_000, OTHER, RECEIVED);
      return { locks: [{ name: 'a' }, { name: 'b' }] };
    },
    'a slot': (world) => {
      world.setQueue({ maxRunning: 1 }, RECEIVED);
      world.occupy({ scope: 'web', kind: 'slot', name: 'default' }, 1, OTHER, RECEIVED);
      return { locks: [{ name: 'a' }] };
    },
  };

  it.each(Object.entries(waits))('did so whatever it waited for, and holds nothing: %s', (_what, make) => {
    const world = new LineWorld();
    const run = new JobRun([{ name: 'one' }], { schedule, ...make(world) }, { world });
    run.now += HOUR_MS;
    expect(run.job.status).not.toBe('EXPIRED');
    run.now += 1;
    run.advance();
    expect(run.job).toMatchObject({ status: 'EXPIRED', holds: [], attempt: 1 });
    expect(world.holders(LOCK)).toEqual([]);
  });

  it('runs again from PRE or RUN, or waits for another date, and nothing else', () => {
    const expired = () => {
      const run = new JobRun([{ name: 'one' }], { schedule, approval: { approvers: ['user:grace'] } });
      run.now += HOUR_MS + 1;
      run.advance();
      return run;
    };
    for (const from of ['PRE', 'RUN'] as const) {
      const run = expired();
      run.rerun(from);
      expect(run.job).toMatchObject({
        status: 'WAITING_APPROVAL',
        attempt: 2,
        maxStartAt: run.now + HOUR_MS,
      });
    }
    for (const from of ['POST', 'failedOp'] as const) expect(expired().rerun(from).ok).toBe(false);
    for (const [at, status] of [
      [RECEIVED + DAY_MS, 'WAITING_APPROVAL'],
      [null, 'CREATED'],
    ] as const) {
      const run = expired();
      run.command((job, facts) => rescheduleJob(job, run.ops, { actor: 'ada', at }, facts));
      expect(run.job).toMatchObject({ status, attempt: 2 });
    }
  });
});

describe('a job that is deleted', () => {
  it('is one that has settled, and no other', () => {
    const run = new JobRun(OPS);
    const remove = () => run.command((job) => deleteJob(job, 'ada', run.now));
    expect(remove().ok).toBe(false);
    run.onHold.push((held) => {
      expect(held.command((job) => deleteJob(job, 'ada', held.now)).ok).toBe(false);
      held.answer('skip');
    });
    run.play({ two: failing('Broken') });
    run.rollBack();
    expect(remove().ok).toBe(false);
    run.play();
    expect(remove()).toMatchObject({
      ok: true,
      change: { job: { status: 'ROLLED_BACK', owed: [{ kind: 'delete' }] } },
    });
  });
});

describe('a job that was lost', () => {
  it('while it waited for somebody is ABENDED: POST does not run, and undoing stays needed', () => {
    const run = new JobRun(OPS);
    run.onHold.push((held) => held.abend());
    expect(run.play({ two: failing('Broken') })).toMatchObject({ status: 'ABENDED', rollback: 'needed' });
    expect(run.tries).toEqual(['one', 'two']);
    run.rerun('failedOp');
    expect(run.job).toMatchObject({ attempt: 2, again: { firstOp: 1, leftBehind: true } });
    expect(run.play().status).toBe('COMPLETED_OK');
  });
});
