import { describe, expect, it } from 'vitest';
import type { DuePlace } from '../../../core/ports/job-store.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { setQueue } from '../../../core/usecases/set-queue.ts';
import { submitJob } from '../../../core/usecases/submit-job.ts';
import { sweep } from '../../../core/usecases/sweep.ts';
import { RECEIVED, runId, specOf } from '../../support/job-run.ts';
import { dyingAfter, recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const OPS = [{ name: 'one' }];
const MINUTE = 60_000;
const DEFAULT = { project: 'web', name: 'default' };
const OPEN = { paused: false, draining: false };
const NOTHING = {
  looked: 0,
  repaired: 0,
  repairs: {},
  oldestOwedMs: 0,
  granted: 0,
  abended: 0,
  failed: 0,
};
const CANCEL = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };

describe('a sweep', () => {
  it('looks at every job that is overdue, whatever its shard, and at no other', async () => {
    const world = recordingDeps();
    world.executions.outage = new Error('throttled');
    const submission = { spec: specOf([{ name: 'one' }]), submitter: { user: 'ada', groups: [] } };
    for (let job = 0; job < 20; job += 1) await submitJob(world.deps, submission);
    world.executions.outage = null;
    expect(await sweep(world.deps)).toEqual(NOTHING);
    world.surroundings.at += MINUTE;
    await submitJob(world.deps, submission);
    expect(await sweep(world.deps)).toEqual({ ...NOTHING, looked: 20, repaired: 20, repairs: { start: 20 } });
    expect(world.executions.recorded.started).toHaveLength(21);
    expect(await sweep(world.deps)).toMatchObject({ looked: 0 });
  });

  it('goes on past a job that cannot be looked at, which stays due', async () => {
    const world = recordingDeps();
    const one = await StoredJob.submitted([{ name: 'one' }], world);
    const two = await StoredJob.submitted([{ name: 'one' }], world);
    await one.perform(0, 'of one');
    await two.perform(0, 'of two');
    one.lose();
    const { describe: looked } = world.executions;
    world.executions.describe = async (ref) => {
      if (ref.jobId === two.id) throw new Error('throttled');
      return looked.call(world.executions, ref);
    };
    world.surroundings.at += 5 * MINUTE;
    expect(await sweep(world.deps)).toMatchObject({
      looked: 2,
      repaired: 0,
      granted: 0,
      abended: 1,
      failed: 1,
    });
    expect(await one.head()).toMatchObject({ status: 'ABENDED' });
    expect(world.owed).toEqual([`look at ${two.id}`]);
    world.executions.describe = looked;
    expect(await sweep(world.deps)).toMatchObject({ looked: 1, failed: 0 });
  });
});

describe('what a sweep measures', () => {
  it('is by how much the most overdue effect was late, whether or not it can be done now', async () => {
    const world = recordingDeps();
    world.executions.outage = new Error('throttled');
    await StoredJob.submitted(OPS, world);
    world.surroundings.at += MINUTE;
    await StoredJob.submitted(OPS, world);
    expect(await sweep(world.deps)).toMatchObject({ looked: 1, failed: 1, oldestOwedMs: 0 });
    world.surroundings.at += 3 * MINUTE;
    expect(await sweep(world.deps)).toMatchObject({ looked: 2, failed: 2, oldestOwedMs: 3 * MINUTE });
    world.executions.outage = null;
    expect(await sweep(world.deps)).toMatchObject({ repairs: { start: 2 }, oldestOwedMs: 3 * MINUTE });
    expect(await sweep(world.deps)).toEqual(NOTHING);
  });

  it('is not how long jobs wait for their date, or stand before somebody looks whether they live', async () => {
    const world = recordingDeps();
    const job = await StoredJob.submitted(OPS, world);
    await job.perform(0, 'of the op');
    // The entry for the start, which the op has proven since, moves to the time of the next look.
    world.surroundings.at += MINUTE;
    expect(await sweep(world.deps)).toMatchObject({ looked: 1, repaired: 0, oldestOwedMs: 0 });
    world.surroundings.at += 60 * MINUTE;
    expect(await sweep(world.deps)).toMatchObject({ looked: 1, oldestOwedMs: 0 });
  });
});

