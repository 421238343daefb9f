import type { ActionKind } from '../contract/action-catalog.ts';
import { type Refused, refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { completeOp } from '../job/complete-op.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import { type PlannedCall, plannedCall } from '../job/plan.ts';
import type { RunningOp } from '../op/op.ts';
import type { Deps } from '../ports/deps.ts';
import { readJob } from './read-job.ts';

/** The try that a worker speaks of. */
export interface WorkersTry {
  readonly op: number;
  readonly attempt: number;
  readonly try: number;
  readonly actor: string;
}

/** Kinds that a worker or a person completes; the answer of any other comes back by itself. */
const COMPLETED_BY_WORKERS: readonly ActionKind[] = ['external', 'manual'];

/** Kinds whose code runs somewhere and may give a sign of life or a line for the journal. */
const RUN_BY_TEAMS: readonly ActionKind[] = [
  'external',
  'manual',
  'lambda',
  'stateMachine',
  'ecsTask',
  'batchJob',
];

/** Whether a worker may complete the op at all: known before anything of it is read. */
export async function refusedToWorkers(
  deps: Pick<Deps, 'store' | 'catalog'>,
  jobId: JobId,
  op: number,
): Promise<Refused | null> {
  const spec = await deps.store.readSpec(jobId);
  if (spec === null) return refused('JobNotFound', `There is no job ${jobId}.`);
  const planned = opOf(deps, spec, op, COMPLETED_BY_WORKERS);
  return planned.ok ? null : planned;
}

export type RunningTry =
  | {
      readonly ok: true;
      readonly job: Job;
      readonly op: RunningOp;
      readonly call: PlannedCall['call'];
    }
  | Refused;

/**
 * The try, if it is the one that runs. It is asked as a completion would be, whose answer alone
 * counts: so what comes too late meets the same codes whatever it wanted.
 */
export async function runningTry(
  deps: Pick<Deps, 'store' | 'catalog'>,
  jobId: JobId,
  named: WorkersTry,
  now: Instant,
): Promise<RunningTry> {
  const found = await readJob(deps, jobId);
  if (found === null) return refused('JobNotFound', `There is no job ${jobId}.`);
  const { job, spec } = found;
  const planned = opOf(deps, spec, named.op, RUN_BY_TEAMS);
  if (!planned.ok) return planned;
  const [op] = await deps.store.readSomeOps(jobId, named.attempt, [named.op]);
  const asked = completeOp(job, spec, op ?? null, { ...named, outcome: { kind: 'succeeded' } }, now);
  if (!asked.ok) return asked;
  if (asked.answer.kind === 'late') return refused(asked.answer.late.code, asked.answer.late.detail);
  if (op?.status !== 'running') throw new Error(`op ${named.op} can be completed and does not run`);
  return { ok: true, job, op, call: planned.call };
}

function opOf(
  { catalog }: Pick<Deps, 'catalog'>,
  spec: JobSpec,
  index: number,
  kinds: readonly ActionKind[],
): { readonly ok: true; readonly call: PlannedCall['call'] } | Refused {
  const planned = plannedCall(spec, index);
  if (planned === undefined) {
    const last = spec.ops.length - 1;
    return refused(
      'OpNotFound',
      `The job has no op ${index}; its ops are 0 to ${last}, rollbacks behind them.`,
    );
  }
  const kind = catalog.get(planned.call.action)?.kind;
  if (kind !== undefined && kinds.includes(kind)) return { ok: true, call: planned.call };
  return refused(
    'NotAWorkersOp',
    `Op ${planned.name} is an action '${planned.call.action}' of kind ${kind ?? 'unknown'}, which answers by itself; workers answer for ${kinds.join(' and ')}.`,
  );
}
