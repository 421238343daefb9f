import { describe, expect, it } from 'vitest';
import type { CancelCommand } from '../../../core/job/cancel-job.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { changePriority } from '../../../core/usecases/change-priority.ts';
import { confirmJob } from '../../../core/usecases/confirm-job.ts';
import { decideApproval } from '../../../core/usecases/decide-approval.ts';
import { releaseLock } from '../../../core/usecases/release-lock.ts';
import { rescheduleJob } from '../../../core/usecases/reschedule-job.ts';
import { setQueue } from '../../../core/usecases/set-queue.ts';
import { setResource } from '../../../core/usecases/set-resource.ts';
import { sweep } from '../../../core/usecases/sweep.ts';
import { RECEIVED, RUN_ID } from '../../support/job-run.ts';
import { recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const OPS = [{ name: 'one' }];
const CANCEL: CancelCommand = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
const HOUR_MS = 3_600_000;
const LATER = new Date(RECEIVED + HOUR_MS).toISOString();
const DEFAULT = { project: 'web', name: 'default' };
const OPEN = { paused: false, draining: false };
const locked = (mode: 'exclusive' | 'shared') => ({ locks: [{ name: 'a', mode }] });

/** Jobs that were submitted one after the other under the same conditions. */
async function submitted(count: number, conditions: object, world = recordingDeps()) {
  const jobs: StoredJob[] = [];
  for (let job = 0; job < count; job += 1) jobs.push(await StoredJob.submitted(OPS, world, conditions));
  return jobs;
}

async function reasons(jobs: readonly StoredJob[]): Promise<readonly string[]> {
  const heads = await Promise.all(jobs.map((job) => job.head()));
  return heads.map((head) => ('waitReason' in head ? head.waitReason : head.status));
}

function first(jobs: readonly StoredJob[]): StoredJob {
  const [job] = jobs;
  if (job === undefined) throw new Error('none was submitted');
  return job;
}

describe('what follows from the end of a job', () => {
  it('is the start of who waits for its lock, in the same call', async () => {
    const jobs = await submitted(3, locked('exclusive'));
    const { world } = first(jobs);
    expect(await reasons(jobs)).toEqual(['starting', 'lock', 'lock']);
    await first(jobs).perform(0);
    await first(jobs).complete(0);
    await first(jobs).finish();
    expect(await reasons(jobs)).toEqual(['COMPLETED_OK', 'starting', 'lock']);
    expect(world.executions.recorded.started.map(({ jobId }) => jobId)).toEqual(
      jobs.slice(0, 2).map(({ id }) => id),
    );
    expect(world.owed).toEqual([]);
  });

  it('is the start of a whole group that shares the lock, one after the other', async () => {
    const world = recordingDeps();
    const [holder] = await submitted(1, locked('exclusive'), world);
    const sharing = await submitted(5, locked('shared'), world);
    const [last] = await submitted(1, locked('exclusive'), world);
    if (holder === undefined || last === undefined) throw new Error('none was submitted');
    await cancelJob(world.deps, holder.id, CANCEL);
    expect(await reasons(sharing)).toEqual(sharing.map(() => 'starting'));
    expect(await reasons([last])).toEqual(['lock']);
    const fences = (await Promise.all(sharing.map((job) => job.head()))).map(({ holds }) => holds[0]?.fence);
    expect(fences).toEqual([2, 3, 4, 5, 6]);
  });

  it('is that its dependents are told, however many there are', async () => {
    const world = recordingDeps();
    const [awaited] = await submitted(1, {}, world);
    if (awaited === undefined) throw new Error('none was submitted');
    const dependents = await submitted(30, { dependsOn: [{ job: awaited.id }] }, world);
    await awaited.perform(0);
    await awaited.complete(0);
    await awaited.finish();
    expect(await reasons(dependents)).toEqual(dependents.map(() => 'starting'));
    expect(await awaited.head()).toMatchObject({ status: 'COMPLETED_OK', owed: [] });
    expect(await world.store.listDependents(awaited.id, 1)).toEqual([]);
  });

  it('reaches jobs that wait for those that it ends', async () => {
    const world = recordingDeps();
    const [one] = await submitted(1, {}, world);
    if (one === undefined) throw new Error('none was submitted');
    const [two] = await submitted(1, { dependsOn: [{ job: one.id }] }, world);
    if (two === undefined) throw new Error('none was submitted');
    const [three] = await submitted(1, { dependsOn: [{ job: two.id, otherwise: 'cancel' }] }, world);
    if (three === undefined) throw new Error('none was submitted');
    await cancelJob(world.deps, one.id, CANCEL);
    expect(await reasons([one, two, three])).toEqual([
      'CANCELED_BEFORE_START',
      'FAILED_TO_START',
      'CANCELED_BEFORE_START',
    ]);
  });

  it('is answered as ended to who canceled it, though others had to be let go on first', async () => {
    const jobs = await submitted(2, locked('exclusive'));
    const canceled = await cancelJob(first(jobs).world.deps, first(jobs).id, CANCEL);
    expect(canceled).toMatchObject({ ok: true, job: { status: 'CANCELED_BEFORE_START', holds: [] } });
  });
});

describe('a limit that is raised', () => {
  it('lets in all that fit, in the same call', async () => {
    const world = recordingDeps();
    await setQueue(world.deps, DEFAULT, { ...OPEN, maxRunning: 1 });
    const jobs = await submitted(20, {}, world);
    await setQueue(world.deps, DEFAULT, { ...OPEN, maxRunning: 11 });
    expect((await reasons(jobs)).filter((reason) => reason === 'starting')).toHaveLength(11);
    expect(world.executions.recorded.started).toHaveLength(11);
    await setQueue(world.deps, DEFAULT, OPEN);
    expect(new Set(await reasons(jobs))).toEqual(new Set(['starting']));
  });

  it('leaves what takes too long to the sweeper, and nobody behind', async () => {
    const world = recordingDeps();
    await setResource(world.deps, { scope: 'web', name: 'transcoder' }, { capacity: 1, paused: false });
    const jobs = await submitted(8, { resources: [{ name: 'transcoder' }] }, world);
    const start = world.executions.recorded.start.bind(world.executions.recorded);
    world.executions.start = async (input) => {
      world.surroundings.at += 2_000;
      return start(input);
    };
    await setResource(world.deps, { scope: 'web', name: 'transcoder' }, { capacity: 9, paused: false });
    const started = (await reasons(jobs)).filter((reason) => reason === 'starting').length;
    expect(started).toBeGreaterThan(1);
    expect(started).toBeLessThan(8);
    for (let minute = 0; minute < 5; minute += 1) {
      world.surroundings.at += 60_000;
      await sweep(world.deps);
    }
    expect(new Set(await reasons(jobs))).toEqual(new Set(['starting']));
  });
});

describe('what cannot be done now', () => {
  it('stays owed, and keeps nothing else from being done', async () => {
    const jobs = await submitted(2, locked('exclusive'));
    const { world, id } = first(jobs);
    world.executions.outage = new Error('throttled');
    await cancelJob(world.deps, id, CANCEL);
    expect(await reasons(jobs)).toEqual(['CANCELED_BEFORE_START', 'starting']);
    expect(await jobs[1]?.head()).toMatchObject({ owed: [{ kind: 'start' }] });
    expect(world.owed).toEqual(['start']);
  });

  it('is told by what it was where a waiter could not be advanced', async () => {
    const jobs = await submitted(2, locked('exclusive'));
    const { world, id } = first(jobs);
    const commit = world.store.commit.bind(world.store);
    world.store.commit = async (change) => {
      if (change.transition === 'advance job') throw new Error('throttled');
      return commit(change);
    };
    await cancelJob(world.deps, id, CANCEL);
    expect(world.owed).toContain('advance');
    expect(await jobs[1]?.head()).toMatchObject({ holds: [{ need: 1 }], owed: [{ kind: 'advance' }] });
  });
});

describe('the schedules of a job', () => {
  it('are made for its date and its expiry, and owed no more', async () => {
    const [job] = await submitted(1, { schedule: { at: LATER } });
    if (job === undefined) throw new Error('none was submitted');
    const day = 24 * HOUR_MS;
    expect(job.world.schedules.created).toEqual([
      { jobId: job.id, at: RECEIVED + HOUR_MS },
      { jobId: job.id, at: RECEIVED + HOUR_MS + day },
    ]);
    expect(await job.head()).toMatchObject({
      owed: [],
      alarms: [RECEIVED + HOUR_MS, RECEIVED + HOUR_MS + day],
    });
  });

  it('stay owed where the scheduler cannot be reached, and are removed with the job’s wait', async () => {
    const world = recordingDeps();
    world.schedules.outage = new Error('throttled');
    const [job] = await submitted(1, { schedule: { at: LATER } }, world);
    if (job === undefined) throw new Error('none was submitted');
    expect((await job.head()).owed.map(({ kind }) => kind)).toEqual(['schedule', 'schedule']);
    expect(world.owed).toEqual(['schedule']);
    world.schedules.outage = null;
    await cancelJob(world.deps, job.id, CANCEL);
    expect(world.schedules.created).toEqual([]);
    expect(world.schedules.removed).toHaveLength(2);
    expect(await job.head()).toMatchObject({ status: 'CANCELED_BEFORE_START', owed: [] });
  });
});

describe('a command to a job that waits', () => {
  const said = { actor: 'bob' };

  it('answers the job as it is after all that followed', async () => {
    const world = recordingDeps();
    const [held] = await submitted(1, { hold: true }, world);
    const [asking] = await submitted(1, { approval: { approvers: ['user:grace'] } }, world);
    const [dated] = await submitted(1, { schedule: { at: LATER } }, world);
    if (held === undefined || asking === undefined || dated === undefined) throw new Error('not submitted');
    const starting = { ok: true, job: { status: 'QUEUED', waitReason: 'starting' } };
    expect(await confirmJob(world.deps, held.id, said)).toMatchObject(starting);
    const grace = { actor: 'grace', groups: [], mayApproveAll: false };
    expect(await decideApproval(world.deps, asking.id, 'approve', grace)).toMatchObject(starting);
    const now = { actor: 'bob', at: RECEIVED };
    expect(await rescheduleJob(world.deps, dated.id, now)).toMatchObject(starting);
    expect(world.executions.recorded.started).toHaveLength(3);
  });

  it('starts a rescheduled job that leaves its line and lines up anew', async () => {
    const jobs = await submitted(2, locked('exclusive'));
    const { world, id } = first(jobs);
    const [, waiter] = jobs;
    if (waiter === undefined) throw new Error('none was submitted');
    const moved = await rescheduleJob(world.deps, waiter.id, { actor: 'bob', at: RECEIVED });
    expect(moved).toMatchObject({ ok: true, job: { status: 'WAITING_LOCK', place: { need: 1 } } });
    await cancelJob(world.deps, id, CANCEL);
    expect(await reasons([waiter])).toEqual(['starting']);
  });

  it('rejects, and changes nothing where it is refused', async () => {
    const [job] = await submitted(1, { approval: { approvers: ['user:grace'] } });
    if (job === undefined) throw new Error('none was submitted');
    const { deps } = job.world;
    const eve = { actor: 'eve', groups: [], mayApproveAll: false };
    expect(await decideApproval(deps, job.id, 'reject', eve)).toMatchObject({
      ok: false,
      refusal: { code: 'NotAnApprover' },
    });
    expect(await job.head()).toMatchObject({ status: 'WAITING_APPROVAL', version: 1 });
    const grace = { ...eve, actor: 'grace' };
    expect(await decideApproval(deps, job.id, 'reject', grace)).toMatchObject({
      job: { status: 'REJECTED' },
    });
  });

  it('finds no job that is not there', async () => {
    const { deps } = recordingDeps();
    const refused = { ok: false, refusal: { code: 'JobNotFound' } };
    expect(await confirmJob(deps, RUN_ID, said)).toMatchObject(refused);
    expect(await rescheduleJob(deps, RUN_ID, { actor: 'bob', at: null })).toMatchObject(refused);
    expect(await changePriority(deps, RUN_ID, { actor: 'bob', priority: 1 })).toMatchObject(refused);
  });

  it('with another priority is first in line then', async () => {
    const jobs = await submitted(3, locked('exclusive'));
    const { world, id } = first(jobs);
    const [, second, third] = jobs;
    if (second === undefined || third === undefined) throw new Error('none was submitted');
    const command = { actor: 'bob', priority: -1 };
    expect(await changePriority(world.deps, third.id, command)).toMatchObject({
      answer: { message: `Priorities of pending opcodes for job ${third.id} have been changed to -1` },
    });
    await cancelJob(world.deps, id, CANCEL);
    expect(await reasons([second, third])).toEqual(['lock', 'starting']);
  });
});

describe('a lock that is released by force', () => {
  it('is the next one’s at once', async () => {
    const jobs = await submitted(2, locked('exclusive'));
    const { world, id } = first(jobs);
    const lock = { scope: 'web', name: 'a' };
    const command = { actor: 'root', reason: 'it hangs' };
    expect(await releaseLock(world.deps, lock, id, command)).toEqual({ ok: true });
    expect(await reasons(jobs)).toEqual(['starting', 'starting']);
    expect(await releaseLock(world.deps, lock, id, command)).toMatchObject({
      ok: false,
      refusal: { code: 'LockNotHeld' },
    });
  });
});
