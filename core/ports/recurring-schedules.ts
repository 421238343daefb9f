import type { Instant } from '../job/instant.ts';
import type { ScheduleId } from '../schedule/schedule.ts';

/** What the Scheduler is told of a schedule. */
export interface RecurringCalls {
  readonly id: ScheduleId;
  /** Comes back with every firing. */
  readonly version: number;
  readonly expression: string;
  readonly timezone: string;
  readonly enabled: boolean;
  /** Of a rate: the first run to come, from which the Scheduler counts the others. */
  readonly startsAt?: Instant;
}

/**
 * EventBridge Scheduler, as far as recurring schedules need it. Every verb is safe to repeat; who calls
 * twice in another order tells it last what the store says.
 */
export interface RecurringSchedules {
  /** Makes it, or changes it to this. */
  put(calls: RecurringCalls): Promise<void>;
  /** Harmless where there is none, or none any more. */
  remove(id: ScheduleId): Promise<void>;
}
