import { refusedOnJob } from '../access/authorize.ts';
import type { Caller } from '../access/caller.ts';
import type { Permission } from '../access/permissions.ts';
import type { Bulk } from '../contract/api/bulk.ts';
import type { Refused } from '../contract/error-codes.ts';
import type { BulkTarget } from '../job/bulk-progress.ts';
import { isDeleted } from '../job/delete-job.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import { rerunJob as decideRerun } from '../job/rerun-job.ts';
import type { Deps } from '../ports/deps.ts';
import { cancelJob } from './cancel-job.ts';
import { ContendedError } from './change-job.ts';
import { changePriority } from './change-priority.ts';
import { commandJob } from './command-job.ts';

/** What is done to each job, and with whose rights. */
export interface BulkOrder {
  /** The bulk job. */
  readonly jobId: JobId;
  readonly bulk: Bulk;
  readonly by: Caller;
  readonly permission: Permission;
}

/**
 * Does to one job what the route of one job does, if who ordered it may. Safe to repeat: what the first
 * time has done is told apart from what others did, and counts as done.
 *
 * @returns the code of the refusal; null: it was done
 */
export async function actOnTarget(
  deps: Deps,
  order: BulkOrder,
  target: BulkTarget,
): Promise<{ readonly jobId: JobId; readonly code: string | null }> {
  const { jobId } = target;
  try {
    const acted = await act(deps, order, target);
    return { jobId, code: acted.ok ? null : acted.refusal.code };
  } catch (error) {
    deps.reportOwed(`${order.bulk.action} ${jobId}`, error);
    return { jobId, code: error instanceof ContendedError ? 'Contended' : 'InternalError' };
  }
}

type Acted = { readonly ok: true } | Refused;

async function act(deps: Deps, order: BulkOrder, target: BulkTarget): Promise<Acted> {
  const { bulk, by } = order;
  const job = await deps.store.readJob(target.jobId);
  const refusal = refusalOf(order, job);
  if (refusal !== null) return refusal;
  switch (bulk.action) {
    case 'cancel':
      return cancel(deps, order, bulk, target.jobId);
    case 'rerun':
      return rerun(deps, order, bulk, target);
    case 'reprioritise':
      return changePriority(deps, target.jobId, { actor: by.user, priority: bulk.priority });
  }
}

/** A job's project and owner never change, so what may be done to it now may be done when it is decided. */
function refusalOf({ bulk, by, permission }: BulkOrder, job: Job | null): Refused | null {
  if (job === null || isDeleted(job)) return GONE;
  const refused = refusedOnJob(by, permission, job);
  if (refused !== null || bulk.action !== 'cancel' || !bulk.force) return refused;
  return refusedOnJob(by, 'job.operate', job);
}

const GONE: Refused = { ok: false, refusal: { code: 'JobNotFound', detail: 'The job was deleted since.' } };

/** The reason names the bulk job: by it a cancel that was made before a death is known again. */
async function cancel(
  deps: Deps,
  { by, jobId: bulkId }: BulkOrder,
  { onlyIfQueued, force, rollback, reason: said }: Extract<Bulk, { action: 'cancel' }>,
  jobId: JobId,
): Promise<Acted> {
  const reason = `${said ?? 'Canceled with others'} (bulk job ${bulkId})`;
  const canceled = await cancelJob(deps, jobId, { actor: by.user, reason, onlyIfQueued, force, rollback });
  if (canceled.ok || canceled.refusal.code !== 'CommandRefused') return canceled;
  const job = await deps.store.readJob(jobId);
  const request = job !== null && 'cancel' in job ? job.cancel : undefined;
  return request?.actor === by.user && request.reason === reason ? { ok: true } : canceled;
}

/** A job with another attempt than it was found with runs again already: it is not run a second time. */
function rerun(
  deps: Deps,
  { by }: BulkOrder,
  { from, runNow, comment }: Extract<Bulk, { action: 'rerun' }>,
  { jobId, attempt }: BulkTarget,
): Promise<Acted> {
  const command = { actor: by.user, from, runNow, ...(comment === undefined ? {} : { comment }) };
  return commandJob(deps, jobId, async (job, facts) =>
    job.attempt === attempt
      ? decideRerun(job, facts.spec, await deps.store.readOps(jobId, 'all'), command, facts)
      : { ok: true, change: null, answer: null },
  );
}
