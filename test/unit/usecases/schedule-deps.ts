import type { ScheduleDeps } from '../../../core/ports/schedule-deps.ts';
import { InMemoryScheduleStore } from '../../support/in-memory-schedule-store.ts';
import { RecordingRecurringSchedules } from '../../support/recording-recurring-schedules.ts';
import { recordingDeps } from './recording-deps.ts';

/** Everything that use cases of recurring schedules work with, in memory. */
export function recordingScheduleDeps() {
  const recorded = recordingDeps();
  const parts = {
    ...recorded,
    scheduleStore: new InMemoryScheduleStore(),
    recurring: new RecordingRecurringSchedules(),
  };
  const deps: ScheduleDeps = { ...recorded.deps, ...parts };
  return { ...parts, deps };
}
