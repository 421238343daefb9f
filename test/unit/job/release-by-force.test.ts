import { describe, expect, it } from 'vitest';
import { fencesOf } from '../../../core/job/fences-of.ts';
import { releaseByForce } from '../../../core/job/release-by-force.ts';
import { rescheduleJob } from '../../../core/job/reschedule-job.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const OPS = [{ name: 'one' }];
const keyOf = (name: string, scope = 'web') => ({ scope, kind: 'lock', name }) as const;
const holding = (...names: readonly string[]) => ({ locks: names.map((name) => ({ name })) });

function take(run: JobRun, name: string, scope?: string) {
  const command = { actor: 'root', reason: 'it hangs' };
  return run.command((job, facts) => releaseByForce(job, keyOf(name, scope), command, facts));
}

describe('a lock that is taken from a job that runs', () => {
  it('goes to the next in line, and the job goes on without it', () => {
    const world = new LineWorld();
    const holder = new JobRun(OPS, holding('a', 'b'), { world });
    const waiter = new JobRun(OPS, holding('a'), { world, id: runId(2) });
    holder.perform(0);
    take(holder, 'a');
    expect(holder.job).toMatchObject({ status: 'RUNNING', holds: [{ need: 2 }] });
    expect(fencesOf(holder.job, holder.spec)).toEqual({ b: 1 });
    expect(world.holders(keyOf('a'))).toEqual([waiter.id]);
    world.settle(RECEIVED);
    expect(waiter.job).toMatchObject({ waitReason: 'starting' });
    expect(fencesOf(waiter.job, waiter.spec)).toEqual({ a: 2 });
    holder.complete(0);
    holder.finish();
    expect(holder.job.status).toBe('COMPLETED_OK');
    expect(world.holders(keyOf('a'))).toEqual([waiter.id]);
  });

  it('is journaled with by whom and why', () => {
    const run = new JobRun(OPS, holding('a'));
    take(run, 'a');
    expect(run.entries.at(-1)).toMatchObject({
      kind: 'note',
      actor: 'root',
      message: 'Lock a was taken away by root: it hangs',
    });
  });

  it('cannot be taken twice, nor from a job that does not hold it', () => {
    const run = new JobRun(OPS, holding('a'));
    take(run, 'a');
    for (const name of ['a', 'b']) {
      expect(take(run, name)).toMatchObject({ ok: false, refusal: { code: 'LockNotHeld' } });
    }
  });

  it('is told by its scope from another of the same name', () => {
    const locks = [{ name: 'a' }, { name: 'a', scope: 'global' }];
    const run = new JobRun(OPS, { locks });
    expect(fencesOf(run.job, run.spec)).toEqual({ a: 1, 'global:a': 1 });
    take(run, 'a', '*');
    expect(fencesOf(run.job, run.spec)).toEqual({ a: 1 });
  });
});

describe('a lock that is taken from a job that waits', () => {
  function waiting() {
    const world = new LineWorld();
    world.occupy(keyOf('c'), 1_000, runId(900), RECEIVED);
    const holder = new JobRun(OPS, holding('a', 'b', 'c'), { world });
    expect(holder.job).toMatchObject({ status: 'WAITING_LOCK', holds: [{ need: 1 }, { need: 2 }] });
    return { world, holder };
  }

  it('sends it to the end of all its lines, for it must not wait for less than it holds', () => {
    const { world, holder } = waiting();
    const waiter = new JobRun(OPS, holding('a'), { world, id: runId(2) });
    take(holder, 'a');
    expect(holder.job).toMatchObject({
      status: 'PENDING',
      waitReason: 'release',
      owed: [{ kind: 'release' }],
    });
    expect(holder.job).not.toHaveProperty('place');
    expect(holder.entries.at(-1)).toMatchObject({
      kind: 'status',
      from: 'WAITING_LOCK',
      to: 'PENDING',
      message: expect.stringMatching(/^Lock a was taken away by root: it hangs\. /),
    });
    world.settle(RECEIVED);
    expect(world.holders(keyOf('a'))).toEqual([waiter.id]);
    expect(world.waiters(keyOf('a'))).toEqual([holder.id]);
    expect(holder.job).toMatchObject({ status: 'WAITING_LOCK', holds: [] });
  });

  it('has it line up again at once where nobody waits for any of what it holds', () => {
    const { world, holder } = waiting();
    take(holder, 'a');
    world.settle(RECEIVED);
    expect(holder.job).toMatchObject({ status: 'WAITING_LOCK', holds: [{ need: 1 }, { need: 2 }] });
    expect(world.waiters(keyOf('c'))).toEqual([holder.id]);
  });

  it('leaves a job that is giving everything back at its new gate', () => {
    const { world, holder } = waiting();
    new JobRun(OPS, holding('a'), { world, id: runId(2) });
    const tomorrow = RECEIVED + 86_400_000;
    holder.command((job, facts) => rescheduleJob(job, [], { actor: 'ada', at: tomorrow }, facts));
    expect(holder.job).toMatchObject({ status: 'SCHEDULED', holds: [{ need: 1 }, { need: 2 }] });
    take(holder, 'a');
    expect(holder.job).toMatchObject({ status: 'SCHEDULED', holds: [{ need: 2 }] });
    world.settle(RECEIVED);
    expect(holder.job).toMatchObject({ status: 'SCHEDULED', holds: [] });
  });
});

describe('a lock that is taken from a job that is ending', () => {
  it('leaves its end as it was decided', () => {
    const world = new LineWorld();
    const holder = new JobRun(OPS, holding('a'), { world });
    new JobRun(OPS, holding('a'), { world, id: runId(2) });
    holder.cancel();
    expect(holder.job).toMatchObject({ ending: { status: 'CANCELED_BEFORE_START' }, holds: [{ need: 1 }] });
    take(holder, 'a');
    expect(holder.job).toMatchObject({ ending: { status: 'CANCELED_BEFORE_START' }, holds: [] });
    world.settle(RECEIVED);
    expect(holder.job.status).toBe('CANCELED_BEFORE_START');
  });
});
