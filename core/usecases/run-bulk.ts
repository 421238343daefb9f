import { BULK_PERMISSIONS } from '../access/bulk-permissions.ts';
import { type Bulk, bulkBodySchema, filterOfBulk } from '../contract/api/bulk.ts';
import { type BulkProgress, beginBulk, type Found, nextOfBulk, resultOfBulk } from '../job/bulk-progress.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import { addLog } from '../job/journal-notes.ts';
import type { RunningOp } from '../op/op.ts';
import { tokensOf } from '../op/tokens-of.ts';
import type { Deps } from '../ports/deps.ts';
import { actOnTarget } from './act-on-target.ts';
import { changeJob } from './change-job.ts';
import { completeTry } from './complete-try.ts';
import type { ListingPlace } from './jobs-newest-first.ts';
import { pageOfJobs } from './list-jobs.ts';

/** Targets between two checkpoints: after a death so many are looked at twice. */
const TARGETS_OF_PAGE = 25;

/** Targets acted on side by side, as a sweep looks at jobs. */
const ACTIONS_AT_ONCE = 8;

/** The try that works through a filter. */
export interface BulkTry {
  readonly jobId: JobId;
  readonly attempt: number;
  readonly op: number;
  readonly try: number;
  readonly nonce: string;
}

/**
 * - `done`: the op is complete. - `over`: the try is not the one that runs any more, or somebody else does
 * its work. - `more`: the time is over and the work is not.
 */
export type BulkRun = 'done' | 'over' | 'more';

/**
 * Does to every job that matches what the bulk job was submitted for, with the rights of whoever submitted
 * it, page by page from where the last call or the last try had come to. Jobs that came to their place after
 * the bulk job was submitted, itself among them, are no targets: neither new ones nor those it reran.
 *
 * @param until when this call is to end
 */
export async function runBulk(deps: Deps, named: BulkTry, until: Instant): Promise<BulkRun> {
  for (;;) {
    const running = await readTry(deps, named);
    if (running === null || !(await isAlive(deps, running.op))) return 'over';
    const { job, bulk } = running;
    const stored = await deps.store.readBulk(named.jobId, named.attempt, named.op);
    if (stored === null) {
      const first = await findTargets(deps, job, bulk, { at: job.receivedAt, id: job.id });
      if (!(await deps.store.saveBulk(beginBulk(named, first)))) return 'over';
      continue;
    }
    if (stored.targets.length === 0 && stored.place === undefined) return complete(deps, named, stored);
    if (deps.surroundings.now() > until) return 'more';
    const outcomes = await actOnAll(deps, job, bulk, stored);
    const found = stored.place === undefined ? NOTHING : await findTargets(deps, job, bulk, stored.place);
    const next = nextOfBulk(stored, outcomes, found);
    if (!(await deps.store.saveBulk(next))) return 'over';
    if (outcomes.length > 0) await logProgress(deps, job.id, running.op, next);
  }
}

const NOTHING: Found = { targets: [] };

/** The bulk job with what it is to do; null once another try, or none, is the one that runs. */
async function readTry(
  deps: Pick<Deps, 'store'>,
  named: BulkTry,
): Promise<{ readonly job: Job; readonly op: RunningOp; readonly bulk: Bulk } | null> {
  const [job, spec, [op]] = await Promise.all([
    deps.store.readJob(named.jobId),
    deps.store.readSpec(named.jobId),
    deps.store.readSomeOps(named.jobId, named.attempt, [named.op]),
  ]);
  if (job?.status !== 'RUNNING' || job.attempt !== named.attempt || spec === null) return null;
  if (op?.status !== 'running' || op.try !== named.try || op.nonce !== named.nonce) return null;
  return { job, op, bulk: bulkBodySchema.parse(spec.ops[named.op]?.input) };
}

/** Tells Step Functions that the try goes on; false: its time was over before. */
async function isAlive(deps: Pick<Deps, 'executions'>, op: RunningOp): Promise<boolean> {
  for (const token of tokensOf(op)) {
    if ((await deps.executions.heartbeat(token)) === 'alive') return true;
  }
  return false;
}

/** A page of those that match as they are now: acting on them moves them out of the listing. */
async function findTargets(
  deps: Pick<Deps, 'store'>,
  job: Job,
  bulk: Bulk,
  after: ListingPlace,
): Promise<Found> {
  const { jobs, place } = await pageOfJobs(deps, job.project, filterOfBulk(bulk), {
    limit: TARGETS_OF_PAGE,
    after,
  });
  const targets = jobs.map(({ id, attempt }) => ({ jobId: id, attempt }));
  return place === undefined ? { targets } : { targets, place };
}

async function actOnAll(deps: Deps, job: Job, bulk: Bulk, { targets }: BulkProgress) {
  const by = { user: job.owner, groups: job.ownerGroups };
  const order = { bulk, by, permission: BULK_PERMISSIONS[bulk.action], jobId: job.id };
  const outcomes: { readonly jobId: JobId; readonly code: string | null }[] = [];
  for (let from = 0; from < targets.length; from += ACTIONS_AT_ONCE) {
    const batch = targets.slice(from, from + ACTIONS_AT_ONCE);
    outcomes.push(...(await Promise.all(batch.map((target) => actOnTarget(deps, order, target)))));
  }
  return outcomes;
}

async function logProgress(deps: Deps, jobId: JobId, op: RunningOp, progress: BulkProgress): Promise<void> {
  const message = `${progress.done} done, ${progress.refused} refused`;
  await changeJob(deps, async () => {
    const job = await deps.store.readJob(jobId);
    if (job?.status !== 'RUNNING') return { change: null };
    const line = { actor: JOBPLANE, message, op: { index: op.index, name: op.name } };
    return { change: addLog(job, line, deps.surroundings.now()) };
  });
}

async function complete(deps: Deps, named: BulkTry, progress: BulkProgress): Promise<BulkRun> {
  const { jobId, ...completed } = named;
  const outcome = { kind: 'succeeded', result: resultOfBulk(progress) } as const;
  const settled = await completeTry(deps, jobId, { ...completed, outcome, actor: JOBPLANE });
  return settled.ok ? 'done' : 'over';
}
