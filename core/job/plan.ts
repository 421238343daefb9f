import { type ActionCatalog, BUILT_IN_INPUTS } from '../contract/action-catalog.ts';
import { secondsOf } from '../contract/duration.ts';
import type { JobSpec, OpSpec, RollbackSpec } from '../contract/job-spec.ts';
import { isFinal, type Op } from '../op/op.ts';
import type { Job, LiveJob, Step } from './job.ts';

/** What one op index stands for: an op of the specification, or the rollback of one. */
export type PlannedCall =
  | {
      readonly kind: 'op';
      readonly index: number;
      readonly name: string;
      readonly step: Step;
      readonly call: OpSpec;
    }
  | {
      readonly kind: 'rollback';
      readonly index: number;
      readonly name: string;
      readonly step: Step;
      readonly call: RollbackSpec;
      readonly undoes: OpSpec;
    };

/** An item of the state machine's Map: the op, and the clocks of one try in whole seconds. */
export interface PlannedItem {
  readonly op: number;
  readonly timeout: number;
  readonly heartbeat: number;
}

/** Step Functions bounds every wait: a try without a timeout of its own ends after a year. */
const NO_TIMEOUT_SECONDS = 31_535_999;

/** A Lambda's lost answer cannot be noticed otherwise: 15 minutes is the longest it runs. */
const LAMBDA_TIMEOUT_SECONDS = 20 * 60;

/** Undefined for an index that the job does not have. */
export function plannedCall(spec: JobSpec, index: number): PlannedCall | undefined {
  const total = spec.ops.length;
  const call = spec.ops[index % total];
  if (call === undefined || index >= 2 * total) return undefined;
  if (index < total) return { kind: 'op', index, name: call.name, step: call.step, call };
  if (call.rollback === undefined) return undefined;
  return {
    kind: 'rollback',
    index,
    name: `${call.name}/rollback`,
    step: call.step,
    call: call.rollback,
    undoes: call,
  };
}

/**
 * The ops that the current segment still has to run, in order: PRE ops; RUN ops with the POST ops
 * behind them; or, once the end is decided, the rollbacks in reverse and the POST ops. It depends on
 * stored data only, so whoever asks again gets the same, less what has become final meanwhile.
 */
export function remainingPlan(job: LiveJob, spec: JobSpec, ops: readonly Op[]): readonly number[] {
  const done = new Set(ops.filter(isFinal).map((op) => op.index));
  return wholePlan(job, spec, ops).filter((index) => !done.has(index));
}

function wholePlan(job: LiveJob, spec: JobSpec, ops: readonly Op[]): readonly number[] {
  const decided = job.status === 'QUEUED' ? undefined : job.decided;
  if (decided !== undefined) {
    const posts = decided.post ? opsOf(spec, ['POST']) : [];
    // Where POST runs after the rollbacks, what it does is not undone, however often this is asked.
    const undone = decided.undo ? undoable(spec, ops).filter((index) => !posts.includes(index)) : [];
    return [...undone.map((index) => index + spec.ops.length), ...posts];
  }
  return job.segment.group === 'PRE' ? opsOf(spec, ['PRE']) : opsOf(spec, ['RUN', 'POST']);
}

/** Indexes of the ops of these steps, as listed. */
export function opsOf(spec: JobSpec, steps: readonly OpSpec['step'][]): readonly number[] {
  return spec.ops.flatMap((op, index) => (steps.includes(op.step) ? [index] : []));
}

/**
 * Ops with something to undo, latest first: they declared a rollback and completed (`when: started`:
 * or were cut off or failed). Rollbacks that ran are still listed; see {@link toUndo}.
 */
export function undoable(spec: JobSpec, ops: readonly Op[]): readonly number[] {
  const begun = new Map(ops.map((op) => [op.index, op]));
  return spec.ops
    .flatMap(({ rollback }, index) => {
      const op = begun.get(index);
      if (rollback === undefined || op === undefined) return [];
      return rollback.when === 'started' || op.status === 'success' ? [index] : [];
    })
    .reverse();
}

/** Ops with something to undo whose rollback has not succeeded. */
export function toUndo(spec: JobSpec, ops: readonly Op[]): readonly number[] {
  const undone = new Set(ops.filter((op) => op.status === 'success').map((op) => op.index - spec.ops.length));
  return undoable(spec, ops).filter((index) => !undone.has(index));
}

/** The Map items of these ops. Clocks run by try, from its dispatch. */
export function plannedItems(
  spec: JobSpec,
  indexes: readonly number[],
  catalog: ActionCatalog,
): readonly PlannedItem[] {
  return indexes.flatMap((index) => {
    const planned = plannedCall(spec, index);
    return planned === undefined ? [] : [{ op: index, ...clocksOf(planned.call, catalog) }];
  });
}

/**
 * Step Functions wants the heartbeat below the timeout: a timeout that nobody declared gives way to
 * the heartbeat. Where no heartbeat is declared, the timeout is carried by the heartbeat, which
 * nobody renews then, with the timeout a second behind it.
 */
function clocksOf(
  call: OpSpec | RollbackSpec,
  catalog: ActionCatalog,
): { readonly timeout: number; readonly heartbeat: number } {
  const seconds = timeoutSeconds(call, catalog);
  if (call.heartbeat === undefined) return { timeout: seconds + 1, heartbeat: seconds };
  const heartbeat = secondsOf(call.heartbeat);
  return { timeout: Math.max(seconds, heartbeat + 1), heartbeat };
}

function timeoutSeconds(call: OpSpec | RollbackSpec, catalog: ActionCatalog): number {
  const kind = catalog.get(call.action)?.kind;
  if (kind === 'wait') return BUILT_IN_INPUTS.wait.parse(call.input).seconds;
  if (call.timeout !== undefined) return secondsOf(call.timeout);
  return kind === 'lambda' ? LAMBDA_TIMEOUT_SECONDS : NO_TIMEOUT_SECONDS;
}

/** Whether a step of this job has begun; a job that never began one can be cancelled at once. */
export function hasBegun(job: Job): boolean {
  return job.startedAt !== undefined;
}
