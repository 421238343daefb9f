import type { Status } from '../job/status.ts';
import type { ViewSubject } from './view-subject.ts';
import type { System, Word } from './vocabularies.ts';

/** One job's status in one system's vocabulary. */
export interface StatusView<S extends System> {
  readonly status: Word<S>;
  /** False where the word says less than Jobplane's own status, or not quite the same. */
  readonly exact: boolean;
}

/**
 * One cell of the table: a word and whether it is exact, in general or only when nothing was left
 * behind; and, where it makes a difference, the word for a job of which a step has run, which is
 * never exact.
 */
export interface Cell<S extends System> {
  readonly word: Word<S>;
  readonly exact: boolean | 'if nothing is left behind';
  readonly onceRun?: Word<S>;
}

/** A job's status in a system's vocabulary, by the table and what makes its words inexact. */
export function statusView<S extends System>(system: S, subject: ViewSubject): StatusView<S> {
  const cell: Cell<S> = STATUS_VIEWS[subject.status][system];
  if (cell.onceRun !== undefined && subject.stepHasRun) return { status: cell.onceRun, exact: false };
  const leftBehind = subject.rollback !== 'none' && subject.rollback !== 'ok';
  return { status: cell.word, exact: cell.exact === true || (cell.exact !== false && !leftBehind) };
}

function exact<W extends string>(word: W) {
  return { word, exact: true } as const;
}

function lossy<W extends string>(word: W) {
  return { word, exact: false } as const;
}

/** Oracle VM Manager promises that an aborted or failed job was rolled back: exact only if it was. */
function exactIfUndone<W extends string>(word: W) {
  return { word, exact: 'if nothing is left behind' } as const;
}

/** IBM HMC has left NOT_STARTED for good once a step has run, though the job waits again. */
function untilRun<W extends string, R extends string>(cell: { word: W; exact: boolean }, onceRun: R) {
  return { ...cell, onceRun };
}

type Row = { readonly [S in System]: Cell<S> };

/**
 * What every status reads as in the five systems, from their lists of statuses. Ganeti's column is
 * the job without its ops; its view computes the word from them.
 */
