import type { RecurringCalls, RecurringSchedules } from '../../core/ports/recurring-schedules.ts';
import type { ScheduleId } from '../../core/schedule/schedule.ts';

/** EventBridge Scheduler as it knows the recurring schedules that it was told of. */
export class RecordingRecurringSchedules implements RecurringSchedules {
  readonly known = new Map<ScheduleId, RecurringCalls>();
  /** Thrown by every call while it is set. */
  outage: Error | null = null;
  /** What happens just before it is told. */
  before: () => Promise<unknown> = async () => {};

  async put(calls: RecurringCalls): Promise<void> {
    await this.#reached();
    this.known.set(calls.id, calls);
  }

  async remove(id: ScheduleId): Promise<void> {
    await this.#reached();
    this.known.delete(id);
  }

  async #reached(): Promise<void> {
    if (this.outage !== null) throw this.outage;
    await this.before();
  }
}
