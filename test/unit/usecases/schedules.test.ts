import { beforeEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Job } from '../../../core/job/job.ts';
import {
  GRACE_MS,
  type Run,
  type Schedule,
  type ScheduleId,
  scheduleSettingsSchema,
} from '../../../core/schedule/schedule.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { deleteJob } from '../../../core/usecases/delete-job.ts';
import { fireSchedule, runScheduleNow } from '../../../core/usecases/run-schedule.ts';
import { setQueue } from '../../../core/usecases/set-queue.ts';
import { createSchedule, editSchedule, removeSchedule } from '../../../core/usecases/set-schedule.ts';
import { sweepSchedules } from '../../../core/usecases/sweep-schedules.ts';
import { RECEIVED, specOf } from '../../support/job-run.ts';
import { recordingScheduleDeps } from './schedule-deps.ts';

const MINUTE_MS = 60_000;
const ADA = { user: 'ada', groups: ['web:operator'] };
const {
  project: _project,
  schedule: _schedule,
  hold: _hold,
  dependsOn: _dependsOn,
  ...JOB
} = specOf([{ name: 'one' }]);

/** The clock stands at half past nine; the schedule runs every ten minutes. */
const at = (minutes: number) => RECEIVED + minutes * MINUTE_MS;

const settingsOf = (parts: object = {}) =>
  scheduleSettingsSchema.parse({ name: 'nightly', expression: 'cron(0/10 * * * ? *)', job: JOB, ...parts });

let world: ReturnType<typeof recordingScheduleDeps>;

beforeEach(() => {
  world = recordingScheduleDeps();
});

async function made(parts: object = {}): Promise<ScheduleId> {
  const created = await createSchedule(world.deps, 'web', settingsOf(parts), ADA);
  if (!created.ok) throw new Error(created.refusal.detail);
  return created.schedule.id;
}

async function head(id: ScheduleId): Promise<Schedule> {
  const schedule = await world.scheduleStore.readSchedule(id);
  if (schedule === null) throw new Error('the schedule is gone');
  return schedule;
}

async function edited(id: ScheduleId, parts: object, by = ADA) {
  return editSchedule(world.deps, await head(id), settingsOf(parts), by);
}

/** The Scheduler fires at these minutes, as it was told last. */
async function fires(id: ScheduleId, minutes: number, late = 0): Promise<Run | null> {
  world.surroundings.at = at(minutes) + late;
  const version = world.recurring.known.get(id)?.version ?? 1;
  return fireSchedule(world.deps, id, { at: at(minutes), version });
}

async function end(id: JobId): Promise<void> {
  await cancelJob(world.deps, id, { actor: 'ada', onlyIfQueued: false, force: true, rollback: false });
}

const jobs = (): readonly Job[] => world.store.heads();
const outcomes = async (id: ScheduleId) =>
  (await world.scheduleStore.readRuns(id, 100)).map(({ outcome }) => outcome).reverse();

