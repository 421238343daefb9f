import { describe, expect, it } from 'vitest';
import type { Instant } from '../../core/job/instant.ts';
import { DUE_SHARDS } from '../../core/ports/job-store.ts';
import type { ScheduleStore } from '../../core/ports/schedule-store.ts';
import { decideFiring, settleRefused } from '../../core/schedule/decide-run.ts';
import {
  GRACE_MS,
  type Run,
  type Schedule,
  type ScheduleChange,
  type ScheduleId,
  scheduleIdSchema,
  scheduleSettingsSchema,
} from '../../core/schedule/schedule.ts';
import { editSchedule, makeSchedule, removeSchedule } from '../../core/schedule/set-schedule.ts';
import { jobId, plainSpec, RECEIVED_AT } from './job-steps.ts';

const ADA = { user: 'ada', groups: ['web:operator'] };
const MINUTE_MS = 60_000;
const { project: _project, schedule: _schedule, hold: _hold, dependsOn: _dependsOn, ...JOB } = plainSpec();

const scheduleId = (n: number): ScheduleId => scheduleIdSchema.parse(jobId(n));

/** Minutes after the schedules of these tests were made. */
const at = (minutes: number): Instant => RECEIVED_AT + minutes * MINUTE_MS;

/** An input as callers make them up: nested, with what DynamoDB has no numbers for. */
const INPUT = { deep: [[{ of: { all: [1e300, '', null, '\uD83D'] } }]] };

const settings = scheduleSettingsSchema.parse({
  name: 'nightly',
  expression: 'rate(1 minute)',
  job: { ...JOB, ops: [{ name: 'one', action: 'log', input: INPUT }] },
});

/** What every schedule store does, whatever it stores schedules in. */
export function describeScheduleStore(name: string, open: () => Promise<ScheduleStore>): void {
  describe(`${name} as a schedule store`, () => {
    it('reads what was committed, and nothing of what was not', async () => {
      const store = await open();
      const schedule = await made(store, 1);
      expect(await store.readSchedule(schedule.id)).toEqual(schedule);
      expect(await store.readSchedule(scheduleId(2))).toBeNull();
      expect(await store.readRuns(schedule.id, 10)).toEqual([]);
      expect(await store.readRun(schedule.id, { at: at(1), trigger: 'time' })).toBeNull();
    });

    it('makes a schedule once, and changes it only as it was decided on', async () => {
      const store = await open();
      const schedule = await made(store, 1);
      expect(await store.commitSchedule(making(1))).toBe(false);
      const edit = editing(schedule, 'renamed');
      expect(await store.commitSchedule(edit)).toBe(true);
      expect(await store.commitSchedule(editing(schedule, 'too late'))).toBe(false);
      expect(await store.readSchedule(schedule.id)).toEqual(edit.schedule);
    });

    it('records a run with its schedule, or neither', async () => {
      const store = await open();
      const schedule = await made(store, 1);
      const change = firing(schedule, 1);
      expect(await store.commitSchedule(change)).toBe(true);
      expect(await store.readRun(schedule.id, { at: at(1), trigger: 'time' })).toEqual(change.run?.run);
      expect(await store.readRun(schedule.id, { at: at(1), trigger: 'user' })).toBeNull();
      // The same run, decided on the head as it is now.
      const again: ScheduleChange = { ...firing(schedule, 1), before: change.schedule.ver };
      expect(await store.commitSchedule(again)).toBe(false);
      expect(await store.readSchedule(schedule.id)).toEqual(change.schedule);
      // Another run, decided on the head as it was.
      expect(await store.commitSchedule(firing(schedule, 2))).toBe(false);
      expect(await store.readRuns(schedule.id, 10)).toHaveLength(1);
    });

    it('lets one of many decide a run', async () => {
      const store = await open();
      const schedule = await made(store, 1);
      const answers = await Promise.all(
        [1, 2, 3, 4, 5].map((n) => store.commitSchedule(firing(schedule, 1, n))),
      );
      expect(answers.filter((isDone) => isDone)).toHaveLength(1);
    });

    it('replaces a run that started by one that was refused, and no other', async () => {
      const store = await open();
      const started = firing(await made(store, 1), 1);
      await committed(store, started);
      const settled = refusing(started);
      expect(await store.commitSchedule(settled)).toBe(true);
      expect(await store.readRuns(settled.schedule.id, 10)).toMatchObject([{ outcome: 'refused' }]);
      expect(await store.commitSchedule({ ...settled, before: settled.schedule.ver })).toBe(false);
    });

    it('reads runs latest first, at most as many as asked', async () => {
      const store = await open();
      let { schedule } = await committed(store, making(1));
      for (const minutes of [2, 1, 3]) ({ schedule } = await committed(store, firing(schedule, minutes)));
      const runs = await store.readRuns(schedule.id, 10);
      expect(runs.map((run) => run.at)).toEqual([at(3), at(2), at(1)]);
      expect(await store.readRuns(schedule.id, 2)).toEqual(runs.slice(0, 2));
      expect(await store.readRuns(schedule.id, 0)).toEqual([]);
    });

    it('lists the schedules of a project page by page, oldest first, without removed ones', async () => {
      const store = await open();
      for (const n of [3, 1, 4, 2, 5]) await made(store, n);
      await made(store, 6, 'media');
      const third = await store.readSchedule(scheduleId(3));
      if (third !== null) await committed(store, removeSchedule(third, RECEIVED_AT));
      const first = await store.listSchedules('web', { limit: 2 });
      expect(first.schedules.map(({ id }) => id)).toEqual([scheduleId(1), scheduleId(2)]);
      expect(first.next).toBe(scheduleId(2));
      const second = await store.listSchedules('web', { limit: 2, after: scheduleId(2) });
      expect(second.schedules.map(({ id }) => id)).toEqual([scheduleId(4), scheduleId(5)]);
      expect(second.next).toBeUndefined();
      expect(await store.listSchedules('nobody', { limit: 2 })).toEqual({ schedules: [] });
    });

    it('counts the schedules of a project up to a limit, without removed ones', async () => {
      const store = await open();
      for (const n of [1, 2, 3]) await made(store, n);
      await made(store, 4, 'media');
      await committed(store, removeSchedule(await made(store, 5), RECEIVED_AT));
      expect(await store.countSchedules('web', 10)).toBe(3);
      expect(await store.countSchedules('web', 2)).toBe(2);
      expect(await store.countSchedules('nobody', 10)).toBe(0);
    });

    it('finds a schedule when it owes something or its run has not come, in one shard', async () => {
      const store = await open();
      const schedule = await made(store, 1);
      const [owed] = schedule.owed;
      expect(await due(store, (owed?.by ?? 0) - 1)).toEqual([]);
      expect(await due(store, owed?.by ?? 0)).toEqual([schedule.id]);
      const paid = await committed(store, {
        ...editing(schedule, 'paid'),
        schedule: { ...schedule, ver: 2, owed: [] },
      });
      expect(await due(store, at(1) + GRACE_MS)).toEqual([]);
      expect(await due(store, at(1) + GRACE_MS + 1)).toEqual([schedule.id]);
      const { nextRunAt: _next, ...still } = paid.schedule;
      await committed(store, { ...paid, before: 2, schedule: { ...still, enabled: false, ver: 3 } });
      expect(await due(store, at(10_000))).toEqual([]);
    });

    it('drops the head of a schedule as it was decided on, and keeps its runs', async () => {
      const store = await open();
      const { schedule } = await committed(store, firing(await made(store, 1), 1));
      const drop: ScheduleChange = { transition: 'drop schedule', before: schedule.ver, schedule };
      expect(await store.commitSchedule({ ...drop, before: schedule.ver - 1 })).toBe(false);
      expect(await store.commitSchedule(drop)).toBe(true);
      expect(await store.commitSchedule(drop)).toBe(false);
      expect(await store.readSchedule(schedule.id)).toBeNull();
      expect(await store.readRuns(schedule.id, 10)).toHaveLength(1);
      expect(await due(store, at(10_000))).toEqual([]);
    });
  });
}

