import { type Refused, refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { Op } from '../op/op.ts';
import type { AdmissionFacts, Candidate } from './admission.ts';
import { beginAttempt } from './begin-attempt.ts';
import type { Decision } from './change.ts';
import { ruling } from './commands.ts';
import { type EarlierRuns, earlierRuns, hasForgiven, isDone } from './earlier-runs.ts';
import { endingOf, isLive, isWaiting, type Job, type SettledJob, type Standing } from './job.ts';
import { nextAttempt, refuseAttempt } from './next-attempt.ts';
import { opsOf } from './plan.ts';
import { refuseCommand } from './refuse-command.ts';
import { withComment } from './said.ts';
import { isWorthRerun } from './settle.ts';
import type { Status } from './status.ts';

/** Where a rerun begins: at a step, or at the op that failed. */
export const RERUN_FROM = ['PRE', 'RUN', 'POST', 'failedOp'] as const;

export type RerunFrom = (typeof RERUN_FROM)[number];

export interface RerunCommand {
  readonly actor: string;
  readonly comment?: string;
  readonly from: RerunFrom;
  /** RUN does not wait for its date. */
  readonly runNow: boolean;
}

/**
 * Runs a settled job again from a step on, or from the op that failed, as its next attempt (Clarive).
 * All that comes after runs again; results of what comes before stay usable. An op that was undone
 * counts as not run: the rerun begins at the earliest of them. From PRE or RUN the job passes its gates
 * once more: RUN keeps its date, and one that has passed means now, with the same window as before.
 * From POST, or from an op of a RUN that had started, neither date nor approval is asked again.
 *
 * @param ops of all attempts
 */
export function rerunJob(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  command: RerunCommand,
  facts: AdmissionFacts,
): Decision<null> {
  const refusal = refusalOf(job, spec, command);
  if (refusal !== null || isLive(job) || isWaiting(job)) return refusal ?? refuseCommand(job, 'rerun');
  const runs = earlierRuns(spec, ops);
  const firstOp = firstOpOf(job, spec, runs, command.from);
  if (typeof firstOp !== 'number') return firstOp;
  const { now } = facts;
  const passed = hasPassedGates(spec, runs, command.from, firstOp);
  const standing = standingOf(job, spec, runs, firstOp);
  const leftBehind = job.rollback === 'needed' || job.rollback === 'failed';
  const { natures, ...head } = nextAttempt(job, {
    kind: 'rerun',
    firstOp,
    ...(passed ? { gatesPassed: true } : {}),
    ...(standing === undefined ? {} : { standing }),
    ...(leftBehind ? { leftBehind: true } : {}),
  });
  const group = spec.ops[firstOp]?.step === 'PRE' ? 'PRE' : 'RUN';
  const candidate: Candidate = {
    job: {
      ...head,
      opsRun: firstOp,
      warnings: warningsBefore(runs, firstOp),
      ...(natures === undefined || group === 'PRE' ? {} : { natures }),
      ...(passed ? {} : datesOf(job, command.runNow, now)),
    },
    group,
    held: false,
    lineUp: job.holds.length === 0,
  };
  const begins = `Rerun by ${command.actor} from ${spec.ops[firstOp]?.name ?? command.from}`;
  const change = beginAttempt('rerun job', job, candidate, spec, passed ? 'line' : 'approval', facts, {
    actor: command.actor,
    why: withComment(begins, command.comment),
  });
  return { ok: true, change, answer: null };
}

function refusalOf(job: Job, spec: JobSpec, { from }: RerunCommand): Refused | null {
  if (ruling(job.status, 'rerun') === 'refused' || endingOf(job) !== undefined) {
    return refuseCommand(job, 'rerun');
  }
  const hasCompleted = job.status === 'COMPLETED_OK' || job.status === 'COMPLETED_WITH_WARNINGS';
  if (hasCompleted && spec.rerunPolicy === 'strict') {
    return refused(
      'CommandRefused',
      `Job ${job.id} is ${job.status}, and its rerunPolicy is strict: what completed never runs again.`,
    );
  }
  const possible = RERUN_FROM.filter((step) => startsFrom(job.status, step));
  if (!possible.includes(from)) {
    return refused(
      'CommandRefused',
      `Job ${job.id} is ${job.status} and does not run again from ${from}; possible: ${possible.join(', ')}.`,
    );
  }
  return refuseAttempt(job, 'rerun');
}

/** What never started has only a start to go back to; what went well has no op that failed. */
function startsFrom(status: Status, from: RerunFrom): boolean {
  switch (status) {
    case 'REJECTED':
    case 'EXPIRED':
    case 'FAILED_TO_START':
      return from === 'PRE' || from === 'RUN';
    case 'COMPLETED_OK':
      return from !== 'failedOp';
    default:
      return true;
  }
}

/** The first op that runs again, or why there is none. */
function firstOpOf(job: Job, spec: JobSpec, runs: EarlierRuns, from: RerunFrom): number | Refused {
  const asked = from === 'failedOp' ? failedOp(job, spec, runs) : firstOfStep(spec, from);
  if (asked === undefined) {
    const what = from === 'failedOp' ? 'no op that failed' : `no op in ${from} or behind it`;
    return refused('CommandRefused', `Job ${job.id} has ${what}; rerun it from PRE, RUN or POST.`);
  }
  // RUN builds on what PRE prepared; POST may follow a failure, and only what was undone is missing.
  const isMissing = (index: number) => (from === 'RUN' ? !isDone(spec, runs, index) : runs.undone.has(index));
  const earlier = spec.ops.findIndex((_op, index) => index < asked && isMissing(index));
  return earlier < 0 ? asked : earlier;
}

const STEPS_FROM = { PRE: ['PRE', 'RUN', 'POST'], RUN: ['RUN', 'POST'], POST: ['POST'] } as const;

function firstOfStep(spec: JobSpec, from: Exclude<RerunFrom, 'failedOp'>): number | undefined {
  return opsOf(spec, STEPS_FROM[from])[0];
}

/** The op that the job's error names; where it names none, the first that is not done. */
function failedOp(job: Job, spec: JobSpec, runs: EarlierRuns): number | undefined {
  const named = 'error' in job ? job.error?.op : undefined;
  if (named !== undefined && named < spec.ops.length) return named;
  const isCompleted = job.status === 'COMPLETED_WITH_WARNINGS';
  const first = spec.ops.findIndex((_op, index) =>
    isCompleted ? runs.latest.get(index)?.status === 'error' : !isDone(spec, runs, index),
  );
  return first < 0 ? undefined : first;
}

/** Whether RUN had started, and is not asked to start anew. */
function hasPassedGates(spec: JobSpec, { latest }: EarlierRuns, from: RerunFrom, firstOp: number): boolean {
  if (from === 'PRE' || from === 'RUN') return false;
  if (spec.ops[firstOp]?.step === 'POST') return true;
  return opsOf(spec, ['RUN']).some((index) => latest.has(index));
}

/** What this attempt does not do again went as it went: POST alone does not make a failure good. */
function standingOf(
  job: SettledJob,
  spec: JobSpec,
  runs: EarlierRuns,
  firstOp: number,
): Standing | undefined {
  const before = spec.ops.slice(0, firstOp).map((_op, index) => index);
  if (before.some((index) => !isDone(spec, runs, index))) return failureOf(job);
  return hasForgiven(spec, runs, firstOp) ? { status: 'COMPLETED_WITH_WARNINGS' } : undefined;
}

function failureOf(job: SettledJob): Standing | undefined {
  switch (job.status) {
    case 'COMPLETED_WITH_ERROR':
    case 'FAILED':
    case 'FAILED_RETRYABLE':
    case 'TIMED_OUT': {
      const { status, error, retryable, retryAfter } = job;
      return { status, error, retryable, ...(retryAfter === undefined ? {} : { retryAfter }) };
    }
    case 'ABENDED':
      return { status: 'FAILED', error: job.error, retryable: isWorthRerun(job.error) };
    default:
      return undefined;
  }
}

function warningsBefore({ latest }: EarlierRuns, firstOp: number): number {
  return [...latest.values()]
    .filter((op) => op.index < firstOp)
    .reduce((sum, op) => sum + (op.status === 'success' ? op.warnings.length : 0), 0);
}

/** RUN keeps its date, and its window counts from that; a date that has passed means now. */
function datesOf(
  { scheduledAt, startWithinSeconds }: SettledJob,
  runNow: boolean,
  now: number,
): Pick<Job, 'scheduledAt' | 'maxStartAt'> {
  const date = scheduledAt === undefined || runNow ? undefined : Math.max(scheduledAt, now);
  return {
    ...(scheduledAt === undefined ? {} : { scheduledAt: date ?? now }),
    ...(startWithinSeconds === undefined ? {} : { maxStartAt: (date ?? now) + startWithinSeconds * 1000 }),
  };
}
