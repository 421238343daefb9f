import type { JobId } from '../../core/job/identifiers.ts';
import type { Instant } from '../../core/job/instant.ts';
import type { Schedules } from '../../core/ports/schedules.ts';

/** EventBridge Scheduler that does nothing but write down what it is asked. */
export class RecordingSchedules implements Schedules {
  readonly created: { readonly jobId: JobId; readonly at: Instant }[] = [];
  readonly removed: { readonly jobId: JobId; readonly at: Instant }[] = [];
  /** Thrown by every call while it is set. */
  outage: Error | null = null;

  async create(jobId: JobId, at: Instant): Promise<void> {
    if (this.outage !== null) throw this.outage;
    this.created.push({ jobId, at });
  }

  async remove(jobId: JobId, at: Instant): Promise<void> {
    if (this.outage !== null) throw this.outage;
    this.removed.push({ jobId, at });
  }
}
