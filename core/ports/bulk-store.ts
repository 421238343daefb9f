import type { BulkProgress } from '../job/bulk-progress.ts';
import type { JobId } from '../job/identifiers.ts';

/** How far a job has come that does something to many. */
export interface BulkStore {
  /** Null: it has not begun. */
  readBulk(id: JobId, attempt: number, op: number): Promise<BulkProgress | null>;
  /** Guarded by the version before it, 0 for none; false: somebody else has gone on. */
  saveBulk(progress: BulkProgress): Promise<boolean>;
}
