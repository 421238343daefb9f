import { describe, expect, it } from 'vitest';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { deleteJob } from '../../../core/usecases/delete-job.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { rescheduleJob } from '../../../core/usecases/reschedule-job.ts';
import { RECEIVED } from '../../support/job-run.ts';
import { dyingAfter, type RecordingDeps, recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const OPS = [{ name: 'one' }];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CANCEL = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
const LOCKED = { locks: [{ name: 'a' }, { name: 'b' }] };
const NOTHING = { repaired: [], looked: false, abended: false };
const iso = (moment: number) => new Date(moment).toISOString();

function look({ world, id }: StoredJob) {
  return lookAtJob(world.deps, id);
}

/** The last entries of the job's journal, as kinds and messages. */
function journal({ world, id }: StoredJob, count: number) {
  return world.store
    .journal(id)
    .slice(-count)
    .map(({ kind, message }) => `${kind}: ${message}`);
}

describe('a look at a job whose date has come', () => {
  it('starts it, and does nothing a moment before', async () => {
    const job = await StoredJob.submitted(OPS, recordingDeps(), { schedule: { at: iso(RECEIVED + HOUR) } });
    job.world.surroundings.at = RECEIVED + HOUR - 1;
    expect(await look(job)).toEqual(NOTHING);
    expect(await job.head()).toMatchObject({ status: 'SCHEDULED' });
    job.world.surroundings.at += 1;
    expect(await look(job)).toEqual(NOTHING);
    expect(await job.head()).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
    expect(job.world.executions.recorded.started).toHaveLength(1);
  });

  it('is harmless when it comes twice, or for a date that the job has no more', async () => {
    const job = await StoredJob.submitted(OPS, recordingDeps(), { schedule: { at: iso(RECEIVED + HOUR) } });
    await rescheduleJob(job.world.deps, job.id, { actor: 'ada', at: RECEIVED + 2 * HOUR });
    job.world.surroundings.at = RECEIVED + HOUR;
    await Promise.all([look(job), look(job)]);
    expect(await job.head()).toMatchObject({ status: 'SCHEDULED' });
    job.world.surroundings.at = RECEIVED + 2 * HOUR;
    await Promise.all([look(job), look(job)]);
    expect(job.world.executions.recorded.started).toHaveLength(1);
  });
});

describe('a look at a job whose window is over', () => {
  it.each([
    [{ schedule: { startWithin: 'PT1H' }, hold: true }, 'CREATED'],
    [{ approval: { approvers: ['user:grace'], window: 'PT1H' } }, 'WAITING_APPROVAL'],
  ])('expires it: %j', async (conditions, status) => {
    const job = await StoredJob.submitted(OPS, recordingDeps(), conditions);
    job.world.surroundings.at = RECEIVED + HOUR;
    await look(job);
    expect(await job.head()).toMatchObject({ status });
    job.world.surroundings.at += 1;
    await look(job);
    expect(await job.head()).toMatchObject({ status: 'EXPIRED' });
    expect(await job.head()).toMatchObject({ dueEntry: { lane: 'retention' } });
  });
});

describe('what a dead process left to be done, a look does and journals', () => {
  /** Two jobs: the second waits for what the first holds. */
  async function two(world: RecordingDeps = recordingDeps()) {
    const holder = await StoredJob.submitted(OPS, world, LOCKED);
    const waiter = await StoredJob.submitted(OPS, world, LOCKED);
    return { world, holder, waiter };
  }

  it('the advance of a waiter that was granted', async () => {
    const { world, holder, waiter } = await two();
    // The end is decided, and the first of two locks is handed over; then nothing more.
    await dyingAfter(2, world, () => cancelJob(world.deps, holder.id, CANCEL));
    expect(await waiter.head()).toMatchObject({
      status: 'WAITING_LOCK',
      holds: [{ need: 1 }],
      dueEntry: { lane: 'owed', at: RECEIVED + 5_000 },
    });
    world.surroundings.at += 5_000;
    expect(await look(waiter)).toMatchObject({ repaired: ['advance'] });
    expect(journal(waiter, 2)).toEqual([
      'repair: Did what was overdue: advance',
      'wait: Waits for lock b, one of 1 in line',
    ]);
    expect(await waiter.head()).toMatchObject({ status: 'WAITING_LOCK', owed: [], place: { need: 2 } });
  });

  it('the release of what an ending job holds, one semaphore after the other, to its end', async () => {
    const { world, holder, waiter } = await two();
    await dyingAfter(1, world, () => cancelJob(world.deps, holder.id, CANCEL));
    expect(await holder.head()).toMatchObject({ ending: { status: 'CANCELED_BEFORE_START' } });
    world.surroundings.at += MINUTE;
    expect(await look(holder)).toMatchObject({ repaired: ['release'] });
    expect(await holder.head()).toMatchObject({ status: 'CANCELED_BEFORE_START', holds: [], owed: [] });
    expect(await waiter.head()).toMatchObject({ waitReason: 'starting' });
    expect(journal(holder, 2)).toEqual([
      'repair: Did what was overdue: release',
      'status: Job ended as CANCELED_BEFORE_START',
    ]);
  });

  it('the release of what a job held that was ended by force', async () => {
    const { world, holder, waiter } = await two();
    await holder.perform(0);
    const force = { ...CANCEL, force: true };
    await dyingAfter(1, world, () => cancelJob(world.deps, holder.id, force));
    expect(await holder.head()).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', holds: [{}, {}] });
    world.surroundings.at += MINUTE;
    expect(await look(holder)).toMatchObject({ repaired: ['stop', 'release'] });
    expect(await holder.head()).toMatchObject({ holds: [], owed: [] });
    expect(await waiter.head()).toMatchObject({ waitReason: 'starting' });
    expect(world.executions.recorded.stopped).toHaveLength(1);
  });

  it('the release of what a deleted job held, before it is gone', async () => {
    const { world, holder, waiter } = await two();
    await holder.perform(0);
    const force = { ...CANCEL, force: true };
    await dyingAfter(1, world, () => cancelJob(world.deps, holder.id, force));
    await deleteJob(world.deps, holder.id, 'ada');
    expect(await world.store.readJob(holder.id)).toBeNull();
    world.surroundings.at += MINUTE;
    await look(waiter);
    expect(await waiter.head()).toMatchObject({ waitReason: 'starting' });
  });

  it('telling those who depend on a job that it has ended', async () => {
    const world = recordingDeps();
    const awaited = await StoredJob.submitted(OPS, world);
    const dependsOn = [{ job: awaited.id, otherwise: 'run' }];
    const dependent = await StoredJob.submitted(OPS, world, { dependsOn });
    await dyingAfter(1, world, () => cancelJob(world.deps, awaited.id, CANCEL));
    expect(await dependent.head()).toMatchObject({ status: 'WAITING_DEPENDENCY' });
    world.surroundings.at += MINUTE;
    expect(await look(awaited)).toMatchObject({ repaired: ['tell'] });
    expect(await dependent.head()).toMatchObject({ waitReason: 'starting' });
    expect(await awaited.head()).toMatchObject({ status: 'CANCELED_BEFORE_START', owed: [] });
    expect(journal(awaited, 1)).toEqual(['repair: Did what was overdue: tell']);
  });

  it('the schedules of its dates, and their removal', async () => {
    const world = recordingDeps();
    world.schedules.outage = new Error('throttled');
    const job = await StoredJob.submitted(OPS, world, { schedule: { at: iso(RECEIVED + HOUR) } });
    world.schedules.outage = null;
    world.surroundings.at += MINUTE;
    expect(await look(job)).toMatchObject({ repaired: ['schedule', 'schedule'] });
    expect(world.schedules.created).toHaveLength(2);
    expect(await job.head()).toMatchObject({ status: 'SCHEDULED', owed: [] });
    world.schedules.outage = new Error('throttled');
    await cancelJob(world.deps, job.id, CANCEL);
    world.schedules.outage = null;
    world.surroundings.at += MINUTE;
    expect(await look(job)).toMatchObject({ repaired: ['unschedule', 'unschedule'] });
    expect(world.schedules.removed).toEqual(world.schedules.created);
    expect(await job.head()).toMatchObject({ owed: [] });
    expect(await job.head()).toMatchObject({ dueEntry: { lane: 'retention' } });
  });
});
