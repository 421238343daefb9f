import { type ActionCatalog, BUILT_IN_INPUTS } from '../contract/action-catalog.ts';
import { secondsOf } from '../contract/duration.ts';
import { CHILDREN_ACTION, type JobSpec, type OpSpec, type RollbackSpec } from '../contract/job-spec.ts';
import { hasBegun, isFinal, type Op } from '../op/op.ts';
import { isRollback, type OpRun, rollbackIndex, runOf } from '../op/op-index.ts';
import type { Json } from '../op/references.ts';
import { type Decided, isStarting, type Job, type LiveJob, type Step } from './job.ts';
import { isStopping } from './live-segment.ts';

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

/** A function's lost answer cannot be noticed otherwise: 15 minutes is the longest it runs. */
const LAMBDA_TIMEOUT_SECONDS = 20 * 60;

/** Undefined for an index that the job does not have. */
export function plannedCall(spec: JobSpec, index: number): PlannedCall | undefined {
  const total = spec.ops.length;
  const call = spec.ops[index % total];
  if (call === undefined) return undefined;
  if (!isRollback(index, total)) return { kind: 'op', index, name: call.name, step: call.step, call };
  const rollback = rollbackOf(call);
  if (rollback === undefined) return undefined;
  return {
    kind: 'rollback',
    index,
    name: `${call.name}/rollback`,
    step: call.step,
    call: rollback,
    undoes: call,
  };
}

/** What undoes an op: what it declared; or its completed children, each undone as its template says. */
export function rollbackOf({ children, rollback }: OpSpec): RollbackSpec | undefined {
  if (children === undefined) return rollback;
  return undoesAnything(children.job) ? UNDO_CHILDREN : undefined;
}

/** Whatever became of the op: those of its children that completed are undone. */
const UNDO_CHILDREN: RollbackSpec = {
  action: CHILDREN_ACTION,
  // Its children are those of the op: it has no items of its own.
  input: [],
  when: 'started',
  onError: 'fail',
};

function undoesAnything({ ops }: Pick<JobSpec, 'ops'>): boolean {
  return ops.some((op) => rollbackOf(op) !== undefined);
}

/** What an op is called with, before its references are resolved: an op of children with its items. */
export function inputOf({ kind, call }: PlannedCall): Json {
  return kind === 'op' && call.children !== undefined ? call.children.items : call.input;
}

/** What an index stands for in the job's attempt: it undoes itself, or as a manual rollback those before it. */
export function plannedOf(job: Job, spec: JobSpec, index: number): PlannedCall | undefined {
  const total = spec.ops.length;
  if (!isRollback(index, total)) return plannedCall(spec, index);
  const { attempt } = runOf({ attempt: job.attempt, index }, total);
  const isManual = job.again?.kind === 'rollback';
  const isOfAttempt = isManual ? attempt < job.attempt : attempt === job.attempt;
  return isOfAttempt && attempt > 0 ? plannedCall(spec, index) : undefined;
}

/**
 * The ops that the current segment still has to run, in order: PRE ops; RUN ops with the POST ops
 * behind them; or, once the end is decided, the rollbacks in reverse and the POST ops. It depends on
 * stored data only, so whoever asks again gets the same, less what has become final meanwhile.
 *
 * @param ops of the attempt; in a manual rollback those of all attempts
 */
export function remainingPlan(job: LiveJob, spec: JobSpec, ops: readonly Op[]): readonly number[] {
  return remainingOps(job, ops, wholePlan(job, spec, ops));
}

function remainingOps(job: LiveJob, ops: readonly Op[], plan: readonly number[]): readonly number[] {
  const done = new Set(ops.filter((op) => op.attempt === job.attempt && isFinal(op)).map((op) => op.index));
  return plan.filter((index) => !done.has(index));
}

/**
 * What the execution of a segment is started with: the same, but a job that is canceled before its
 * execution began is told so by the op that it would have gone on with.
 */
export function planToStart(job: LiveJob, spec: JobSpec, ops: readonly Op[]): readonly number[] {
  return isStopping(job) ? remainingOps(job, ops, forwardPlan(job, spec)) : remainingPlan(job, spec, ops);
}

