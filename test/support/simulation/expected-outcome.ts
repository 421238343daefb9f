import { secondsOf } from '../../../core/contract/duration.ts';
import type { JobSpec, OpSpec, RollbackSpec } from '../../../core/contract/job-spec.ts';
import { jsonBytes, LIMITS } from '../../../core/contract/limits.ts';
import type { Status } from '../../../core/job/status.ts';
import { type Json, resolveInput } from '../../../core/op/references.ts';
import type { Behaviour, JobPlan } from './job-plan.ts';

/** How a job ends if nothing goes wrong but what its own targets do. */
export interface ExpectedOutcome {
  readonly status: Status;
  readonly rollback: 'none' | 'needed' | 'ok' | 'failed';
  /** By op index; undefined: does not run. */
  readonly ops: readonly ('success' | 'error' | undefined)[];
}

type Result =
  | { readonly kind: 'success'; readonly result: Json | undefined }
  | { readonly kind: 'error'; readonly code: string };

/** A clock and a target so close to each other that either may win: nothing is expected then. */
class Undecided extends Error {
  override readonly name = 'Undecided';
}

/** Wider than all latencies of a history without faults. */
const MARGIN_MS = 4_000;

const LAMBDA_SECONDS = 1_200;

const CLOCKS: ReadonlySet<string> = new Set(['Timeout', 'HeartbeatTimeout']);

const NEVER_RETRIED: ReadonlySet<string> = new Set([
  'Fatal',
  'PreconditionFailed',
  'Busy',
  'ReferenceMissing',
  'ResultTooLarge',
]);

/**
 * The rules of the lifecycle written a second time, straight from the specification, for a job that
 * runs its ops one after the other and meets no fault and no command. Null where a race decides.
 */
export function expectedOutcome(plan: JobPlan): ExpectedOutcome | null {
  try {
    return outcomeOf(plan);
  } catch (error) {
    if (error instanceof Undecided) return null;
    throw error;
  }
}

function outcomeOf(plan: JobPlan): ExpectedOutcome {
  const { spec } = plan;
  const results: Result[] = [];
  let stopped: { readonly code: string; readonly onError: string } | null = null;
  for (const [index, op] of spec.ops.entries()) {
    if (op.step === 'POST') continue;
    const result = runOp(plan, op, index, results);
    results[index] = result;
    if (result.kind === 'error' && op.onError !== 'continue') {
      stopped = { code: result.code, onError: op.onError };
      break;
    }
  }
  const natural = stopped !== null && (stopped.code === 'PreconditionFailed' || stopped.onError === 'finish');
  const undoes = stopped !== null && !natural && spec.rollback.onFailure;
  const rollbacks = undoes ? runRollbacks(plan, results) : [];
  for (const [index, op] of spec.ops.entries()) {
    if (op.step === 'POST') results[index] = runOp(plan, op, index, results);
  }
  return {
    status: stopped === null ? naturalStatus(spec, results) : failedStatus(stopped.code, natural),
    rollback: stopped === null ? 'none' : rollbackOf(spec, results, rollbacks, undoes),
    ops: spec.ops.map((_, index) => results[index]?.kind),
  };
}

function naturalStatus(spec: JobSpec, results: readonly Result[]): Status {
  const failures = spec.ops.filter((_, index) => results[index]?.kind === 'error');
  if (failures.some(({ onError }) => onError !== 'continue')) return 'COMPLETED_WITH_ERROR';
  return failures.length > 0 ? 'COMPLETED_WITH_WARNINGS' : 'COMPLETED_OK';
}

function failedStatus(code: string, natural: boolean): Status {
  if (natural) return 'COMPLETED_WITH_ERROR';
  if (CLOCKS.has(code)) return 'TIMED_OUT';
  return code === 'Busy' ? 'FAILED_RETRYABLE' : 'FAILED';
}

/** Ops that declared a rollback and have something to undo. */
function hasEffect(spec: JobSpec, results: readonly Result[], index: number): boolean {
  const rollback = spec.ops[index]?.rollback;
  const result = results[index];
  return (
    rollback !== undefined &&
    (result?.kind === 'success' || (rollback.when === 'started' && result !== undefined))
  );
}

