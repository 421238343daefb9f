import { describe, expect, it } from 'vitest';
import { grantNext } from '../../../core/queue/grant-next.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const SLOT = { scope: 'web', kind: 'slot', name: 'default' } as const;

function raised() {
  const world = new LineWorld();
  world.setQueue({ maxRunning: 1 }, RECEIVED);
  const runs = [1, 2, 3].map((number) => new JobRun([{ name: 'one' }], {}, { world, id: runId(number) }));
  world.setQueue({ maxRunning: 3 }, RECEIVED);
  return { world, runs };
}

describe('a line that owes a grant', () => {
  it('grants its front, and owes the next one only while there is one that may fit', () => {
    const { world, runs } = raised();
    const change = grantNext(world.line(SLOT), RECEIVED + 9);
    expect(change).toMatchObject({
      transition: 'grant next',
      semaphores: [{ semaphore: { held: 3, waiting: 0 } }],
      touched: [{ job: { id: runs[2]?.id } }],
    });
    expect(change?.semaphores[0]?.semaphore).not.toHaveProperty('dueAt');
    world.commit(change);
    expect(grantNext(world.line(SLOT), RECEIVED + 9)).toBeNull();
  });

  it('finds that nothing is owed any more where the front does not fit', () => {
    const { world } = raised();
    const line = world.line(SLOT);
    const full = { ...line, semaphore: { ...line.semaphore, held: line.semaphore.capacity } };
    const change = grantNext(full, RECEIVED);
    expect(change).toMatchObject({ semaphores: [{ deleteWaits: [], putHolds: [] }], touched: [] });
    expect(change?.semaphores[0]?.semaphore).not.toHaveProperty('dueAt');
  });
});
