import { describe, expect, it } from 'vitest';
import { depart, giveBack } from '../../../core/job/give-back.ts';
import { EFFECT_OWED_MS } from '../../../core/job/owed-effect.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;
const OTHER_LOCK = { scope: 'web', kind: 'lock', name: 'b' } as const;
const TWO_LOCKS = { locks: [{ name: 'a' }, { name: 'b' }] };
const OPS = [{ name: 'one' }];

describe('a job that leaves', () => {
  it('gives back everything at once where nobody waits', () => {
    const run = new JobRun(OPS, TWO_LOCKS);
    const { semaphores, touched, holds } = depart(run.job, run.facts);
    expect(holds).toEqual([]);
    expect(touched).toEqual([]);
    expect(
      semaphores.map(({ semaphore, deleteHolds }) => [semaphore.name, semaphore.held, deleteHolds.length]),
    ).toEqual([
      ['a', 0, 1],
      ['b', 0, 1],
    ]);
  });

  it('keeps everything where somebody waits for any of it, to give it back one by one', () => {
    const world = new LineWorld();
    const run = new JobRun(OPS, TWO_LOCKS, { world });
    new JobRun(OPS, { locks: [{ name: 'b' }] }, { world, id: runId(2) });
    expect(depart(run.job, run.facts)).toEqual({
      semaphores: [],
      touched: [],
      holds: run.job.holds,
      owed: [{ kind: 'release', by: RECEIVED + EFFECT_OWED_MS }],
    });
  });

  it('leaves its line in the same change, and whoever is first then has what fits', () => {
    const world = new LineWorld();
    world.setResource('transcoder', 4, RECEIVED);
    const asking = (units: number) => ({ resources: [{ name: 'transcoder', units }] });
    new JobRun(OPS, asking(2), { world, id: runId(1) });
    const big = new JobRun(OPS, asking(4), { world, id: runId(2) });
    const small = new JobRun(OPS, asking(2), { world, id: runId(3) });
    const { semaphores, touched, holds } = depart(big.job, big.facts);
    expect(holds).toEqual([]);
    expect(semaphores).toMatchObject([
      { semaphore: { held: 4, waiting: 0 }, deleteWaits: [{ jobId: big.id }, { jobId: small.id }] },
    ]);
    expect(touched).toMatchObject([{ before: small.job.version, job: { id: small.id } }]);
  });

  it('has nothing to give where it neither holds nor waits', () => {
    const run = new JobRun(OPS);
    expect(depart(run.job, run.facts)).toEqual({ semaphores: [], touched: [], holds: [], owed: [] });
  });
});

describe('a hold that is given back', () => {
  it('goes to the first in line, under the next fence, in the same change', () => {
    const world = new LineWorld();
    const holder = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world });
    const waiter = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world, id: runId(2) });
    const last = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world, id: runId(3) });
    const [held] = holder.job.holds;
    if (held === undefined) throw new Error('it holds its lock');
    const { semaphores, touched } = giveBack(holder.job, held, holder.facts);
    expect(semaphores).toMatchObject([
      { deleteHolds: [{ fence: 1 }], putHolds: [{ jobId: waiter.id, fence: 2 }], semaphore: { waiting: 1 } },
    ]);
    expect(touched.map(({ job }) => job.id)).toEqual([waiter.id]);
    expect(last.job.version).toBe(1);
  });

  it('of one lock leaves the other', () => {
    const world = new LineWorld();
    const run = new JobRun(OPS, TWO_LOCKS, { world });
    const [held] = run.job.holds;
    if (held === undefined) throw new Error('it holds its lock');
    const { semaphores } = giveBack(run.job, held, run.facts);
    expect(semaphores.map(({ semaphore }) => semaphore.name)).toEqual([LOCK.name]);
    expect(world.holders(OTHER_LOCK)).toEqual([run.id]);
  });

  it('cannot be decided about where its line was not read', () => {
    const run = new JobRun(OPS, TWO_LOCKS);
    expect(() => depart(run.job, { ...run.facts, lines: new Map() })).toThrow('was not read');
  });
});