describe('a schedule that fires', () => {
  it('makes the job that it has, of its owner, and says so in the first journal entry', async () => {
    const id = await made();
    const run = await fires(id, 10, 20_000);
    const [job] = jobs();
    expect(job).toMatchObject({
      id: run?.jobId,
      project: 'web',
      origin: 'schedule',
      owner: 'ada',
      ownerGroups: ['web:operator'],
      status: 'QUEUED',
    });
    expect(world.store.journal(jobs()[0]?.id ?? run?.jobId ?? never())[0]?.message).toContain(
      `submitted by schedule nightly (${id}), for its run of 2026-11-23T09:40:00.000Z`,
    );
    expect(await head(id)).toMatchObject({
      nextRunAt: at(20),
      lastJob: job?.id,
      lastRun: { at: at(10), outcome: 'started', jobId: job?.id },
      owed: [],
      version: 1,
    });
  });

  it('makes one job when it fires twice, whatever seconds the two name', async () => {
    const id = await made();
    await fires(id, 10);
    world.surroundings.at = at(10) + 30_000;
    expect(await fireSchedule(world.deps, id, { at: at(10) + 17_000, version: 1 })).toBeNull();
    expect(jobs()).toHaveLength(1);
    expect(await outcomes(id)).toEqual(['started']);
  });

  it('makes one job when it fires twice at the same time', async () => {
    const id = await made();
    world.surroundings.at = at(10);
    const firing = { at: at(10), version: 1 };
    const runs = await Promise.all([1, 2, 3].map(() => fireSchedule(world.deps, id, firing)));
    expect(runs.filter((run) => run !== null)).toHaveLength(1);
    expect(jobs()).toHaveLength(1);
  });

  it('makes the job that it has decided when it dies in between, by the next firing or the sweeper', async () => {
    for (const repair of ['firing', 'sweep'] as const) {
      const id = await made({ overlap: 'queue' });
      const before = jobs().length;
      const commit = world.store.commit.bind(world.store);
      world.store.commit = async () => {
        throw new Error('the process is dead');
      };
      await fires(id, 10);
      world.store.commit = commit;
      expect(jobs()).toHaveLength(before);
      const owed = (await head(id)).owed[0];
      expect(owed).toMatchObject({ kind: 'submit', at: at(10) });
      if (repair === 'firing') await fires(id, 10, 1_000);
      else {
        world.surroundings.at = at(11);
        await sweepSchedules(world.deps);
      }
      expect(await head(id)).toMatchObject({ owed: [], lastJob: owed?.kind === 'submit' && owed.jobId });
      expect(jobs()).toHaveLength(before + 1);
      expect(await outcomes(id)).toEqual(['started']);
      world.surroundings.at = RECEIVED;
    }
  });

  it('finds the job that was stored before its process died', async () => {
    const id = await made();
    const commit = world.scheduleStore.commitSchedule.bind(world.scheduleStore);
    world.scheduleStore.commitSchedule = async (change) => {
      if (change.transition === 'settle run') throw new Error('the process is dead');
      return commit(change);
    };
    await fires(id, 10);
    world.scheduleStore.commitSchedule = commit;
    expect(jobs()).toHaveLength(1);
    world.surroundings.at = at(12);
    expect(await sweepSchedules(world.deps)).toMatchObject({ looked: 1, failed: 0 });
    expect(jobs()).toHaveLength(1);
    expect(await head(id)).toMatchObject({ owed: [], lastJob: jobs()[0]?.id });
  });

  it('says why its job was refused, and goes on with the next run', async () => {
    await setQueue(world.deps, { project: 'web', name: 'slow' }, { paused: false, draining: false });
    const id = await made({ job: { ...JOB, queue: 'slow' } });
    await setQueue(world.deps, { project: 'web', name: 'slow' }, { paused: false, draining: true });
    await fires(id, 10);
    expect(jobs()).toHaveLength(0);
    const [run] = await world.scheduleStore.readRuns(id, 1);
    expect(run).toMatchObject({
      outcome: 'refused',
      message: expect.stringMatching(/^QueueDraining: Queue slow/),
    });
    expect(run).not.toHaveProperty('jobId');
    expect(await head(id)).toMatchObject({ owed: [], lastRun: { outcome: 'refused' } });
    expect(await head(id)).not.toHaveProperty('lastJob');
    await setQueue(world.deps, { project: 'web', name: 'slow' }, { paused: false, draining: false });
    expect((await fires(id, 20))?.outcome).toBe('started');
  });
});