describe('a line that owes a grant', () => {
  async function raised() {
    const world = recordingDeps();
    await setQueue(world.deps, DEFAULT, { ...OPEN, maxRunning: 1 });
    const jobs: StoredJob[] = [];
    for (let job = 0; job < 4; job += 1) jobs.push(await StoredJob.submitted(OPS, world));
    await dyingAfter(1, world, () => setQueue(world.deps, DEFAULT, { ...OPEN, maxRunning: 3 }));
    const reasons = async () => {
      const heads = await Promise.all(jobs.map((job) => job.head()));
      return heads.map((head) => ('waitReason' in head ? head.waitReason : head.status));
    };
    return { world, reasons };
  }

  it('has it done by the sweeper, and those behind it that fit', async () => {
    const { world, reasons } = await raised();
    expect(await reasons()).toEqual(['starting', 'slot', 'slot', 'slot']);
    world.surroundings.at += 5_000;
    expect(await sweep(world.deps)).toMatchObject({ repaired: 1, failed: 0 });
    expect(await reasons()).toEqual(['starting', 'starting', 'starting', 'slot']);
    expect(world.executions.recorded.started).toHaveLength(3);
    expect(await sweep(world.deps)).toMatchObject({ looked: 0, granted: 0 });
  });

  it('is counted, also where nobody could be told which job it was for', async () => {
    const { world, reasons } = await raised();
    // The job that was granted is not due yet; the line is.
    expect(await sweep(world.deps)).toMatchObject({ looked: 0, granted: 1, failed: 0 });
    expect(await reasons()).toEqual(['starting', 'slot', 'starting', 'slot']);
    world.surroundings.at += 5_000;
    await sweep(world.deps);
    expect(await reasons()).toEqual(['starting', 'starting', 'starting', 'slot']);
  });

  it('that cannot be granted now stays due, and keeps no other from it', async () => {
    const { world } = await raised();
    const commitLines = world.store.commitLines.bind(world.store);
    world.store.commitLines = async () => {
      throw new Error('throttled');
    };
    expect(await sweep(world.deps)).toMatchObject({ granted: 0, failed: 1 });
    expect(world.owed.at(-1)).toBe('grant slot default');
    world.store.commitLines = commitLines;
    expect(await sweep(world.deps)).toMatchObject({ granted: 1, failed: 0 });
  });
});

describe('a sweep that is cut off by its bound', () => {
  const LIMIT = 250;
  const NAME = 'dates#2';

  /** A shard of a lane in which there is always more than one run can look at. */
  function crowded(due: readonly DuePlace[]) {
    const world = recordingDeps();
    const asked: (DuePlace | undefined)[] = [];
    world.store.listDue = async (lane, shard, { after, limit }) => {
      if (`${lane}#${shard}` !== NAME) return [];
      asked.push(after);
      const from = after === undefined ? 0 : due.findIndex(({ id }) => id === after.id) + 1;
      return due.slice(from, from + limit);
    };
    return { world, asked };
  }

  const places = (count: number): readonly DuePlace[] =>
    Array.from({ length: count }, (_, index) => ({ at: RECEIVED, id: runId(index + 1) }));

  it('goes on behind the last one it came to, and from the start once the end is reached', async () => {
    const { world, asked } = crowded(places(2 * LIMIT + 10));
    expect(await sweep(world.deps)).toMatchObject({ looked: LIMIT });
    expect(await world.store.readSweepPlaces()).toEqual({ [NAME]: { at: RECEIVED, id: runId(LIMIT) } });
    expect(await sweep(world.deps)).toMatchObject({ looked: LIMIT });
    expect(await world.store.readSweepPlaces()).toEqual({ [NAME]: { at: RECEIVED, id: runId(2 * LIMIT) } });
    // Ten are left behind, and the rest of the run is for those at the start.
    expect(await sweep(world.deps)).toMatchObject({ looked: LIMIT });
    const ids = asked.map((place) => place?.id);
    expect(ids).toEqual([undefined, runId(LIMIT), runId(2 * LIMIT), undefined]);
  });

  it('forgets where it was once it has reached everything', async () => {
    const { world } = crowded(places(LIMIT - 1));
    await world.store.saveSweepPlaces({ [NAME]: { at: RECEIVED, id: runId(3) } });
    expect(await sweep(world.deps)).toMatchObject({ looked: LIMIT - 1 });
    expect(await world.store.readSweepPlaces()).toEqual({});
  });

  it('writes nothing where it was not', async () => {
    const { world } = crowded(places(3));
    world.store.saveSweepPlaces = async () => {
      throw new Error('there is nothing to be saved');
    };
    expect(await sweep(world.deps)).toMatchObject({ looked: 3 });
  });
});

describe('whatever a dead process leaves', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is done by sweeps: death after %i commits', async (commits) => {
    const world = recordingDeps();
    const locks = (...modes: readonly string[]) => ({
      locks: modes.map((mode, position) => ({ name: `l${position}`, mode })),
    });
    const holder = await StoredJob.submitted(OPS, world, locks('exclusive', 'exclusive'));
    const shared = [
      await StoredJob.submitted(OPS, world, locks('shared')),
      await StoredJob.submitted(OPS, world, locks('shared', 'exclusive')),
    ];
    const dependent = await StoredJob.submitted(OPS, world, {
      dependsOn: [{ job: holder.id, otherwise: 'run' }],
    });
    await dyingAfter(commits, world, () => cancelJob(world.deps, holder.id, CANCEL));
    for (let minute = 0; minute < 4; minute += 1) {
      world.surroundings.at += MINUTE;
      await Promise.all([sweep(world.deps), sweep(world.deps)]);
    }
    expect(await holder.head()).toMatchObject({ status: 'CANCELED_BEFORE_START', holds: [], owed: [] });
    for (const job of [...shared, dependent]) {
      expect(await job.head()).toMatchObject({ waitReason: 'starting' });
    }
    expect(world.executions.recorded.started).toHaveLength(4);
    const settlements = world.store.journal(holder.id).filter(({ to }) => to === 'CANCELED_BEFORE_START');
    expect(settlements).toHaveLength(1);
  });
});
