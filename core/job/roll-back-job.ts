import { refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { Op } from '../op/op.ts';
import type { AdmissionFacts } from './admission.ts';
import { beginAttempt } from './begin-attempt.ts';
import type { Change, Decision } from './change.ts';
import { ruling } from './commands.ts';
import { type ChildOf, isLive, isWaiting, type Job, type SettledJob } from './job.ts';
import { nextAttempt, refuseAttempt } from './next-attempt.ts';
import { leftToUndo } from './plan.ts';
import { refuseCommand } from './refuse-command.ts';
import { type Said, withComment } from './said.ts';

/**
 * Undoes a settled job by hand, as its next attempt: every op of all attempts that completed, declared a
 * rollback and is not undone, the latest first (Clarive). It takes the job's locks and resources, and
 * waits for nothing else.
 *
 * @param ops of all attempts
 */
export function rollBackJob(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  said: Said,
  facts: AdmissionFacts,
): Decision<null> {
  if (isLive(job) || isWaiting(job) || ruling(job.status, 'rollback') === 'refused') {
    return refuseCommand(job, 'rollback');
  }
  const left = leftToUndo(spec, ops).length;
  if (left === 0) {
    return refused(
      'NothingToUndo',
      `Job ${job.id} is ${job.status}, and nothing of it is left to undo: no op with a rollback completed, or all were undone.`,
    );
  }
  const refusal = refuseAttempt(job, 'rollback');
  if (refusal !== null) return refusal;
  return { ok: true, change: beginRollback(job, spec, left, said, facts), answer: null };
}

/**
 * The attempt that undoes.
 *
 * @param left how many runs of ops are to be undone
 * @param parent of a child: the group that counts its end now
 */
export function beginRollback(
  job: SettledJob,
  spec: JobSpec,
  left: number,
  said: Said,
  facts: AdmissionFacts,
  parent?: ChildOf,
): Change {
  const candidate = {
    job: { ...nextAttempt(job, { kind: 'rollback' }), ...(parent === undefined ? {} : { parent }) },
    group: 'RECOVER',
    held: false,
    lineUp: job.holds.length === 0,
  } as const;
  const undoes = `Rollback of ${left} ${left === 1 ? 'op' : 'ops'} by ${said.actor}`;
  return beginAttempt('roll back job', job, candidate, spec, 'line', facts, {
    actor: said.actor,
    why: withComment(undoes, said.comment),
  });
}