export const STATUS_VIEWS: Readonly<Record<Status, Row>> = {
  CREATED: {
    oracle: lossy('In Progress'),
    hmc: untilRun(exact('NOT_STARTED'), 'RUNNING'),
    clarive: lossy('Ready'),
    ganeti: lossy('queued'),
    flex: exact('Created'),
  },
  SCHEDULED: {
    oracle: lossy('In Progress'),
    hmc: untilRun(exact('NOT_STARTED'), 'RUNNING'),
    clarive: exact('Ready'),
    ganeti: lossy('queued'),
    flex: exact('Scheduled'),
  },
  PENDING: {
    oracle: lossy('In Progress'),
    hmc: untilRun(exact('NOT_STARTED'), 'RUNNING'),
    clarive: lossy('Ready'),
    ganeti: lossy('queued'),
    flex: exact('Pending'),
  },
  QUEUED: {
    oracle: lossy('In Progress'),
    hmc: untilRun(exact('NOT_STARTED'), 'RUNNING'),
    clarive: exact('Ready'),
    ganeti: exact('queued'),
    flex: exact('Queued'),
  },
  WAITING_APPROVAL: {
    oracle: lossy('In Progress'),
    hmc: untilRun(lossy('NOT_STARTED'), 'RUNNING'),
    clarive: exact('Waiting for Approval'),
    ganeti: lossy('queued'),
    flex: lossy('Scheduled'),
  },
  WAITING_DEPENDENCY: {
    oracle: lossy('In Progress'),
    hmc: untilRun(lossy('NOT_STARTED'), 'RUNNING'),
    clarive: lossy('Ready'),
    ganeti: lossy('waiting'),
    flex: lossy('Queued'),
  },
  WAITING_LOCK: {
    oracle: lossy('In Progress'),
    hmc: untilRun(lossy('NOT_STARTED'), 'RUNNING'),
    clarive: lossy('Ready'),
    ganeti: exact('waiting'),
    flex: exact('Waiting for Lock'),
  },
  RUNNING: {
    oracle: exact('In Progress'),
    hmc: exact('RUNNING'),
    clarive: exact('Running'),
    ganeti: exact('running'),
    flex: exact('Running'),
  },
  CHILD_QUEUED: {
    oracle: exact('Child Queued'),
    hmc: lossy('RUNNING'),
    clarive: lossy('Running'),
    ganeti: lossy('running'),
    flex: lossy('Running'),
  },
  CHILD_RUNNING: {
    oracle: exact('Child Running'),
    hmc: lossy('RUNNING'),
    clarive: lossy('Running'),
    ganeti: lossy('running'),
    flex: lossy('Running'),
  },
  PAUSED: {
    oracle: lossy('In Progress'),
    hmc: lossy('RUNNING'),
    clarive: lossy('Running'),
    ganeti: lossy('running'),
    flex: lossy('Running'),
  },
  TRAPPED: {
    oracle: lossy('In Progress'),
    hmc: lossy('RUNNING'),
    clarive: exact('Trapped'),
    ganeti: lossy('running'),
    flex: lossy('Running'),
  },
  TRAP_PAUSED: {
    oracle: lossy('In Progress'),
    hmc: lossy('RUNNING'),
    clarive: exact('Trap Paused'),
    ganeti: lossy('running'),
    flex: lossy('Running'),
  },
  CANCELING: {
    oracle: lossy('In Progress'),
    hmc: lossy('RUNNING'),
    clarive: lossy('Running'),
    ganeti: exact('canceling'),
    flex: lossy('Running'),
  },
  ROLLING_BACK: {
    oracle: lossy('In Progress'),
    hmc: lossy('RUNNING'),
    clarive: exact('Rollback'),
    ganeti: lossy('running'),
    flex: lossy('Running'),
  },
  REJECTED: {
    oracle: lossy('Aborted'),
    hmc: untilRun(lossy('CANCELED_BEFORE_START'), 'CANCELED_WHILE_RUNNING'),
    clarive: exact('Rejected'),
    ganeti: lossy('canceled'),
    flex: lossy('Cancelled'),
  },
  EXPIRED: {
    oracle: lossy('Aborted'),
    hmc: lossy('FAILED_TO_START'),
    clarive: exact('Expired'),
    ganeti: lossy('canceled'),
    flex: lossy('Failed'),
  },
  COMPLETED_OK: {
    oracle: exact('Completed'),
    hmc: exact('COMPLETED_OK'),
    clarive: exact('Finished'),
    ganeti: exact('success'),
    flex: exact('Completed'),
  },
  COMPLETED_WITH_WARNINGS: {
    oracle: lossy('Completed'),
    hmc: exact('COMPLETED_WITH_WARNINGS'),
    clarive: lossy('Error'),
    ganeti: lossy('error'),
    flex: lossy('Failed'),
  },
  COMPLETED_WITH_ERROR: {
    oracle: lossy('Failed'),
    hmc: exact('COMPLETED_WITH_ERROR'),
    clarive: exact('Error'),
    ganeti: lossy('error'),
    flex: lossy('Failed'),
  },
  FAILED_TO_START: {
    oracle: lossy('Failed'),
    hmc: exact('FAILED_TO_START'),
    clarive: lossy('Error'),
    ganeti: lossy('error'),
    flex: lossy('Failed'),
  },
  FAILED: {
    oracle: exactIfUndone('Failed'),
    hmc: exact('FAILED_BEFORE_COMPLETION'),
    clarive: exact('Error'),
    ganeti: exact('error'),
    flex: exact('Failed'),
  },
  FAILED_RETRYABLE: {
    oracle: lossy('Failed'),
    hmc: exact('FAILED_BEFORE_COMPLETION_RETRY'),
    clarive: lossy('Error'),
    ganeti: lossy('error'),
    flex: lossy('Failed'),
  },
  TIMED_OUT: {
    oracle: lossy('Failed'),
    hmc: lossy('FAILED_BEFORE_COMPLETION'),
    clarive: lossy('Error'),
    ganeti: lossy('error'),
    flex: exact('Timed Out'),
  },
  ABENDED: {
    oracle: lossy('Failed'),
    hmc: lossy('FAILED_BEFORE_COMPLETION'),
    clarive: exact('Abend'),
    ganeti: lossy('error'),
    flex: lossy('Failed'),
  },
  CANCELED_BEFORE_START: {
    oracle: lossy('Aborted'),
    hmc: exact('CANCELED_BEFORE_START'),
    clarive: lossy('Canceled'),
    ganeti: exact('canceled'),
    flex: exact('Cancelled'),
  },
  CANCELED_WHILE_RUNNING: {
    oracle: exactIfUndone('Aborted'),
    hmc: exact('CANCELED_WHILE_RUNNING'),
    clarive: exact('Canceled'),
    ganeti: lossy('canceled'),
    flex: exact('Cancelled'),
  },
  CANCELED_AFTER_FAILURE: {
    oracle: lossy('Aborted'),
    hmc: untilRun(lossy('CANCELED_BEFORE_START'), 'FAILED_BEFORE_COMPLETION'),
    clarive: lossy('Canceled'),
    ganeti: lossy('error'),
    flex: exact('Cancelled'),
  },
  ROLLED_BACK: {
    oracle: exact('Aborted'),
    hmc: lossy('COMPLETED_OK'),
    clarive: lossy('Finished'),
    ganeti: lossy('canceled'),
    flex: lossy('Cancelled'),
  },
};
