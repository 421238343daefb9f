import { type Refused, refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { type AdvanceFacts, admitFrom, candidateOf } from './advance-job.ts';
import type { Decision } from './change.ts';
import { isoOf } from './instant.ts';
import { type Ending, endingOf, type Job, type WaitingApprovalJob } from './job.ts';
import { refuseCommand } from './refuse-command.ts';
import { type Said, withComment } from './said.ts';
import { endJob } from './settle.ts';

/** Who decides about an approval, with what the verified token says of them. */
export interface Approver extends Said {
  /** Names of their groups in the job's project. */
  readonly groups: readonly string[];
  /** Whether they may decide about any approval of the project (job.approve_all). */
  readonly mayApproveAll: boolean;
}

/**
 * The job may go on: its date, its dependencies and its queue follow. Source: Clarive's approvals;
 * the owner needs another pair of eyes unless the job allows otherwise.
 */
export function approveJob(job: Job, approver: Approver, facts: AdvanceFacts): Decision<null> {
  const checked = decider(job, facts.spec, approver, 'approve', facts.now);
  if (!checked.ok) return checked;
  const change = admitFrom('approve job', checked.job, candidateOf(checked.job), 'date', facts, {
    actor: approver.actor,
    why: withComment(`Approved by ${approver.actor}`, approver.comment),
  });
  return { ok: true, change, answer: null };
}

/** The job stands still until somebody reruns, cancels or deletes it; it holds nothing. */
export function rejectJob(job: Job, approver: Approver, facts: AdvanceFacts): Decision<null> {
  const checked = decider(job, facts.spec, approver, 'reject', facts.now);
  if (!checked.ok) return checked;
  const why = withComment(`rejected by ${approver.actor}`, approver.comment);
  const ending: Ending = {
    status: 'REJECTED',
    error: { code: 'Rejected', message: why },
    retryable: true,
    rollback: facts.rollback,
    actor: approver.actor,
    message: `Job ended as REJECTED: ${why}`,
  };
  return { ok: true, change: endJob('reject job', checked.job, ending, facts, 'end last'), answer: null };
}

function decider(
  job: Job,
  spec: JobSpec,
  approver: Approver,
  command: 'approve' | 'reject',
  now: number,
): { readonly ok: true; readonly job: WaitingApprovalJob } | Refused {
  if (job.status !== 'WAITING_APPROVAL' || endingOf(job) !== undefined) return refuseCommand(job, command);
  if (now > job.approvalUntil) {
    return refused(
      'CommandRefused',
      `The time to ${command} job ${job.id} is over since ${isoOf(job.approvalUntil)}; it expires.`,
    );
  }
  const { approvers = [], allowOwner = false } = spec.approval ?? {};
  const names = [`user:${approver.actor}`, ...approver.groups.map((group) => `group:${group}`)];
  if (!approver.mayApproveAll && !approvers.some((name) => names.includes(name))) {
    return refused(
      'NotAnApprover',
      `Job ${job.id} waits for ${approvers.join(', ')}; you are none of them and lack job.approve_all.`,
    );
  }
  if (command === 'approve' && job.owner === approver.actor && !allowOwner) {
    return refused(
      'OwnerMayNotApprove',
      `You own job ${job.id}, and it does not allow its owner to approve it. Ask ${approvers.join(', ')}.`,
    );
  }
  return { ok: true, job };
}
