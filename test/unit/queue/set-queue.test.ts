import { describe, expect, it } from 'vitest';
import { queueLimitsSchema } from '../../../core/queue/queue.ts';
import { setQueue } from '../../../core/queue/set-queue.ts';
import { UNLIMITED } from '../../../core/semaphore/semaphore.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const ADMISSION = { scope: 'web', kind: 'admission', name: 'default' } as const;
const SLOT = { scope: 'web', kind: 'slot', name: 'default' } as const;
const OPS = [{ name: 'one' }];

function submitted(world: LineWorld, count: number): readonly JobRun[] {
  return Array.from({ length: count }, (_, index) => new JobRun(OPS, {}, { world, id: runId(index + 1) }));
}

const reasons = (runs: readonly JobRun[]) =>
  runs.map(({ job }) => ('waitReason' in job ? job.waitReason : job.status));

describe('a queue', () => {
  it('is made, and counts its versions', () => {
    const world = new LineWorld();
    const facts = { now: RECEIVED, queue: null, admission: world.line(ADMISSION), slot: world.line(SLOT) };
    const named = { project: 'web', name: 'default' };
    const limits = queueLimitsSchema.parse({ maxRunning: 3 });
    const { change, queue } = setQueue(named, limits, facts);
    expect(queue).toEqual({ schema: 1, ...named, maxRunning: 3, paused: false, draining: false, version: 1 });
    expect(change).toMatchObject({ transition: 'set queue', queue: { before: null, queue }, touched: [] });
    expect(change.semaphores.map(({ semaphore }) => [semaphore.kind, semaphore.capacity])).toEqual([
      ['admission', UNLIMITED],
      ['slot', 3],
    ]);
    const again = setQueue(named, limits, { ...facts, queue });
    expect(again.change.queue).toMatchObject({ before: 1, queue: { version: 2 } });
  });

  it('sets all limits: what is left out has none', () => {
    const world = new LineWorld();
    world.setQueue({ maxAdmitted: 1, maxRunning: 1 }, RECEIVED);
    world.setQueue({}, RECEIVED);
    expect(world.semaphore(ADMISSION).capacity).toBe(UNLIMITED);
    expect(world.semaphore(SLOT).capacity).toBe(UNLIMITED);
  });

  it('lets in at once what a higher limit lets in, one after the other', () => {
    const world = new LineWorld();
    world.setQueue({ maxRunning: 1 }, RECEIVED);
    const runs = submitted(world, 4);
    expect(reasons(runs)).toEqual(['starting', 'slot', 'slot', 'slot']);
    world.setQueue({ maxRunning: 3 }, RECEIVED);
    expect(runs[1]?.job.owed).toMatchObject([{ kind: 'advance' }]);
    expect(world.semaphore(SLOT).dueAt).toBe(RECEIVED);
    world.settle(RECEIVED);
    expect(reasons(runs)).toEqual(['starting', 'starting', 'starting', 'slot']);
  });

  it('takes nothing from jobs that run when its limit shrinks, and starts none until it fits', () => {
    const world = new LineWorld();
    world.setQueue({ maxRunning: 2 }, RECEIVED);
    const runs = submitted(world, 3);
    world.setQueue({ maxRunning: 1 }, RECEIVED);
    expect(world.semaphore(SLOT)).toMatchObject({ capacity: 1, held: 2, waiting: 1 });
    runs[0]?.cancel();
    world.settle(RECEIVED);
    expect(reasons(runs.slice(1))).toEqual(['starting', 'slot']);
    runs[1]?.cancel();
    world.settle(RECEIVED);
    expect(reasons(runs.slice(2))).toEqual(['starting']);
  });

  it('that is paused starts nothing and stops nothing; unpaused it goes on', () => {
    const world = new LineWorld();
    world.setQueue({ maxRunning: 1 }, RECEIVED);
    const runs = submitted(world, 2);
    world.setQueue({ maxRunning: 1, paused: true }, RECEIVED);
    expect(runs[0]?.job).toMatchObject({ waitReason: 'starting' });
    runs[0]?.cancel();
    world.settle(RECEIVED);
    expect(reasons(runs.slice(1))).toEqual(['slot']);
    world.setQueue({ maxRunning: 1 }, RECEIVED);
    world.settle(RECEIVED);
    expect(reasons(runs.slice(1))).toEqual(['starting']);
  });

  it.each([
    { maxRunning: 0 },
    { maxAdmitted: -1 },
    { maxRunning: 1.5 },
    { maxRunning: 1_000_001 },
    { maxruning: 3 },
  ])('refuses %j', (limits) => {
    expect(queueLimitsSchema.safeParse(limits).success).toBe(false);
  });
});