describe('a firing that is no longer meant', () => {
  it('of the time before an edit makes no job, and the new time does', async () => {
    const id = await made();
    await edited(id, { expression: 'cron(5/10 * * * ? *)' });
    world.surroundings.at = at(10);
    expect(await fireSchedule(world.deps, id, { at: at(10), version: 1 })).toBeNull();
    expect(jobs()).toHaveLength(0);
    expect((await fires(id, 15))?.outcome).toBe('started');
  });

  it('makes its job where the edit left the time alone', async () => {
    const id = await made();
    await edited(id, { name: 'renamed' });
    world.surroundings.at = at(10);
    expect(await fireSchedule(world.deps, id, { at: at(10), version: 1 })).toMatchObject({
      outcome: 'started',
    });
  });

  it('of a disabled schedule makes no job, and of one enabled again it does', async () => {
    const id = await made();
    await edited(id, { enabled: false });
    expect(world.recurring.known.get(id)).toMatchObject({ enabled: false });
    expect(await head(id)).not.toHaveProperty('nextRunAt');
    world.surroundings.at = at(10);
    expect(await fireSchedule(world.deps, id, { at: at(10), version: 1 })).toBeNull();
    await edited(id, { enabled: true });
    expect((await fires(id, 20))?.outcome).toBe('started');
    expect(jobs()).toHaveLength(1);
  });

  it('has the Scheduler told again, since somebody slow has told it something old', async () => {
    const id = await made();
    await edited(id, { expression: 'cron(5/10 * * * ? *)' });
    await world.recurring.put({
      id,
      version: 1,
      expression: 'cron(0/10 * * * ? *)',
      timezone: 'UTC',
      enabled: true,
    });
    await fires(id, 10);
    expect(world.recurring.known.get(id)).toMatchObject({ version: 2, expression: 'cron(5/10 * * * ? *)' });
  });

  it('of a removed schedule makes no job and is the last one', async () => {
    const id = await made();
    await removeSchedule(world.deps, id);
    expect(world.recurring.known.has(id)).toBe(false);
    expect(world.scheduleStore.heads()).toEqual([]);
    await world.recurring.put({
      id,
      version: 1,
      expression: 'rate(1 minute)',
      timezone: 'UTC',
      enabled: true,
    });
    expect(await fires(id, 10)).toBeNull();
    expect(world.recurring.known.has(id)).toBe(false);
    expect(jobs()).toHaveLength(0);
  });

  it('that comes too late is missed, and told of once', async () => {
    const id = await made();
    expect(await fires(id, 10, GRACE_MS + 1)).toMatchObject({ outcome: 'missed' });
    expect(await fires(id, 10, GRACE_MS + 2)).toBeNull();
    expect(jobs()).toHaveLength(0);
    expect(await fires(id, 20, GRACE_MS)).toMatchObject({ outcome: 'started' });
    expect(await outcomes(id)).toEqual(['missed', 'started']);
  });
});

describe('a run that overlaps the one before', () => {
  it('is skipped, until that has settled', async () => {
    const id = await made();
    const first = (await fires(id, 10))?.jobId;
    const skipped = await fires(id, 20);
    expect(skipped).toMatchObject({ outcome: 'skipped', message: expect.stringContaining(`job ${first}`) });
    await end(first ?? never());
    expect(await fires(id, 30)).toMatchObject({ outcome: 'started' });
    expect(await outcomes(id)).toEqual(['started', 'skipped', 'started']);
  });

  it('waits for it, however it ends', async () => {
    const id = await made({ overlap: 'queue' });
    const first = (await fires(id, 10))?.jobId ?? never();
    const second = (await fires(id, 20))?.jobId ?? never();
    expect(await world.store.readJob(second)).toMatchObject({ status: 'WAITING_DEPENDENCY' });
    const third = (await fires(id, 30))?.jobId ?? never();
    await end(first);
    expect(await world.store.readJob(second)).toMatchObject({ status: 'QUEUED' });
    expect(await world.store.readJob(third)).toMatchObject({ status: 'WAITING_DEPENDENCY' });
    await end(second);
    expect(await world.store.readJob(third)).toMatchObject({ status: 'QUEUED' });
  });

  it('takes its place, and never runs beside it', async () => {
    const id = await made({ overlap: 'cancelOld' });
    const first = (await fires(id, 10))?.jobId ?? never();
    const second = (await fires(id, 20))?.jobId ?? never();
    const old = await world.store.readJob(first);
    expect(old).toMatchObject({
      status: 'CANCELED_BEFORE_START',
      cancel: { actor: 'ada', reason: `the next run of schedule nightly (${id})` },
    });
    expect(await world.store.readJob(second)).toMatchObject({ status: 'QUEUED' });
  });

  it('starts when the job before was deleted meanwhile', async () => {
    const id = await made({ overlap: 'queue' });
    const first = (await fires(id, 10))?.jobId ?? never();
    await end(first);
    await deleteJob(world.deps, first, 'ada');
    expect(await fires(id, 20)).toMatchObject({ outcome: 'started' });
    expect(jobs()).toMatchObject([{ status: 'QUEUED' }]);
  });
});

