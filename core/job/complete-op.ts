import { type ErrorCode, refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { LIMITS } from '../contract/limits.ts';
import {
  type BegunOp,
  hasBegun,
  isFinal,
  type Op,
  type RunningOp,
  type SucceededOp,
  type TriedOp,
} from '../op/op.ts';
import type { Json } from '../op/references.ts';
import { withoutActiveOp } from './begin.ts';
import { type Change, changeOf, type Decision, type EntryDraft } from './change.ts';
import type { Instant } from './instant.ts';
import { isHeld, isLive, isParent, type Job, type WorkingJob } from './job.ts';
import type { JobError } from './job-error.ts';
import { JOBPLANE } from './journal-entry.ts';
import { EFFECT_OWED_MS, startOf } from './owed-effect.ts';

/** What became of a try. */
export type Outcome =
  | { readonly kind: 'succeeded'; readonly result?: Json }
  | { readonly kind: 'failed'; readonly error: JobError };

/** A completion, from wherever it comes, named by what it completes. */
export interface Completion {
  readonly attempt: number;
  readonly op: number;
  readonly try: number;
  /** Given where a third party carried the completion. */
  readonly nonce?: string;
  readonly outcome: Outcome;
  readonly actor: string;
  /** A line for the journal, written with the completion (built-in action `log`). */
  readonly log?: string;
}

/** A completion that changed nothing, and whether the journal says so. */
export interface LateAnswer {
  readonly code: Extract<
    ErrorCode,
    'CompletionLate' | 'CompletionRepeated' | 'AttemptSuperseded' | 'TrySuperseded' | 'NonceMismatch'
  >;
  readonly detail: string;
}

/** What a completion does: settle the try, or be told why it cannot. */
export type CompletionAnswer =
  | { readonly kind: 'recorded'; readonly op: Op }
  | { readonly kind: 'late'; readonly late: LateAnswer; readonly op: Op };

/**
 * Settles the try, if it is the one that runs: the first of completion, timeout and cancel to commit
 * wins, and what comes later is journaled once a try and changes nothing.
 */
export function completeOp(
  job: Job,
  spec: JobSpec,
  op: Op | null,
  completion: Completion,
  now: Instant,
): Decision<CompletionAnswer> {
  if (op === null || !hasBegun(op) || completion.attempt > job.attempt || completion.try > op.try) {
    const what = `try ${completion.try} of op ${completion.op} in attempt ${completion.attempt}`;
    return refused('OpNotStarted', `There has been no ${what}; complete what an event or a call named.`);
  }
  const late = latenessOf(job, op, completion);
  if (late !== null) return answerLate(job, op, completion, late, now);
  if (op.status !== 'running' || !isBusy(job)) {
    throw new Error(
      `op ${op.index} is ${op.status} in a job that is ${job.status}, which is neither running nor late`,
    );
  }
  const settled =
    completion.outcome.kind === 'succeeded'
      ? succeed(job, spec, op, completion.outcome.result, now, completion.actor, logged(completion))
      : failTry(job, op, completion.outcome.error, now, completion.actor);
  return { ok: true, change: settled.change, answer: { kind: 'recorded', op: settled.op } };
}

/** What else happens as a try is settled: the job that it was decided on, and how its status moves. */
interface Settling {
  readonly from?: Job;
  readonly entries?: readonly EntryDraft[];
}

function logged({ log }: Completion): { readonly log?: string } {
  return log === undefined ? {} : { log };
}

/** Settles a running op as succeeded and owes the answer to its token. */
export function succeed(
  job: WorkingJob,
  spec: JobSpec,
  op: RunningOp,
  result: Json | undefined,
  now: Instant,
  actor: string,
  settling: Settling & { readonly log?: string } = {},
): { readonly change: Change; readonly op: SucceededOp } {
  const { log } = settling;
  const warnings = textsOf(result, 'warnings');
  const { nonce: _nonce, tryStartedAt: _started, dispatched: _dispatched, ...kept } = op;
  const done: SucceededOp = {
    ...kept,
    version: op.version + 1,
    status: 'success',
    endedAt: now,
    warnings,
    ...(result === undefined ? {} : { result }),
  };
  const natures =
    spec.ops[op.index]?.step === 'PRE' ? union(job.natures, textsOf(result, 'natures')) : job.natures;
  const next: WorkingJob = {
    ...withoutActiveOp(job),
    opsRun: job.opsRun + (op.index < spec.ops.length ? 1 : 0),
    warnings: job.warnings + warnings.length,
    owed: [...startOf(job.owed), { kind: 'answer', op: op.index, by: now + EFFECT_OWED_MS }],
    ...(natures === undefined ? {} : { natures }),
  };
  const change = changeOf('complete op', settling.from ?? job, next, now, {
    actor,
    ops: [{ before: op.version, op: done }],
    entries: [
      ...(settling.entries ?? []),
      ...(log === undefined
        ? []
        : [{ kind: 'log' as const, op: { index: op.index, name: op.name }, message: log }]),
      {
        kind: 'op',
        op: { index: op.index, name: op.name },
        from: 'running',
        to: 'success',
        message:
          warnings.length === 0
            ? `${op.name} succeeded`
            : `${op.name} succeeded, with warnings: ${warnings.join('; ')}`,
      },
    ],
  });
  return { change, op: done };
}

/** Records that a try failed; what follows is for Handle op failure to decide. */
export function failTry(
  job: WorkingJob,
  op: RunningOp,
  error: JobError,
  now: Instant,
  actor: string = JOBPLANE,
  settling: Settling & { readonly held?: boolean; readonly byClock?: boolean } = {},
): { readonly change: Change; readonly op: TriedOp } {
  const { nonce: _nonce, tryStartedAt: _started, dispatched: _dispatched, ...kept } = op;
  const tried: TriedOp = {
    ...kept,
    version: op.version + 1,
    status: 'tried',
    error,
    triedAt: now,
    held: settling.held === true,
    ...(settling.byClock === true ? { byClock: true } : {}),
  };
  const next: WorkingJob = {
    ...job,
    owed: [...startOf(job.owed), { kind: 'answer', op: op.index, by: now + EFFECT_OWED_MS }],
  };
  const change = changeOf('fail try', settling.from ?? job, next, now, {
    actor,
    ops: [{ before: op.version, op: tried }],
    entries: [
      ...(settling.entries ?? []),
      {
        kind: 'op',
        op: { index: op.index, name: op.name },
        from: 'running',
        to: 'waiting',
        message: `${op.name} failed, try ${op.try}: ${error.code}: ${error.message}`,
      },
    ],
  });
  return { change, op: tried };
}

function latenessOf(job: Job, op: BegunOp, completion: Completion): LateAnswer | null {
  if (completion.attempt < job.attempt) {
    return {
      code: 'AttemptSuperseded',
      detail: `The job is at attempt ${job.attempt}; the completion is for attempt ${completion.attempt}.`,
    };
  }
  if (completion.try < op.try) {
    return {
      code: 'TrySuperseded',
      detail: `${op.name} is at try ${op.try}; the completion is for try ${completion.try}.`,
    };
  }
  if (op.status === 'running' && completion.nonce !== undefined && completion.nonce !== op.nonce) {
    return {
      code: 'NonceMismatch',
      detail: `The nonce is not the one that try ${op.try} of ${op.name} was given.`,
    };
  }
  if (isBusy(job) && job.status !== 'CANCELING' && op.status === 'running') return null;
  const repeats = completion.outcome.kind === 'succeeded' ? op.status === 'success' : isReported(op);
  if (repeats) {
    return {
      code: 'CompletionRepeated',
      detail: `Try ${op.try} of ${op.name} was completed before; nothing is left to do.`,
    };
  }
  return {
    code: 'CompletionLate',
    detail: `${op.name} is over: ${whyOver(job, op)}. The completion changed nothing.`,
  };
}

function answerLate(
  job: Job,
  op: BegunOp,
  completion: Completion,
  late: LateAnswer,
  now: Instant,
): Decision<CompletionAnswer> {
  if (late.code === 'CompletionRepeated' || op.lateTry === completion.try) {
    return { ok: true, change: null, answer: { kind: 'late', late, op } };
  }
  const noted: BegunOp = { ...op, version: op.version + 1, lateTry: completion.try };
  const change = changeOf('record late answer', job, job, now, {
    actor: completion.actor,
    ops: [{ before: op.version, op: noted }],
    entries: [{ kind: 'late', op: { index: op.index, name: op.name }, message: late.detail }],
  });
  return { ok: true, change, answer: { kind: 'late', late, op: noted } };
}

function isBusy(job: Job): job is WorkingJob {
  return isLive(job) && job.status !== 'QUEUED' && !isHeld(job) && !isParent(job);
}

/** The try's failure was reported by its worker, rather than found by a clock. */
function isReported(op: Op): boolean {
  if (op.status === 'tried') return op.byClock === undefined;
  return op.status === 'error' && !op.timedOut;
}

function whyOver(job: Job, op: Op): string {
  if (op.status === 'tried' || op.status === 'error') return `${op.error.code}, ${op.error.message}`;
  if (isFinal(op)) return `it ended as ${op.status}`;
  return `the job is ${job.status}`;
}

/** A key of a result that holds a list of texts; anything else there is the action's own business. */
function textsOf(result: Json | undefined, key: string): string[] {
  if (result === undefined || result === null || typeof result !== 'object' || Array.isArray(result))
    return [];
  const value = result[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The head holds them, so they are names, and not more than a reader takes in. */
function union(known: readonly string[] | undefined, found: readonly string[]): string[] {
  const names = found.filter((name) => name.length <= LIMITS.nameCharacters);
  return [...new Set([...(known ?? []), ...names])].slice(0, LIMITS.natures);
}
