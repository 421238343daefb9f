import type { JobSpec } from '../contract/job-spec.ts';
import { type BegunOp, hasBegun, type Op } from '../op/op.ts';
import { isRollback, runOf } from '../op/op-index.ts';
import { isSameRun } from './plan.ts';

/** How the ops of a job went, all attempts together: what a rerun starts from. */
export interface EarlierRuns {
  /** The latest run of each op that has begun. */
  readonly latest: ReadonlyMap<number, BegunOp>;
  /** Ops whose latest run was undone: they count as not run. */
  readonly undone: ReadonlySet<number>;
}

export function earlierRuns(spec: JobSpec, ops: readonly Op[]): EarlierRuns {
  const total = spec.ops.length;
  const begun = ops.filter(hasBegun);
  const latest = new Map(
    begun
      .filter((op) => !isRollback(op.index, total))
      .toSorted((one, other) => one.attempt - other.attempt)
      .map((op) => [op.index, op]),
  );
  const rollbacks = begun
    .filter((op) => isRollback(op.index, total) && op.status === 'success' && op.skipped === undefined)
    .map((op) => runOf(op, total));
  const undone = [...latest.values()].filter((op) => rollbacks.some((run) => isSameRun(run, op)));
  return { latest, undone: new Set(undone.map(({ index }) => index)) };
}

/** Whether the op is done as far as the ops behind it are concerned: it went well, or was allowed to fail. */
export function isDone(spec: JobSpec, { latest, undone }: EarlierRuns, index: number): boolean {
  const op = latest.get(index);
  if (op === undefined || undone.has(index)) return false;
  return op.status === 'success' || isForgiven(spec, op);
}

/** Whether one of the ops before this one failed, and was allowed to. */
export function hasForgiven(spec: JobSpec, { latest }: EarlierRuns, before: number): boolean {
  return [...latest.values()].some((op) => op.index < before && isForgiven(spec, op));
}

function isForgiven(spec: JobSpec, op: BegunOp): boolean {
  if (op.status === 'success') return op.tolerated === true;
  return op.status === 'error' && spec.ops[op.index]?.onError === 'continue';
}