describe('a run that somebody wants now', () => {
  it('makes a job beside the rhythm of the schedule, also while that is disabled', async () => {
    const id = await made({ overlap: 'queue' });
    await edited(id, { enabled: false, overlap: 'queue' });
    const ran = await runScheduleNow(world.deps, id, 'bob');
    expect(ran).toMatchObject({ ok: true, job: { owner: 'ada', origin: 'schedule' } });
    const [entry] = ran.ok ? world.store.journal(ran.job.id) : [];
    expect(entry?.message).toContain('wanted now by bob');
    expect(await world.scheduleStore.readRuns(id, 1)).toMatchObject([
      { trigger: 'user', outcome: 'started' },
    ]);
  });

  it('leaves the run that is due at the same moment alone', async () => {
    const id = await made({ overlap: 'queue' });
    world.surroundings.at = at(10);
    await runScheduleNow(world.deps, id, 'bob');
    expect(await fires(id, 10)).toMatchObject({ outcome: 'started' });
    expect(jobs()).toHaveLength(2);
    expect((await head(id)).nextRunAt).toBe(at(20));
  });

  it('is refused while the last job lives, where overlaps are skipped, and nothing is recorded', async () => {
    const id = await made();
    const first = (await fires(id, 10))?.jobId;
    expect(await runScheduleNow(world.deps, id, 'bob')).toMatchObject({
      ok: false,
      refusal: { code: 'ScheduleRunning', detail: expect.stringContaining(`Job ${first}`) },
    });
    expect(await outcomes(id)).toEqual(['started']);
  });

  it('tells whoever wants it why its job was refused', async () => {
    await setQueue(world.deps, { project: 'web', name: 'slow' }, { paused: false, draining: false });
    const id = await made({ job: { ...JOB, queue: 'slow' } });
    await setQueue(world.deps, { project: 'web', name: 'slow' }, { paused: false, draining: true });
    expect(await runScheduleNow(world.deps, id, 'bob')).toMatchObject({ refusal: { code: 'QueueDraining' } });
    expect(await outcomes(id)).toEqual(['refused']);
  });
});

