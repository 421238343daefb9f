import { endingOf, isLive, type Job } from '../../../core/job/job.ts';
import { isSettled, type Status } from '../../../core/job/status.ts';
import { isFinal, type Op } from '../../../core/op/op.ts';
import type { CommittedChange } from './commit-checks.ts';
import { dueRollbacks } from './due-rollbacks.ts';
import { hasRun, indexOfUndoing } from './runs.ts';
import { hold } from './violation.ts';

/** What must have happened to the ops of a job by the time it settles, by how it ends. */
export function checkSettlement(committed: CommittedChange): void {
  const { change, before, opsAfter } = committed;
  const { job } = change;
  if (before === undefined || isSettled(before.head.status)) return;
  checkAsDecided(committed, before.head);
  const end = endOf(job);
  // An end that was decided is checked where it is decided; what is given back after it changes nothing.
  if (end === undefined || endingOf(before.head) !== undefined) return;
  checkStanding(committed, end);
  if (committed.attempt.kind === 'rollback') checkManualRollback(committed, end);
  else checkRollbackOutcome(committed, before.head, end);
  const isOfExecution = change.transition === 'settle job' || change.transition === 'decide end';
  if (!isOfExecution || !isLive(before.head) || before.head.status === 'QUEUED') return;
  const unfinished = [...opsAfter.values()].filter((op) => !isFinal(op) && hasRun(op));
  hold('order', unfinished.length === 0, () => `the job ends while ops are not final`);
  if (NATURAL.has(end.status)) checkPostRan(committed, end);
  if (end.status === 'COMPLETED_OK' || end.status === 'COMPLETED_WITH_WARNINGS')
    checkCompleted(committed, end);
}

/** How a job ends: as its head says, or as was decided. */
interface End {
  readonly status: Status;
  readonly rollback: Job['rollback'];
}

/** Ends of a job whose own execution ends it. */
const NATURAL: ReadonlySet<Status> = new Set([
  'COMPLETED_OK',
  'COMPLETED_WITH_WARNINGS',
  'COMPLETED_WITH_ERROR',
  'FAILED',
  'FAILED_RETRYABLE',
  'TIMED_OUT',
]);

function endOf(job: Job): End | undefined {
  return isSettled(job.status) ? job : endingOf(job);
}

/** A job whose end was decided ends so, whoever ends it. */
function checkAsDecided({ change }: CommittedChange, before: Job): void {
  const ending = endingOf(before);
  if (ending === undefined) return;
  const end = endOf(change.job);
  hold('settledStays', end?.status === ending.status && end.rollback === ending.rollback, () => {
    return `'${change.transition}' ends job ${before.id} as ${end?.status}, and ${ending.status} was decided`;
  });
}

/** What went wrong before this attempt began, and is not run again, stays: POST alone makes nothing good. */
function checkStanding({ attempt }: CommittedChange, end: End): void {
  const { standing } = attempt;
  if (standing === undefined || !NATURAL.has(end.status)) return;
  const isBetter =
    standing === 'COMPLETED_WITH_WARNINGS' ? end.status === 'COMPLETED_OK' : end.status !== standing;
  hold('attempts', !isBetter, () => `the attempt ends as ${end.status}, and ${standing} stands`);
}

function checkPostRan({ spec, opsAfter, attempt }: CommittedChange, { status: end }: End): void {
  const missing = spec.ops.flatMap(({ step }, index) =>
    step === 'POST' && index >= attempt.firstOp && !hasRun(opsAfter.get(index)) ? [index] : [],
  );
  hold('post', missing.length === 0, () => `${end} without POST ops ${missing.join(', ')}`);
}

function checkCompleted({ spec, opsAfter, attempt }: CommittedChange, end: End): void {
  const outcomes = spec.ops
    .map((op, index) => ({
      op,
      status: opsAfter.get(index)?.status,
      isTolerated: isTolerated(opsAfter.get(index)),
    }))
    .slice(attempt.firstOp);
  const failures = outcomes.filter(({ status }) => status !== 'success');
  const allowed = end.status === 'COMPLETED_WITH_WARNINGS';
  hold(
    'results',
    failures.every(({ op, status }) => status === 'error' && op.onError === 'continue'),
    () => {
      return `${end.status} with ops ${outcomes.map(({ status }) => status).join(', ')}`;
    },
  );
  const isPartial =
    failures.length > 0 || outcomes.some((outcome) => outcome.isTolerated) || attempt.standing !== undefined;
  hold('results', allowed === isPartial, () => `${end.status} with ${failures.length} failures`);
}

