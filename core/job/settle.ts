import { type Closing, closing } from '../children/close-children.ts';
import type { Group } from '../children/group.ts';
import { secondsOf } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { hasBegun, type Op } from '../op/op.ts';
import { isRollback } from '../op/op-index.ts';
import { cancelOf } from './begin.ts';
import { type Change, changeOf, type Transition } from './change.ts';
import { type Departure, depart, type GivenBack, type HeldFacts } from './give-back.ts';
import {
  commonOf,
  type Decided,
  type Ending,
  type Job,
  type JobInLine,
  type LiveJob,
  type SettledJob,
  type UnsettledJob,
} from './job.ts';
import type { JobError } from './job-error.ts';
import { JOBPLANE } from './journal-entry.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';
import { leftToUndo } from './plan.ts';

/** What a decision about a job's end is made from: its specification, and the lines of what it holds. */
export interface EndFacts extends HeldFacts {
  readonly spec: JobSpec;
  /** Of the children that the job waits for, if it does. */
  readonly group?: Group;
}

/**
 * - `end last`: everything is given back before the job has ended. What nobody waits for is given back
 *   with the end itself; otherwise the end is decided first, and comes after one transaction for each
 *   semaphore, so that a death in between is wound up.
 * - `settle first`: the end does not wait, and what is held is owed (force, abend).
 */
export type EndOrder = 'end last' | 'settle first';

/** Ends the job as decided, or decides its end if something must be given back before. */
export function endJob(
  transition: Transition,
  job: UnsettledJob,
  ending: Ending,
  facts: EndFacts,
  order: EndOrder,
  owed: readonly OwedEffect[] = [],
): Change {
  const departure = depart(job, facts);
  if (departure.holds.length > 0 && order === 'end last') return decideEnd(job, ending, departure, facts);
  const { semaphores, touched, holds } = departure;
  const children = closing(job, facts.group, ending.status === 'ABENDED' ? 'canceled' : 'forced', facts.now);
  return settleChange(transition, { ...job, holds: [...holds] }, ending, facts, {
    semaphores,
    touched,
    owed: [...owed, ...departure.owed, ...children.owed],
    ...(children.group === undefined ? {} : { group: children.group }),
  });
}

/** The last transaction of an attempt: the one entry that settles it, with the head it settles. */
export function settleChange(
  transition: Transition,
  job: UnsettledJob,
  ending: Ending,
  facts: Pick<EndFacts, 'spec' | 'now'>,
  parts: GivenBack & Closing,
): Change {
  // One that ends before its own children is counted once they have ended.
  const isCounted = job.parent !== undefined && job.children === undefined;
  const count: OwedEffect[] = isCounted ? [{ kind: 'count', by: facts.now + EFFECT_OWED_MS }] : [];
  const tell: OwedEffect[] =
    job.hasDependents === true ? [{ kind: 'tell', by: facts.now + EFFECT_OWED_MS }] : [];
  const next: SettledJob = { ...settledJob(job, ending, facts), owed: [...parts.owed, ...tell, ...count] };
  return changeOf(transition, job, next, facts.now, {
    actor: ending.actor,
    semaphores: parts.semaphores,
    touched: parts.touched,
    ...(parts.group === undefined ? {} : { group: parts.group }),
    entries: [{ kind: 'status', from: job.status, to: next.status, message: ending.message }],
  });
}

/** Where somebody waits for what the job holds: from here on it only winds up. */
function decideEnd(job: UnsettledJob, ending: Ending, departure: Departure, facts: EndFacts): Change {
  const { place: _place, ...rest }: UnsettledJob & Pick<JobInLine, 'place'> = job;
  const next: UnsettledJob = { ...rest, ending, owed: [...departure.owed] };
  const message = `Ends as ${ending.status} once what it holds is given back`;
  return changeOf('decide end', job, next, facts.now, {
    actor: ending.actor,
    semaphores: departure.semaphores,
    touched: departure.touched,
    entries: [{ kind: 'decision', message }],
  });
}

function settledJob(job: UnsettledJob, ending: Ending, facts: Pick<EndFacts, 'spec' | 'now'>): SettledJob {
  const { actor: _actor, message: _message, ...outcome } = ending;
  const retainUntil = facts.now + secondsOf(facts.spec.retention) * 1000;
  const ended = { ...commonOf(job), step: 'END', endedAt: facts.now, retainUntil } as const;
  switch (outcome.status) {
    case 'COMPLETED_OK':
    case 'COMPLETED_WITH_WARNINGS':
      return { ...ended, startedAt: job.startedAt ?? facts.now, ...outcome };
    case 'CANCELED_BEFORE_START':
    case 'CANCELED_WHILE_RUNNING':
      return { ...ended, ...outcome };
    case 'ROLLED_BACK':
      return { ...ended, ...outcome };
    default:
      return { ...ended, ...outcome };
  }
}