describe('runs that do not come', () => {
  it('are missed in one entry that says how many, and the next one runs', async () => {
    const id = await made();
    world.surroundings.at = at(45);
    expect(await sweepSchedules(world.deps)).toMatchObject({ missed: 1 });
    const [run] = await world.scheduleStore.readRuns(id, 10);
    expect(run).toMatchObject({
      at: at(10),
      outcome: 'missed',
      message: '3 runs from 2026-11-23T09:40:00.000Z to 2026-11-23T10:00:00.000Z did not come',
    });
    expect((await head(id)).nextRunAt).toBe(at(40));
    expect(await sweepSchedules(world.deps)).toMatchObject({ missed: 0 });
    expect(await fires(id, 40, GRACE_MS)).toMatchObject({ outcome: 'started' });
    expect(jobs()).toHaveLength(1);
  });

  it('are not missed before the grace is over, and not when they came in another order', async () => {
    const id = await made({ overlap: 'queue', expression: 'rate(1 minute)' });
    await fires(id, 2);
    world.surroundings.at = at(1) + GRACE_MS;
    expect(await sweepSchedules(world.deps)).toMatchObject({ missed: 0 });
    expect(await fires(id, 1, GRACE_MS)).toMatchObject({ outcome: 'started' });
    expect(await head(id)).toMatchObject({ nextRunAt: at(3), ahead: [] });
  });

  it('leave those that came in between out of the count', async () => {
    const id = await made({ overlap: 'queue', expression: 'rate(1 minute)' });
    await fires(id, 2);
    world.surroundings.at = at(4) + GRACE_MS;
    await sweepSchedules(world.deps);
    const runs = await world.scheduleStore.readRuns(id, 10);
    expect(runs).toMatchObject([
      { at: at(2), outcome: 'started' },
      { at: at(1), outcome: 'missed', message: expect.stringMatching(/^2 runs/) },
    ]);
    expect((await head(id)).nextRunAt).toBe(at(4));
  });

  it('have the Scheduler told of the schedule again, since it may have lost it', async () => {
    const id = await made();
    world.recurring.known.clear();
    world.surroundings.at = at(16);
    await sweepSchedules(world.deps);
    expect(world.recurring.known.get(id)).toMatchObject({ version: 1, enabled: true });
  });

  it('leave a run alone whose firing came just before an edit, on a clock that is ahead', async () => {
    const id = await made();
    const firing = { at: at(10), version: 1 };
    world.surroundings.at = at(10) - 100;
    expect(await fireSchedule(world.deps, id, firing)).toMatchObject({ outcome: 'started' });
    await edited(id, { enabled: false });
    await edited(id, { enabled: true });
    expect((await head(id)).nextRunAt).toBe(at(10));
    world.surroundings.at = at(16);
    expect(await sweepSchedules(world.deps)).toEqual({ looked: 1, missed: 0, failed: 0 });
    expect(await head(id)).toMatchObject({ nextRunAt: at(20), owed: [] });
    expect(await outcomes(id)).toEqual(['started']);
  });

  it('of a thousand and more are told of one part after the other', async () => {
    const id = await made({ expression: 'rate(1 minute)' });
    world.surroundings.at = at(1_500) + GRACE_MS;
    await sweepSchedules(world.deps);
    await sweepSchedules(world.deps);
    const runs = await world.scheduleStore.readRuns(id, 10);
    expect(runs.map(({ message }) => message.split(' ')[0])).toEqual(['499', '1000']);
    expect((await head(id)).nextRunAt).toBe(at(1_500));
  });

  it('of a disabled schedule are none', async () => {
    const id = await made();
    await edited(id, { enabled: false });
    world.surroundings.at = at(1_000);
    expect(await sweepSchedules(world.deps)).toMatchObject({ looked: 0 });
    expect(await outcomes(id)).toEqual([]);
  });
});