function making(n: number, project = 'web'): ScheduleChange {
  const decided = makeSchedule(scheduleId(n), project, settings, ADA, RECEIVED_AT);
  if (!decided.ok) throw new Error(decided.refusal.detail);
  return decided.change;
}

function editing(schedule: Schedule, name: string): ScheduleChange {
  const decided = editSchedule(schedule, { ...settings, name }, ADA, undefined, RECEIVED_AT);
  if (!decided.ok) throw new Error(decided.refusal.detail);
  return decided.change;
}

function firing(schedule: Schedule, minutes: number, n = 1): ScheduleChange {
  const facts = { now: at(minutes), jobId: jobId(100 * minutes + n), running: null, recorded: null };
  const change = decideFiring(schedule, { at: at(minutes), version: schedule.version }, facts);
  if (change === null) throw new Error('the run is decided');
  return change;
}

function refusing({ schedule }: ScheduleChange): ScheduleChange & { readonly run?: { readonly run: Run } } {
  const owed = schedule.owed.find((each) => each.kind === 'submit');
  if (owed?.kind !== 'submit') throw new Error('a run that starts owes its submission');
  return settleRefused(schedule, owed, { code: 'QueueDraining', detail: 'not now' }, at(1));
}

async function made(store: ScheduleStore, n: number, project?: string): Promise<Schedule> {
  return (await committed(store, making(n, project))).schedule;
}

async function committed(store: ScheduleStore, change: ScheduleChange): Promise<ScheduleChange> {
  expect(await store.commitSchedule(change)).toBe(true);
  return change;
}

async function due(store: ScheduleStore, now: Instant): Promise<readonly ScheduleId[]> {
  const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => store.listDueSchedules(shard, now, 100));
  return (await Promise.all(shards)).flat();
}
