import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { Job } from '../../../core/job/job.ts';
import type { RerunFrom } from '../../../core/job/rerun-job.ts';
import type { Status } from '../../../core/job/status.ts';
import { type Run, Runs, type StoredOps } from './runs.ts';

/** How an attempt came about, and what it has to do: as the design says it, apart from the code under test. */
export interface Attempt {
  readonly number: number;
  readonly kind: 'first' | 'rerun' | 'rollback';
  /** Ops before it are not run: earlier attempts did. */
  readonly firstOp: number;
  /** RUN's approval, date and dependencies are not asked again. */
  readonly gatesPassed: boolean;
  /** How the ops before it went, where that was not all well. */
  readonly standing: Status | undefined;
  /** What an earlier attempt should have undone is still there. */
  readonly leftBehind: boolean;
  /** What a manual rollback undoes, in that order. */
  readonly undoes: readonly Run[];
}

/** A job that has ended, by what was committed of it. */
export interface EndedJob {
  readonly head: Job;
  readonly spec: JobSpec;
  readonly ops: StoredOps;
}

export const FIRST_ATTEMPT: Attempt = {
  number: 1,
  kind: 'first',
  firstOp: 0,
  gatesPassed: false,
  standing: undefined,
  leftBehind: false,
  undoes: [],
};

const NEVER_STARTED: ReadonlySet<Status> = new Set(['REJECTED', 'EXPIRED', 'FAILED_TO_START']);
const FAILED: ReadonlySet<Status> = new Set([
  'FAILED',
  'FAILED_RETRYABLE',
  'TIMED_OUT',
  'COMPLETED_WITH_ERROR',
  'ABENDED',
]);

/** What a rerun from there has to do; null: there is none. */
export function expectedRerun(ended: EndedJob, from: RerunFrom): Attempt | null {
  const { head, spec } = ended;
  if (!mayRerun(head.status, spec, from)) return null;
  const runs = runsOf(ended);
  const asked = from === 'failedOp' ? failedOp(head, spec, runs) : firstOfStep(spec, from);
  if (asked === undefined) return null;
  const missing = range(asked).find((index) => {
    const latest = runs.latest(index);
    const isUndone = latest !== undefined && runs.isUndone(latest);
    return isUndone || (from === 'RUN' && !runs.isDone(index));
  });
  const firstOp = missing ?? asked;
  return {
    number: head.attempt + 1,
    kind: 'rerun',
    firstOp,
    gatesPassed:
      (from === 'POST' || from === 'failedOp') && (isOf(spec, firstOp, 'POST') || hasRunBegun(spec, runs)),
    standing: standingOf(head.status, runs, firstOp),
    leftBehind: leavesBehind(head),
    undoes: [],
  };
}

/** What an expired job has to do that is given another date: what is not done. */
export function expectedAfterExpiry(ended: EndedJob): Attempt {
  const { head, spec } = ended;
  const runs = runsOf(ended);
  const firstOp = range(spec.ops.length).find((index) => !runs.isDone(index)) ?? 0;
  return {
    number: head.attempt + 1,
    kind: 'rerun',
    firstOp,
    gatesPassed: false,
    standing: standingOf(head.status, runs, firstOp),
    leftBehind: leavesBehind(head),
    undoes: [],
  };
}

/** What a manual rollback has to undo; null: nothing is left. */
export function expectedRollback(ended: EndedJob): Attempt | null {
  const undoes = runsOf(ended).leftToUndo();
  if (undoes.length === 0) return null;
  return { ...FIRST_ATTEMPT, number: ended.head.attempt + 1, kind: 'rollback', undoes };
}

function runsOf({ head, spec, ops }: EndedJob): Runs {
  return new Runs(spec, ops, head.attempt);
}

function mayRerun(status: Status, spec: JobSpec, from: RerunFrom): boolean {
  if (NEVER_STARTED.has(status)) return from === 'PRE' || from === 'RUN';
  if (FAILED.has(status)) return true;
  if (spec.rerunPolicy === 'strict') return false;
  return status === 'COMPLETED_WITH_WARNINGS' || (status === 'COMPLETED_OK' && from !== 'failedOp');
}

const STEPS = ['PRE', 'RUN', 'POST'] as const;

/** The first op of the step, or of a later one. */
function firstOfStep(spec: JobSpec, from: Exclude<RerunFrom, 'failedOp'>): number | undefined {
  const steps: readonly string[] = STEPS.slice(STEPS.indexOf(from));
  const first = spec.ops.findIndex(({ step }) => steps.includes(step));
  return first < 0 ? undefined : first;
}

/** The op that the error names, or the first that did not go well. */
function failedOp(head: Job, spec: JobSpec, runs: Runs): number | undefined {
  const named = 'error' in head ? head.error?.op : undefined;
  if (named !== undefined && named < spec.ops.length) return named;
  return range(spec.ops.length).find((index) =>
    head.status === 'COMPLETED_WITH_WARNINGS' ? runs.latest(index)?.status === 'error' : !runs.isDone(index),
  );
}

function standingOf(status: Status, runs: Runs, firstOp: number): Status | undefined {
  const before = range(firstOp);
  if (before.some((index) => !runs.isDone(index))) return status === 'ABENDED' ? 'FAILED' : status;
  return before.some((index) => runs.isForgiven(index)) ? 'COMPLETED_WITH_WARNINGS' : undefined;
}

function hasRunBegun(spec: JobSpec, runs: Runs): boolean {
  return spec.ops.some(({ step }, index) => step === 'RUN' && runs.latest(index) !== undefined);
}

function isOf(spec: JobSpec, index: number, step: string): boolean {
  return spec.ops[index]?.step === step;
}

function leavesBehind({ rollback }: Job): boolean {
  return rollback === 'needed' || rollback === 'failed';
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
