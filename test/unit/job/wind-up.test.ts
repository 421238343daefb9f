import { describe, expect, it } from 'vitest';
import type { Change } from '../../../core/job/change.ts';
import { endingOf } from '../../../core/job/job.ts';
import { rescheduleJob } from '../../../core/job/reschedule-job.ts';
import { windUp } from '../../../core/job/wind-up.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const OPS = [{ name: 'one' }];
const LOCKS = ['a', 'b', 'c'] as const;
const keyOf = (name: string) => ({ scope: 'web', kind: 'lock', name }) as const;
const holding = (...names: readonly string[]) => ({ locks: names.map((name) => ({ name })) });

/** A job that holds three locks, and one for each of two of them that waits for it. */
function contended() {
  const world = new LineWorld();
  const run = new JobRun(OPS, holding(...LOCKS), { world });
  const waiters = ['a', 'c'].map((name, position) => {
    return new JobRun(OPS, holding(name), { world, id: runId(2 + position) });
  });
  return { world, run, waiters };
}

/** Everything the job gives back by itself, change by change. */
function woundUp(run: JobRun): readonly Change[] {
  const changes: Change[] = [];
  for (;;) {
    const change = run.windUp();
    if (change === null) return changes;
    changes.push(change);
  }
}

describe('the end of a job that somebody waits for', () => {
  it('is decided first, then one transaction a semaphore, and last the end', () => {
    const { run, waiters, world } = contended();
    const decision = run.cancel();
    expect(decision).toMatchObject({ change: { transition: 'decide end', semaphores: [], touched: [] } });
    expect(run.job).toMatchObject({
      status: 'QUEUED',
      ending: { status: 'CANCELED_BEFORE_START' },
      owed: [{ kind: 'release', by: RECEIVED + 60_000 }],
    });
    const changes = woundUp(run);
    expect(
      changes.map(({ transition, semaphores }) => [
        transition,
        semaphores.map(({ semaphore }) => semaphore.name),
      ]),
    ).toEqual([
      ['give back', ['a']],
      ['give back', ['b']],
      ['settle job', ['c']],
    ]);
    expect(run.job).toMatchObject({ status: 'CANCELED_BEFORE_START', holds: [], owed: [] });
    expect(run.job).toMatchObject({ dueEntry: { lane: 'retention' } });
    for (const waiter of waiters) expect(waiter.job.owed).toMatchObject([{ kind: 'advance' }]);
    world.settle(RECEIVED);
    for (const waiter of waiters) expect(waiter.job).toMatchObject({ waitReason: 'starting' });
  });

  it('does not say that it has ended before everything is given back', () => {
    const { run } = contended();
    run.cancel();
    const settlements = () => run.entries.filter(({ to }) => to === 'CANCELED_BEFORE_START');
    while (endingOf(run.job) !== undefined) {
      expect(settlements()).toEqual([]);
      run.windUp();
    }
    expect(settlements()).toHaveLength(1);
  });

  it('is one transaction where nobody waits', () => {
    const run = new JobRun(OPS, holding(...LOCKS));
    expect(run.cancel()).toMatchObject({
      change: { transition: 'cancel job', job: { holds: [], owed: [] } },
    });
    expect(run.windUp()).toBeNull();
  });

  it('by force comes first, and what is held is owed', () => {
    const { run, world } = contended();
    run.perform(0);
    run.cancel({ force: true });
    expect(run.job).toMatchObject({
      status: 'CANCELED_WHILE_RUNNING',
      holds: [{ need: 1 }, { need: 2 }, { need: 3 }],
      owed: [{ kind: 'stop' }, { kind: 'release' }],
    });
    expect(woundUp(run).map(({ transition }) => transition)).toEqual(['give back', 'give back', 'give back']);
    expect(run.job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', holds: [], owed: [{ kind: 'stop' }] });
    expect(world.holders(keyOf('a'))).toEqual([runId(2)]);
  });

  it('by an abend comes first too', () => {
    const { run } = contended();
    run.perform(0);
    run.abend();
    expect(run.job).toMatchObject({ status: 'ABENDED', owed: [{ kind: 'release' }] });
    woundUp(run);
    expect(run.job).toMatchObject({ holds: [], owed: [] });
  });

  it('is wound up by whoever comes, after a natural end too', () => {
    const { run } = contended();
    run.perform(0);
    run.complete(0);
    run.finish();
    expect(run.job).toMatchObject({ status: 'COMPLETED_OK', holds: [] });
    expect(run.entries.at(-2)).toMatchObject({ kind: 'decision' });
  });
});

describe('what is given back', () => {
  it('is given back once: a second time does nothing', () => {
    const { run } = contended();
    run.cancel({ force: true });
    const facts = run.facts;
    const before = run.job;
    run.windUp();
    const late = windUp(run.job, facts);
    // The facts are of a moment before the first release, so its own guard is what stops it.
    expect(late?.semaphores.map(({ semaphore }) => semaphore.name)).not.toContain('a');
    expect(windUp(before, run.facts)?.before).not.toBe(run.job.version);
    woundUp(run);
    expect(windUp(run.job, run.facts)).toBeNull();
  });

  it('lets a job that still waits line up again, and no sooner', () => {
    const world = new LineWorld();
    world.occupy(keyOf('b'), 1, runId(900), RECEIVED);
    const run = new JobRun(OPS, holding('a', 'b'), { world });
    const waiter = new JobRun(OPS, holding('a'), { world, id: runId(2) });
    expect(run.job).toMatchObject({ status: 'WAITING_LOCK', holds: [{ need: 1 }] });
    run.command((job, facts) => rescheduleJob(job, [], { actor: 'ada', at: RECEIVED }, facts));
    expect(run.job).toMatchObject({ status: 'PENDING', waitReason: 'release', holds: [{ need: 1 }] });
    expect(run.job.owed).toContainEqual({ kind: 'release', by: RECEIVED + 60_000 });
    expect(run.advance()).toBeNull();
    run.windUp();
    expect(run.job).toMatchObject({ holds: [] });
    expect(run.job.owed).toContainEqual({ kind: 'advance', by: RECEIVED + 60_000 });
    run.advance();
    expect(run.job).toMatchObject({ status: 'WAITING_LOCK', holds: [] });
    expect(world.waiters(keyOf('a'))).toEqual([run.id]);
    expect(waiter.job.holds).toMatchObject([{ fence: 2 }]);
  });
});
