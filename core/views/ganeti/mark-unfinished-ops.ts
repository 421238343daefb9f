import type { OpStatus } from '../../op/op-view.ts';
import type { Json } from '../../op/references.ts';
import { GANETI } from './constants.ts';
import type { GanetiJob } from './ganeti-job.ts';

/** Overwrites status and result of every op that is not final, and nothing else (MarkUnfinishedOps). */
export function markUnfinishedOps(job: GanetiJob, status: OpStatus, result: Json): GanetiJob {
  return {
    ...job,
    ops: job.ops.map((op) => (GANETI.finalized.has(op.status) ? op : { ...op, status, result })),
  };
}