/** Some of its children did not succeed, and were allowed to. */
function isTolerated(op: Op | undefined): boolean {
  return op?.status === 'success' && op.tolerated === true;
}

/** `needed`: something is left to undo. `ok`: everything was undone. `failed`: a rollback failed. */
function checkRollbackOutcome(
  { change, spec, opsAfter, attempt }: CommittedChange,
  before: Job,
  end: End,
): void {
  const { transition } = change;
  const rollbacks = [...opsAfter.values()].filter((op) => op.index >= spec.ops.length && hasRun(op));
  const decided = 'decided' in before ? before.decided : undefined;
  const due = dueRollbacks(spec, opsAfter, decided?.post === true);
  const left = dueRollbacks(spec, opsAfter, false).filter((index) => !isUndone(opsAfter.get(index)));
  // What an earlier attempt left is left still, unless this one ends well.
  const isLeftBehind = attempt.leftBehind && !COMPLETED.has(end.status);
  const words = () =>
    `${transition} as ${end.status}, rollback ${end.rollback}; due ${due.join(', ')}, ran ${statusesOf(rollbacks)}`;
  const isOfExecution = transition === 'settle job' || transition === 'decide end';
  if (isOfExecution && decided?.undo === true && end.status === decided.status) {
    const ran = due.every((index) => hasRun(opsAfter.get(index)));
    hold('rollbacks', ran, words);
  }
  switch (end.rollback) {
    case 'none':
      hold('rollbacks', (due.length === 0 || COMPLETED.has(end.status)) && !isLeftBehind, words);
      return;
    case 'ok':
      hold(
        'rollbacks',
        rollbacks.length > 0 && due.every((index) => !left.includes(index)) && !isLeftBehind,
        words,
      );
      return;
    case 'needed':
      hold('rollbacks', left.length > 0 || isLeftBehind, words);
      return;
    case 'failed':
      hold('rollbacks', left.length > 0 || transition === 'force end', words);
      return;
    case 'running':
      hold('rollbacks', false, words);
  }
}

/** A manual rollback has undone what it found left, or says that it has not. */
function checkManualRollback({ change, spec, opsAfter, attempt }: CommittedChange, end: End): void {
  const undoing = attempt.undoes.map((run) =>
    opsAfter.get(indexOfUndoing(run, attempt.number, spec.ops.length)),
  );
  const words = () =>
    `'${change.transition}' ends a manual rollback as ${end.status}, ${end.rollback}, with ${undoing.map((op) => op?.status ?? 'nothing').join(', ')}`;
  hold('rollbacks', end.status === 'ROLLED_BACK' || CUT_OFF.has(end.status), words);
  const isAllUndone = undoing.every(isUndone);
  const hasFailed = undoing.some((op) => op?.status === 'error');
  // Whoever forces the end does not wait to see how far it came.
  const isForced = change.transition === 'force end';
  hold(
    'rollbacks',
    (end.rollback === 'ok') === isAllUndone || (isForced && end.rollback === 'failed'),
    words,
  );
  if (end.status === 'ROLLED_BACK' && !isForced) {
    hold(
      'rollbacks',
      undoing.every((op) => op !== undefined && isFinal(op)),
      words,
    );
    hold('rollbacks', (end.rollback === 'failed') === hasFailed, words);
  }
  hold('rollbacks', end.rollback !== 'failed' || hasFailed || isForced, words);
}

const CUT_OFF: ReadonlySet<Status> = new Set(['CANCELED_WHILE_RUNNING', 'CANCELED_BEFORE_START', 'ABENDED']);

function isUndone(op: Op | undefined): boolean {
  return op?.status === 'success' && op.skipped !== true;
}

/** A job that completed keeps what it did: there is something to undo, and no need to. */
const COMPLETED: ReadonlySet<Status> = new Set(['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS']);

function statusesOf(ops: readonly Op[]): string {
  return ops.map(({ index, status }) => `${index}: ${status}`).join(', ') || 'none';
}
