import type { Deps } from './deps.ts';
import type { RecurringSchedules } from './recurring-schedules.ts';
import type { ScheduleStore } from './schedule-store.ts';

/** What use cases of recurring schedules work with, beside all that submitting a job takes. */
export interface ScheduleDeps extends Deps {
  readonly scheduleStore: ScheduleStore;
  readonly recurring: RecurringSchedules;
}