/** The end that was decided, now that rollbacks and POST ops have run. */
export function decidedEnd(job: LiveJob, decided: Decided, rollback: Job['rollback']): Ending {
  const common = { rollback, actor: JOBPLANE, message: `Job ended as ${decided.status}` };
  if (decided.status === 'CANCELED_WHILE_RUNNING') {
    const cancel = cancelOf(job);
    if (cancel === undefined) throw new Error('a job that nobody cancelled cannot end as cancelled');
    return { ...common, status: decided.status, cancel };
  }
  if (decided.status === 'ROLLED_BACK') {
    if (rollback === 'ok') return { ...common, status: decided.status };
    return { ...common, status: decided.status, error: ROLLBACK_FAILED };
  }
  return {
    ...common,
    status: decided.status,
    error: errorAfterRollback(decided.error ?? NO_ERROR, rollback),
    retryable: decided.retryable,
    ...(decided.retryAfter === undefined ? {} : { retryAfter: decided.retryAfter }),
  };
}

const ROLLBACK_FAILED: JobError = {
  code: 'RollbackFailed',
  message: 'not everything could be undone: manual intervention is required',
};

const NO_ERROR: JobError = { code: 'InternalError', message: 'the job failed without saying why' };

/** A rollback that failed is for a person: the error says so beside what had failed first. */
function errorAfterRollback(error: JobError, rollback: Job['rollback']): JobError {
  if (rollback !== 'failed') return error;
  return { ...error, message: `${error.message}; a rollback failed too: manual intervention is required` };
}

/** Whether the same job may do better another time: not after what no rerun changes. */
export function isWorthRerun({ code }: JobError): boolean {
  return code !== 'Fatal' && code !== 'PreconditionFailed';
}

/**
 * Rollback outcome of a job that is cut off: what is undone by then stays undone.
 *
 * @param ops of the attempt; in a manual rollback those of all attempts
 */
export function rollbackLeft(
  job: Pick<Job, 'attempt' | 'again'>,
  spec: JobSpec,
  ops: readonly Op[],
): Rollback {
  const considered = consideredOps(job, ops);
  if (leftToUndo(spec, considered).length > 0) return 'needed';
  const hasUndone = considered.some((op) => isOwnRollback(job, spec, op));
  return withEarlier(job, hasUndone ? 'ok' : 'none');
}

/** Rollback outcome of a job whose rollbacks have run. The ops are as for {@link rollbackLeft}. */
export function rollbackDone(
  job: Pick<Job, 'attempt' | 'again'>,
  spec: JobSpec,
  ops: readonly Op[],
): Rollback {
  const considered = consideredOps(job, ops);
  const rollbacks = considered.filter((op) => isOwnRollback(job, spec, op));
  if (rollbacks.some((op) => op.status === 'error')) return 'failed';
  if (leftToUndo(spec, considered).length > 0) return 'needed';
  return withEarlier(job, rollbacks.length > 0 ? 'ok' : 'none');
}

/** Rollback outcome of a job that is cut off while it is undone. The ops are as for {@link rollbackLeft}. */
export function rollbackCutOff(
  job: Pick<Job, 'attempt' | 'again'>,
  spec: JobSpec,
  ops: readonly Op[],
): Rollback {
  return leftToUndo(spec, consideredOps(job, ops)).length > 0 ? 'failed' : rollbackDone(job, spec, ops);
}

type Rollback = Job['rollback'];

/** An attempt answers for what it did itself; a manual rollback for all that was done before it. */
function consideredOps(
  { attempt, again }: Pick<Job, 'attempt' | 'again'>,
  ops: readonly Op[],
): readonly Op[] {
  return again?.kind === 'rollback' ? ops : ops.filter((op) => op.attempt === attempt);
}

function isOwnRollback({ attempt }: Pick<Job, 'attempt'>, spec: JobSpec, op: Op): boolean {
  return op.attempt === attempt && hasBegun(op) && isRollback(op.index, spec.ops.length);
}

/** What an attempt that did not end well leaves: nothing of its own, but an earlier one may have left something. */
function withEarlier({ again }: Pick<Job, 'again'>, outcome: Rollback): Rollback {
  return again?.kind === 'rerun' && again.leftBehind === true ? 'needed' : outcome;
}
