import { endingOf, isLive, type Job } from '../../../core/job/job.ts';
import { isSettled, type Status } from '../../../core/job/status.ts';
import { isFinal, type Op } from '../../../core/op/op.ts';
import type { CommittedChange } from './commit-checks.ts';
import { dueRollbacks } from './due-rollbacks.ts';
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
  checkRollbackOutcome(committed, before.head, end);
  const isOfExecution = change.transition === 'settle job' || change.transition === 'decide end';
  if (!isOfExecution || !isLive(before.head) || before.head.status === 'QUEUED') return;
  const unfinished = [...opsAfter.values()].filter((op) => !isFinal(op));
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

function checkPostRan({ spec, opsAfter }: CommittedChange, { status: end }: End): void {
  const missing = spec.ops.flatMap(({ step }, index) =>
    step === 'POST' && !opsAfter.has(index) ? [index] : [],
  );
  hold('post', missing.length === 0, () => `${end} without POST ops ${missing.join(', ')}`);
}

function checkCompleted({ spec, opsAfter }: CommittedChange, end: End): void {
  const outcomes = spec.ops.map((op, index) => ({ op, status: opsAfter.get(index)?.status }));
  const failures = outcomes.filter(({ status }) => status !== 'success');
  const allowed = end.status === 'COMPLETED_WITH_WARNINGS';
  hold(
    'results',
    failures.every(({ op, status }) => status === 'error' && op.onError === 'continue'),
    () => {
      return `${end.status} with ops ${outcomes.map(({ status }) => status).join(', ')}`;
    },
  );
  hold('results', allowed === failures.length > 0, () => `${end.status} with ${failures.length} failures`);
}

/** `needed`: something is left to undo. `ok`: everything was undone. `failed`: a rollback failed. */
function checkRollbackOutcome({ change, spec, opsAfter }: CommittedChange, before: Job, end: End): void {
  const { transition } = change;
  const rollbacks = [...opsAfter.values()].filter(({ index }) => index >= spec.ops.length);
  const decided = 'decided' in before ? before.decided : undefined;
  const due = dueRollbacks(spec, opsAfter, decided?.post === true);
  const left = dueRollbacks(spec, opsAfter, false).filter(
    (index) => opsAfter.get(index)?.status !== 'success',
  );
  const words = () =>
    `${transition} as ${end.status}, rollback ${end.rollback}; due ${due.join(', ')}, ran ${statusesOf(rollbacks)}`;
  const isOfExecution = transition === 'settle job' || transition === 'decide end';
  if (isOfExecution && decided?.undo === true && end.status === decided.status) {
    const ran = due.every((index) => opsAfter.has(index));
    hold('rollbacks', ran, words);
  }
  switch (end.rollback) {
    case 'none':
      hold('rollbacks', due.length === 0 || isCompleted(end), words);
      return;
    case 'ok':
      hold('rollbacks', rollbacks.length > 0 && due.every((index) => !left.includes(index)), words);
      return;
    case 'needed':
      hold('rollbacks', left.length > 0, words);
      return;
    case 'failed':
      hold('rollbacks', left.length > 0 || transition === 'force end', words);
      return;
    case 'running':
      hold('rollbacks', false, words);
  }
}

/** A job that completed keeps what it did: there is something to undo, and no need to. */
function isCompleted({ status }: End): boolean {
  return status.startsWith('COMPLETED_');
}

function statusesOf(ops: readonly Op[]): string {
  return ops.map(({ index, status }) => `${index}: ${status}`).join(', ') || 'none';
}
