import { describe, expect, it } from 'vitest';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const TRANSCODER = { scope: 'web', kind: 'resource', name: 'transcoder' } as const;

function asking(world: LineWorld, number: number, units: number): JobRun {
  const resources = [{ name: 'transcoder', units }];
  return new JobRun([{ name: 'one' }], { resources }, { world, id: runId(number) });
}

describe('a resource', () => {
  it('with more units lets in the first that fits then, and no smaller one before it', () => {
    const world = new LineWorld();
    world.setResource('transcoder', 1, RECEIVED);
    const [first, big, small] = [asking(world, 1, 1), asking(world, 2, 3), asking(world, 3, 1)];
    world.setResource('transcoder', 2, RECEIVED);
    world.settle(RECEIVED);
    expect([big.job, small.job]).toMatchObject([{ waitReason: 'resource' }, { waitReason: 'resource' }]);
    world.setResource('transcoder', 4, RECEIVED);
    world.settle(RECEIVED);
    expect([big.job, small.job]).toMatchObject([{ waitReason: 'starting' }, { waitReason: 'resource' }]);
    expect(first.job).toMatchObject({ waitReason: 'starting' });
  });

  it('with fewer units takes nothing from its holders', () => {
    const world = new LineWorld();
    world.setResource('transcoder', 3, RECEIVED);
    const holder = asking(world, 1, 3);
    world.setResource('transcoder', 1, RECEIVED);
    expect(world.semaphore(TRANSCODER)).toMatchObject({ capacity: 1, held: 3 });
    const waiter = asking(world, 2, 1);
    expect(waiter.job).toMatchObject({ waitReason: 'resource' });
    holder.cancel();
    world.settle(RECEIVED);
    expect(waiter.job).toMatchObject({ waitReason: 'starting' });
  });
});