function wholePlan(job: LiveJob, spec: JobSpec, ops: readonly Op[]): readonly number[] {
  const total = spec.ops.length;
  const own = ops.filter((op) => op.attempt === job.attempt);
  const decided = decidedOf(job);
  if (decided?.status === 'ROLLED_BACK') {
    const earlier = ops.filter((op) => op.attempt < job.attempt);
    return leftToUndo(spec, earlier).map((run) => rollbackIndex(run, job.attempt, total));
  }
  if (decided !== undefined) {
    const posts = decided.post ? opsToRun(job, spec, ['POST']) : [];
    // Where POST runs after the rollbacks, what it does is not undone, however often this is asked.
    const undone = decided.undo ? undoable(spec, own).filter(({ index }) => !posts.includes(index)) : [];
    return [...undone.map((run) => rollbackIndex(run, job.attempt, total)), ...posts];
  }
  return forwardPlan(job, spec);
}

function forwardPlan(job: LiveJob, spec: JobSpec): readonly number[] {
  return opsToRun(job, spec, job.segment.group === 'PRE' ? ['PRE'] : ['RUN', 'POST']);
}

/** How the job is to end, as far as that is decided; a manual rollback knows from its start. */
export function decidedOf(job: LiveJob): Decided | undefined {
  if (!isStarting(job)) return job.decided;
  return job.again?.kind === 'rollback' ? ROLLED_BACK : undefined;
}

const ROLLED_BACK: Decided = { status: 'ROLLED_BACK', retryable: false, undo: true, post: false };

/** Whether an op comes too late: the job's end is decided, and does not contain it. */
export function isTooLate(job: LiveJob, { kind, step }: PlannedCall): boolean {
  const decided = decidedOf(job);
  return decided !== undefined && kind === 'op' && !(step === 'POST' && decided.post);
}

/** Indexes of the ops of these steps, as listed. */
export function opsOf(spec: JobSpec, steps: readonly OpSpec['step'][]): readonly number[] {
  return spec.ops.flatMap((op, index) => (steps.includes(op.step) ? [index] : []));
}

/** Those of them that the job's attempt runs: a rerun begins behind what earlier attempts did. */
export function opsToRun(
  { again }: Pick<Job, 'again'>,
  spec: JobSpec,
  steps: readonly OpSpec['step'][],
): readonly number[] {
  const first = again?.kind === 'rerun' ? again.firstOp : 0;
  return opsOf(spec, steps).filter((index) => index >= first);
}

/** Runs with something to undo whose rollback has not succeeded, the latest first. */
export function leftToUndo(spec: JobSpec, ops: readonly Op[]): readonly OpRun[] {
  const total = spec.ops.length;
  const undone = ops
    .filter((op) => isRollback(op.index, total) && op.status === 'success' && op.skipped === undefined)
    .map((op) => runOf(op, total));
  return undoable(spec, ops).filter((run) => !undone.some((other) => isSameRun(run, other)));
}

/** Whether the two are the same run of an op. */
export function isSameRun(one: OpRun, other: OpRun): boolean {
  return one.attempt === other.attempt && one.index === other.index;
}

/**
 * Runs with something to undo, the latest first: the op declared a rollback and completed (`when:
 * started`: or was cut off or failed). Rollbacks that ran are still listed; see {@link leftToUndo}.
 */
function undoable(spec: JobSpec, ops: readonly Op[]): readonly OpRun[] {
  return ops
    .filter((op) => {
      const call = isRollback(op.index, spec.ops.length) ? undefined : spec.ops[op.index];
      const rollback = call === undefined ? undefined : rollbackOf(call);
      if (rollback === undefined || !hasBegun(op)) return false;
      return rollback.when === 'started' || (op.status === 'success' && op.skipped === undefined);
    })
    .map(({ attempt, index }) => ({ attempt, index }))
    .sort((one, other) => other.attempt - one.attempt || other.index - one.index);
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
  return kind === 'lambda' || kind === 'http' ? LAMBDA_TIMEOUT_SECONDS : NO_TIMEOUT_SECONDS;
}

/** Whether a step of this job has begun, in any attempt; a job that never began one can be cancelled at once. */
export function stepHasBegun(job: Job): boolean {
  return job.startedAt !== undefined;
}
