import { calcStatus } from './calc-status.ts';
import { finalize } from './finalize.ts';
import type { GanetiAnswer, GanetiJob, GanetiTime } from './ganeti-job.ts';
import { markUnfinishedOps } from './mark-unfinished-ops.ts';

/** What an op that never ran has for a result, in Ganeti's words. */
const CANCELED_BY_REQUEST = 'Job canceled by request';

/**
 * Ganeti's rule of a cancel (Cancel): a queued job is canceled at once; one that waits for locks is
 * marked, and whoever works on it cancels it; any other is too late. Jobplane's own cancel goes
 * further; `onlyIfQueued` asks for the narrow one.
 */
export function cancel(job: GanetiJob, now: GanetiTime): GanetiAnswer {
  switch (calcStatus(job.ops.map((op) => op.status))) {
    case 'queued':
      return {
        ok: true,
        message: `Job ${job.id} canceled`,
        job: finalize(markUnfinishedOps(job, 'canceled', CANCELED_BY_REQUEST), now),
      };
    case 'waiting':
      return {
        ok: true,
        message: `Job ${job.id} will be canceled`,
        job: markUnfinishedOps(job, 'canceling', null),
      };
    default:
      return { ok: false, message: `Job ${job.id} is no longer waiting in the queue`, job };
  }
}
