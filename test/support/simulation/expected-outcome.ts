import { secondsOf } from '../../../core/contract/duration.ts';
import type { JobSpec, OpSpec, RollbackSpec } from '../../../core/contract/job-spec.ts';
import { jsonBytes, LIMITS } from '../../../core/contract/limits.ts';
import type { Status } from '../../../core/job/status.ts';
import { type Json, resolveInput } from '../../../core/op/references.ts';
import { behaviourOf } from './behaviour-of.ts';
import type { Attempt } from './expected-attempt.ts';
import type { Answered } from './hold-record.ts';
import type { Behaviour, JobPlan } from './job-plan.ts';
import { indexOfUndoing, nameOfRun, type Run } from './runs.ts';

/** How an attempt ends if nothing goes wrong but what its own targets do. */
export interface ExpectedOutcome {
  readonly status: Status;
  readonly rollback: 'none' | 'needed' | 'ok' | 'failed';
  /** By op index; undefined: does not run. */
  readonly ops: readonly ('success' | 'error' | undefined)[];
}

/** What cannot be foretold of a job: its attempts, and what people and time answered to its traps. */
export interface Course {
  readonly attempts: readonly Attempt[];
  readonly answers: readonly Answered[];
}

type Result =
  | { readonly kind: 'success'; readonly result: Json | undefined; readonly isSkipped?: boolean }
  | { readonly kind: 'error'; readonly code: string };

/** What the runs of each attempt came to, by attempt and index. */
type Results = Map<string, Result>;

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
 * runs its ops one after the other and meets no fault, and no command but those that begin an attempt,
 * hold it or answer its traps: how each of its attempts ends. Shorter than the attempts where a race
 * decides.
 */
export function expectedOutcomes(plan: JobPlan, course: Course): readonly ExpectedOutcome[] {
  const outcomes: ExpectedOutcome[] = [];
  const job = new ForetoldJob(plan, course.answers);
  try {
    for (const attempt of course.attempts) outcomes.push(job.run(attempt));
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
  }
  return outcomes;
}

/** Runs attempts in the mind: what each leaves is what the next begins with. */
class ForetoldJob {
  readonly #plan: JobPlan;
  readonly #answers: readonly Answered[];
  readonly #results: Results = new Map();
  readonly #firstOps = new Map<number, number>();
  #answered = 0;

  constructor(plan: JobPlan, answers: readonly Answered[]) {
    this.#plan = plan;
    this.#answers = answers;
  }

  run(attempt: Attempt): ExpectedOutcome {
    return attempt.kind === 'rollback' ? this.#rollBack(attempt) : this.#runForward(attempt);
  }

  #rollBack({ number, undoes }: Attempt): ExpectedOutcome {
    const { ops } = this.#plan.spec;
    const results = undoes.flatMap((run) => {
      const rollback = ops[run.index]?.rollback;
      const index = indexOfUndoing(run, number, ops.length);
      return rollback === undefined ? [] : [this.#runOp(rollback, { attempt: number, index }, run.attempt)];
    });
    const hasFailed = results.some(({ kind }) => kind === 'error');
    const rollback = hasFailed ? 'failed' : results.every(isUndone) ? 'ok' : 'needed';
    return { status: 'ROLLED_BACK', rollback, ops: ops.map(() => undefined) };
  }

  #runForward(attempt: Attempt): ExpectedOutcome {
    const { spec } = this.#plan;
    const { number, firstOp, standing } = attempt;
    this.#firstOps.set(number, firstOp);
    const own = (index: number) => this.#results.get(nameOfRun({ attempt: number, index }));
    const runs = (steps: readonly string[]) =>
      [...spec.ops.entries()].filter(([index, { step }]) => index >= firstOp && steps.includes(step));
    let stopped: { readonly code: string; readonly onError: string } | null = null;
    for (const [index, op] of runs(['PRE', 'RUN'])) {
      const result = this.#runOp(op, { attempt: number, index }, number);
      if (result.kind === 'success' || op.onError === 'continue') continue;
      stopped = { code: result.code, onError: op.onError };
      break;
    }
    const natural =
      stopped !== null && (stopped.code === 'PreconditionFailed' || stopped.onError === 'finish');
    const undoes = stopped !== null && !natural && spec.rollback.onFailure;
    const rollbacks = undoes ? this.#undoOwn(attempt) : [];
    for (const [index, op] of runs(['POST'])) this.#runOp(op, { attempt: number, index }, number);
    const ops = spec.ops.map((_, index) => own(index)?.kind);
    if (stopped !== null) {
      const rollback = this.#rollbackOf(attempt, rollbacks, undoes);
      return { status: failedStatus(stopped.code, natural), rollback, ops };
    }
    if (standing !== undefined && standing !== 'COMPLETED_WITH_WARNINGS') {
      return { status: standing, rollback: this.#rollbackOf(attempt, [], false), ops };
    }
    const status = naturalStatus(spec, firstOp, ops, standing !== undefined);
    const rollback = status === 'COMPLETED_WITH_ERROR' ? this.#rollbackOf(attempt, [], false) : 'none';
    return { status, rollback, ops };
  }

