import type { OpStatus } from '../../op/op-view.ts';

/**
 * A job's status from its ops', in order (Ganeti's _QueuedJob.CalcStatus; where its page and its
 * source differ, as on `canceling`, the source counts): canceling, error or canceled decide and
 * stop; else the last that waits or runs; else success if all are, and queued if not.
 */
export function calcStatus(statuses: readonly OpStatus[]): OpStatus {
  let status: OpStatus = 'queued';
  let allSuccess = true;
  for (const op of statuses) {
    if (op === 'success') continue;
    allSuccess = false;
    if (op === 'canceling' || op === 'error' || op === 'canceled') return op;
    if (op !== 'queued') status = op;
  }
  return allSuccess ? 'success' : status;
}
