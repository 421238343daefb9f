import { isLive, type Job } from '../../../core/job/job.ts';
import { isFinal, type Op } from '../../../core/op/op.ts';
import type { CommittedChange } from './commit-checks.ts';
import { dueRollbacks } from './due-rollbacks.ts';
import { hold } from './violation.ts';

/** What must have happened to the ops of a job by the time it settles, by how it ends. */
export function checkSettlement(committed: CommittedChange): void {
  const { change, before, opsAfter } = committed;
  const { job } = change;
  if (before === undefined || !isLive(before.head) || isLive(job)) return;
  checkRollbackOutcome(committed, before.head);
  if (change.transition !== 'settle job') return;
  const unfinished = [...opsAfter.values()].filter((op) => !isFinal(op));
  hold('order', unfinished.length === 0, () => `the job ends while ops are not final`);
  if (job.status !== 'CANCELED_WHILE_RUNNING') checkPostRan(committed);
  if (job.status === 'COMPLETED_OK' || job.status === 'COMPLETED_WITH_WARNINGS') checkCompleted(committed);
}

function checkPostRan({ spec, opsAfter, change }: CommittedChange): void {
  const missing = spec.ops.flatMap(({ step }, index) =>
    step === 'POST' && !opsAfter.has(index) ? [index] : [],
  );
  hold('post', missing.length === 0, () => `${change.job.status} without POST ops ${missing.join(', ')}`);
}

function checkCompleted({ change, spec, opsAfter }: CommittedChange): void {
  const outcomes = spec.ops.map((op, index) => ({ op, status: opsAfter.get(index)?.status }));
  const failures = outcomes.filter(({ status }) => status !== 'success');
  const allowed = change.job.status === 'COMPLETED_WITH_WARNINGS';
  hold(
    'results',
    failures.every(({ op, status }) => status === 'error' && op.onError === 'continue'),
    () => {
      return `${change.job.status} with ops ${outcomes.map(({ status }) => status).join(', ')}`;
    },
  );
  hold(
    'results',
    allowed === failures.length > 0,
    () => `${change.job.status} with ${failures.length} failures`,
  );
}

/** `needed`: something is left to undo. `ok`: everything was undone. `failed`: a rollback failed. */
function checkRollbackOutcome({ change, spec, opsAfter }: CommittedChange, before: Job): void {
  const { job } = change;
  const rollbacks = [...opsAfter.values()].filter(({ index }) => index >= spec.ops.length);
  const decided = 'decided' in before ? before.decided : undefined;
  const due = dueRollbacks(spec, opsAfter, decided?.post === true);
  const left = dueRollbacks(spec, opsAfter, false).filter(
    (index) => opsAfter.get(index)?.status !== 'success',
  );
  const words = () =>
    `${change.transition} as ${job.status}, rollback ${job.rollback}; due ${due.join(', ')}, ran ${statusesOf(rollbacks)}`;
  if (change.transition === 'settle job' && decided?.undo === true && job.status === decided.status) {
    const ran = due.every((index) => opsAfter.has(index));
    hold('rollbacks', ran, words);
  }
  switch (job.rollback) {
    case 'none':
      hold('rollbacks', due.length === 0 || isCompleted(job), words);
      return;
    case 'ok':
      hold('rollbacks', rollbacks.length > 0 && due.every((index) => !left.includes(index)), words);
      return;
    case 'needed':
      hold('rollbacks', left.length > 0, words);
      return;
    case 'failed':
      hold('rollbacks', left.length > 0 || change.transition === 'force end', words);
      return;
    case 'running':
      hold('rollbacks', false, words);
  }
}

/** A job that completed keeps what it did: there is something to undo, and no need to. */
function isCompleted(job: Job): boolean {
  return job.status.startsWith('COMPLETED_');
}

function statusesOf(ops: readonly Op[]): string {
  return ops.map(({ index, status }) => `${index}: ${status}`).join(', ') || 'none';
}