describe('the Scheduler', () => {
  it('is told by the sweeper where nobody could at once', async () => {
    world.recurring.outage = new Error('throttled');
    const id = await made();
    expect((await head(id)).owed).toMatchObject([{ kind: 'tell' }]);
    expect(await sweepSchedules(world.deps)).toMatchObject({ looked: 0 });
    world.surroundings.at = at(1);
    expect(await sweepSchedules(world.deps)).toMatchObject({ looked: 1, failed: 1 });
    world.recurring.outage = null;
    expect(await sweepSchedules(world.deps)).toMatchObject({ looked: 1, failed: 0 });
    expect(world.recurring.known.has(id)).toBe(true);
    expect((await head(id)).owed).toEqual([]);
  });

  it('forgets a removed schedule by the sweeper, which then drops its head', async () => {
    const id = await made();
    world.recurring.outage = new Error('throttled');
    await removeSchedule(world.deps, id);
    expect(await head(id)).toMatchObject({ removed: true });
    expect(await world.scheduleStore.listSchedules('web', { limit: 10 })).toEqual({ schedules: [] });
    world.recurring.outage = null;
    world.surroundings.at = at(1);
    await sweepSchedules(world.deps);
    expect(world.scheduleStore.heads()).toEqual([]);
  });

  it('knows at last what the store says, when an edit comes while it is told of another', async () => {
    const id = await made();
    let nested = false;
    world.recurring.before = async () => {
      if (nested) return;
      nested = true;
      await edited(id, { expression: 'cron(7 * * * ? *)' });
      expect(world.recurring.known.get(id)?.version).toBe(3);
    };
    await edited(id, { expression: 'cron(3 * * * ? *)' });
    expect(world.recurring.known.get(id)).toMatchObject({ version: 3, expression: 'cron(7 * * * ? *)' });
  });

  it('counts a rate from a run that is still to come', async () => {
    const id = await made({ expression: 'rate(5 minutes)' });
    expect(world.recurring.known.get(id)?.startsAt).toBe(at(5));
    world.surroundings.at = at(7);
    await edited(id, { expression: 'rate(5 minutes)', name: 'renamed' });
    expect(world.recurring.known.get(id)?.startsAt).toBe(at(10));
    await edited(id, { expression: 'rate(10 minutes)' });
    expect(world.recurring.known.get(id)?.startsAt).toBe(at(17));
  });

  it('drops the head of a removed schedule only once its last job is submitted', async () => {
    const id = await made();
    const commit = world.store.commit.bind(world.store);
    world.store.commit = async () => {
      throw new Error('throttled');
    };
    await fires(id, 10);
    await removeSchedule(world.deps, id);
    expect(await head(id)).toMatchObject({ removed: true, owed: [{ kind: 'submit' }, { kind: 'tell' }] });
    world.store.commit = commit;
    world.surroundings.at = at(12);
    await sweepSchedules(world.deps);
    expect(jobs()).toHaveLength(1);
    expect(world.scheduleStore.heads()).toEqual([]);
  });
});

describe('an edit', () => {
  it('makes the jobs the editor’s, and is refused when somebody was faster', async () => {
    const id = await made();
    await edited(id, { overlap: 'queue' }, { user: 'bob', groups: ['web:admin'] });
    expect(await fires(id, 10)).toMatchObject({ outcome: 'started' });
    expect(jobs()).toMatchObject([{ owner: 'bob', ownerGroups: ['web:admin'] }]);
    const stale = await editSchedule(world.deps, await head(id), settingsOf(), { ...ADA, readAt: 1 });
    expect(stale).toMatchObject({
      refusal: { code: 'ScheduleChanged', detail: expect.stringContaining('by bob') },
    });
    const fresh = await editSchedule(world.deps, await head(id), settingsOf(), { ...ADA, readAt: 2 });
    expect(fresh).toMatchObject({ ok: true, schedule: { version: 3 } });
  });

  it('is not made stale by a run', async () => {
    const id = await made();
    await fires(id, 10);
    const result = await editSchedule(world.deps, await head(id), settingsOf(), { ...ADA, readAt: 1 });
    expect(result.ok).toBe(true);
  });

  it('may disable a schedule whose times are over, and not enable it again', async () => {
    const id = await made({ expression: 'cron(40 9 23 11 ? 2026)' });
    expect(await fires(id, 10)).toMatchObject({ outcome: 'started' });
    expect(await head(id)).not.toHaveProperty('nextRunAt');
    const settings = { expression: 'cron(40 9 23 11 ? 2026)' };
    expect((await edited(id, { ...settings, name: 'renamed' })).ok).toBe(true);
    expect((await edited(id, { ...settings, enabled: false })).ok).toBe(true);
    expect(await edited(id, settings)).toMatchObject({
      refusal: { code: 'InvalidScheduleExpression', detail: 'expression: has no time to come' },
    });
    world.surroundings.at = at(1_000);
    expect(await sweepSchedules(world.deps)).toMatchObject({ looked: 0 });
  });

  it('of a schedule that was removed meanwhile finds none', async () => {
    const id = await made();
    const schedule = await head(id);
    await removeSchedule(world.deps, id);
    expect(await editSchedule(world.deps, schedule, settingsOf(), ADA)).toMatchObject({
      refusal: { code: 'ScheduleNotFound' },
    });
  });
});

function never(): never {
  throw new Error('there should be a job');
}
