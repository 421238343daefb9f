import {
  type AdmissionFacts,
  admit,
  type Candidate,
  type Gate,
  gateOf,
  givesBack,
  joinTouched,
  missedStart,
  unsuccessful,
} from './admission.ts';
import { type Change, type ChangeParts, changeOf, type Transition } from './change.ts';
import { isoOf } from './instant.ts';
import { commonOf, type Ending, isWaiting, type Job, placeOf, type WaitingJob } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { type EndFacts, endJob } from './settle.ts';

/** Lines of what the job holds, stands in and needs. */
export type AdvanceFacts = AdmissionFacts & EndFacts;

/**
 * Lets admission decide again about a job that waits: its time has come, it was granted something, or
 * a job it depends on has ended. Null when nothing changes for it.
 */
export function advanceJob(job: Job, facts: AdvanceFacts): Change | null {
  if (!isWaiting(job) || job.ending !== undefined) return null;
  const tooLate = missedStart(job, facts) ?? missedApproval(job, facts);
  if (tooLate !== null) return endJob('expire job', job, tooLate, facts, 'end last');
  if (placeOf(job) !== undefined) return null;
  return admitFrom('advance job', job, candidateOf(job), gateOf(job), facts);
}

/** Admission from a gate on, as a change of the job; null when it goes on waiting for the same. */
export function admitFrom(
  transition: Transition,
  before: WaitingJob,
  candidate: Candidate,
  from: Gate,
  facts: AdvanceFacts,
  parts: ChangeParts & { readonly why?: string } = { actor: JOBPLANE },
): Change | null {
  const admission = admit(candidate, facts.spec, from, facts);
  if (admission.kind === 'ends') {
    return endJob(
      admission.ending.status === 'EXPIRED' ? 'expire job' : 'decide on dependency',
      before,
      admission.ending,
      facts,
      'end last',
    );
  }
  const { job, message, semaphores, touched, dependsOn } = admission;
  const isSame = job.status === before.status && job.waitReason === before.waitReason;
  // Whoever it waits for may have run again since, and not know of it any more: it is noted once more.
  const changesNothing = semaphores.length === 0 && dependsOn.length === 0;
  if (isSame && transition === 'advance job' && changesNothing) return settled(before, facts);
  const words = parts.why === undefined ? message : `${parts.why}. ${message}`;
  return changeOf(transition, before, job, facts.now, {
    actor: parts.actor,
    semaphores: [...(parts.semaphores ?? []), ...semaphores],
    touched: joinTouched(parts.touched ?? [], touched),
    dependsOn,
    entries: [
      job.status === before.status
        ? { kind: 'wait', message: words }
        : { kind: 'status', from: before.status, to: job.status, message: words },
    ],
  });
}

/** The job as it lines up again after it was granted something. */
export function candidateOf(job: WaitingJob): Candidate {
  const held = job.status === 'CREATED';
  return { job: commonOf(job), group: job.group, held, lineUp: !givesBack(job) };
}

/** The look that somebody owed it is done. */
function settled(job: WaitingJob, facts: AdvanceFacts): Change | null {
  const owed = job.owed.filter(({ kind }) => kind !== 'advance');
  if (owed.length === job.owed.length) return null;
  return changeOf('clear effect', job, { ...job, owed }, facts.now, { actor: JOBPLANE });
}

function missedApproval(job: WaitingJob, { now, rollback }: AdvanceFacts): Ending | null {
  if (job.status !== 'WAITING_APPROVAL' || now <= job.approvalUntil) return null;
  const message = `nobody approved it by ${isoOf(job.approvalUntil)}`;
  return unsuccessful('EXPIRED', { code: 'Expired', message }, rollback);
}