  /** Undoes what the attempt did before its POST, the latest first. */
  #undoOwn({ number }: Attempt): readonly Result[] {
    const { ops } = this.#plan.spec;
    return [...ops.entries()].reverse().flatMap(([index, { rollback, step }]) => {
      if (rollback === undefined || step === 'POST' || !this.#hasEffect({ attempt: number, index }))
        return [];
      const undoing = {
        attempt: number,
        index: indexOfUndoing({ attempt: number, index }, number, ops.length),
      };
      return [this.#runOp(rollback, undoing, number)];
    });
  }

  #rollbackOf(attempt: Attempt, rollbacks: readonly Result[], undoes: boolean): ExpectedOutcome['rollback'] {
    if (rollbacks.some(({ kind }) => kind === 'error')) return 'failed';
    const isLeft = this.#plan.spec.ops.some(
      ({ step }, index) =>
        this.#hasEffect({ attempt: attempt.number, index }) && (!undoes || step === 'POST'),
    );
    if (isLeft || !rollbacks.every(isUndone) || attempt.leftBehind) return 'needed';
    return rollbacks.length > 0 ? 'ok' : 'none';
  }

  /** Whether it declared a rollback and has something to undo. */
  #hasEffect(run: Run): boolean {
    const rollback = this.#plan.spec.ops[run.index]?.rollback;
    const result = this.#results.get(nameOfRun(run));
    if (rollback === undefined || result === undefined) return false;
    return rollback.when === 'started' || isUndone(result);
  }

  /** All tries of an op, and what its trap was answered between them. */
  #runOp(call: OpSpec | RollbackSpec, run: Run, seenBy: number): Result {
    for (let number = 1; ; number += 1) {
      const result = this.#runTry(call, run, number, seenBy);
      if (result.kind === 'error' && isRetried(call, result.code, number)) continue;
      const end =
        result.kind === 'error' && isTrapped(call, result.code) ? this.#answerOf(run, result) : result;
      if (end === 'retry') continue;
      this.#results.set(nameOfRun(run), end);
      return end;
    }
  }

  #answerOf(run: Run, failed: Result): Result | 'retry' {
    const answered = this.#answers[this.#answered];
    if (answered?.attempt !== run.attempt || answered.op !== run.index) throw new Undecided();
    this.#answered += 1;
    switch (answered.answer) {
      case 'retry':
        return 'retry';
      case 'skip':
        return { kind: 'success', result: undefined, isSkipped: true };
      case 'abort':
        return failed;
    }
  }

  #runTry(call: OpSpec | RollbackSpec, run: Run, number: number, seenBy: number): Result {
    const input = resolveInput(call.input, (name) => {
      const index = this.#plan.spec.ops.findIndex((op) => op.name === name);
      const result = this.#resultSeen(index, seenBy);
      return result?.kind === 'success' ? (result.result ?? {}) : undefined;
    });
    if (!input.ok) return { kind: 'error', code: 'ReferenceMissing' };
    switch (call.action) {
      case 'log':
      case 'wait':
        return { kind: 'success', result: undefined };
      case 'fail':
        return { kind: 'error', code: codeOf(input.input) };
      default:
        return targetResult(call, behaviourOf(this.#plan, { ...run, op: run.index, try: number }));
    }
  }

  /** As it went in that attempt, or the latest that went well before, where the attempt began behind it. */
  #resultSeen(index: number, seenBy: number): Result | undefined {
    if (index >= (this.#firstOps.get(seenBy) ?? 0)) {
      return this.#results.get(nameOfRun({ attempt: seenBy, index }));
    }
    for (let attempt = seenBy - 1; attempt > 0; attempt -= 1) {
      const earlier = this.#results.get(nameOfRun({ attempt, index }));
      if (earlier?.kind === 'success') return earlier;
    }
    return undefined;
  }
}

function isUndone(result: Result): boolean {
  return result.kind === 'success' && result.isSkipped !== true;
}

function naturalStatus(
  spec: JobSpec,
  firstOp: number,
  ops: ExpectedOutcome['ops'],
  isPartial: boolean,
): Status {
  const failures = spec.ops.filter((_, index) => index >= firstOp && ops[index] === 'error');
  if (failures.some(({ onError }) => onError !== 'continue')) return 'COMPLETED_WITH_ERROR';
  return failures.length > 0 || isPartial ? 'COMPLETED_WITH_WARNINGS' : 'COMPLETED_OK';
}

function failedStatus(code: string, natural: boolean): Status {
  if (natural) return 'COMPLETED_WITH_ERROR';
  if (CLOCKS.has(code)) return 'TIMED_OUT';
  return code === 'Busy' ? 'FAILED_RETRYABLE' : 'FAILED';
}

function isRetried(call: OpSpec | RollbackSpec, code: string, number: number): boolean {
  if (code === 'Unreachable') {
    // For how long it is asked again is a matter of clocks.
    if (call.timeout !== undefined) throw new Undecided();
    return true;
  }
  return !NEVER_RETRIED.has(code) && number < (call.retry?.maxAttempts ?? 1);
}

/** A trap asks somebody what follows, save for codes that say it themselves. */
function isTrapped({ onError }: OpSpec | RollbackSpec, code: string): boolean {
  return onError === 'trap' && code !== 'PreconditionFailed' && code !== 'Busy';
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