function runRollbacks(plan: JobPlan, results: readonly Result[]): readonly Result[] {
  return plan.spec.ops.flatMap(({ rollback, step }, index) => {
    if (rollback === undefined || step === 'POST' || !hasEffect(plan.spec, results, index)) return [];
    return [runOp(plan, rollback, index + plan.spec.ops.length, results)];
  });
}

function rollbackOf(
  spec: JobSpec,
  results: readonly Result[],
  rollbacks: readonly Result[],
  undoes: boolean,
): ExpectedOutcome['rollback'] {
  if (rollbacks.some(({ kind }) => kind === 'error')) return 'failed';
  const left = spec.ops.some(
    ({ step }, index) => hasEffect(spec, results, index) && (!undoes || step === 'POST'),
  );
  if (left) return 'needed';
  return rollbacks.length > 0 ? 'ok' : 'none';
}

function runOp(
  plan: JobPlan,
  call: OpSpec | RollbackSpec,
  index: number,
  results: readonly Result[],
): Result {
  for (let number = 1; ; number += 1) {
    const result = runTry(plan, call, index, number, results);
    if (result.kind === 'success' || !isRetried(call, result.code, number)) return result;
  }
}

function isRetried(call: OpSpec | RollbackSpec, code: string, number: number): boolean {
  if (code === 'Unreachable') return true;
  return !NEVER_RETRIED.has(code) && number < (call.retry?.maxAttempts ?? 1);
}

function runTry(
  plan: JobPlan,
  call: OpSpec | RollbackSpec,
  index: number,
  number: number,
  results: readonly Result[],
): Result {
  const input = resolveInput(call.input, (name) => {
    const result = results[plan.spec.ops.findIndex((op) => op.name === name)];
    return result?.kind === 'success' ? (result.result ?? {}) : undefined;
  });
  if (!input.ok) return { kind: 'error', code: 'ReferenceMissing' };
  switch (call.action) {
    case 'log':
    case 'wait':
      return { kind: 'success', result: undefined };
    case 'fail':
      return { kind: 'error', code: codeOf(input.input) };
    default: {
      const behaviours = plan.behaviours.get(index) ?? [];
      return targetResult(call, behaviours[number - 1] ?? behaviours.at(-1) ?? { kind: 'silent' });
    }
  }
}

function codeOf(input: Json): string {
  const isObject = input !== null && typeof input === 'object' && !Array.isArray(input);
  return isObject ? String(input['code']) : '';
}

/** The first of the target and the clocks. */
function targetResult(call: OpSpec | RollbackSpec, behaviour: Behaviour): Result {
  const isFunction = call.action === 'function';
  const timeoutMs =
    call.timeout === undefined
      ? (isFunction ? LAMBDA_SECONDS : Infinity) * 1000
      : secondsOf(call.timeout) * 1000;
  const heartbeatMs = call.heartbeat === undefined ? Infinity : secondsOf(call.heartbeat) * 1000;
  const answerMs = behaviour.kind === 'silent' ? Infinity : behaviour.afterMs;
  const clockMs = Math.min(timeoutMs, heartbeatMs);
  // Whether its worker heartbeats is decided by the dice.
  if (!isFunction && answerMs !== Infinity && answerMs + MARGIN_MS > heartbeatMs) throw new Undecided();
  if (Math.abs(answerMs - clockMs) < MARGIN_MS || Math.abs(timeoutMs - heartbeatMs) < MARGIN_MS)
    throw new Undecided();
  if (clockMs === Infinity && answerMs === Infinity) return { kind: 'error', code: 'Timeout' };
  if (answerMs > clockMs)
    return { kind: 'error', code: timeoutMs < heartbeatMs ? 'Timeout' : 'HeartbeatTimeout' };
  if (behaviour.kind === 'fail') return { kind: 'error', code: behaviour.code };
  const result = behaviour.kind === 'succeed' ? behaviour.result : undefined;
  if (result !== undefined && jsonBytes(result) > LIMITS.resultBytes) {
    return { kind: 'error', code: isFunction ? 'ResultTooLarge' : 'TooLarge' };
  }
  return { kind: 'success', result };
}
