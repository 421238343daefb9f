import { DUE_SHARDS } from '../ports/job-store.ts';
import type { ScheduleDeps } from '../ports/schedule-deps.ts';
import { noteMissed } from '../schedule/decide-run.ts';
import type { ScheduleId } from '../schedule/schedule.ts';
import { carryOutSchedule } from './carry-out-schedule.ts';
import { changeSchedule } from './change-schedule.ts';

/** Schedules looked at in one run, in each shard: half a minute of its five, if each takes 50 ms. */
const SCHEDULES_PER_SHARD = 150;

export interface ScheduleSweep {
  readonly looked: number;
  readonly missed: number;
  readonly failed: number;
}

/** Looks at every schedule that owes something, or whose run has not come. Safe to run twice at once. */
export async function sweepSchedules(deps: ScheduleDeps): Promise<ScheduleSweep> {
  const total = { looked: 0, missed: 0, failed: 0 };
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    const now = deps.surroundings.now();
    for (const id of await deps.scheduleStore.listDueSchedules(shard, now, SCHEDULES_PER_SHARD)) {
      total.looked += 1;
      try {
        total.missed += (await lookAtSchedule(deps, id)) ? 1 : 0;
      } catch (error) {
        total.failed += 1;
        deps.reportOwed(`look at schedule ${id}`, error);
      }
    }
  }
  return total;
}

/** True: runs were missed. */
async function lookAtSchedule(deps: ScheduleDeps, id: ScheduleId): Promise<boolean> {
  const { change } = await changeSchedule(deps, async () => {
    const schedule = await deps.scheduleStore.readSchedule(id);
    const at = schedule?.nextRunAt;
    if (schedule === null || at === undefined) return { change: null };
    const recorded = await deps.scheduleStore.readRun(id, { at, trigger: 'time' });
    return { change: noteMissed(schedule, recorded, deps.surroundings.now()) };
  });
  await carryOutSchedule(deps, id);
  return change?.run !== undefined;
}
