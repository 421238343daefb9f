import type { JobSpec } from '../contract/job-spec.ts';
import { type Admission, type AdmissionFacts, admit, type Candidate, type Gate } from './admission.ts';
import type { Instant } from './instant.ts';
import type { Ending, WaitingDependencyJob } from './job.ts';
import { EFFECT_OWED_MS } from './owed-effect.ts';

type Moved = Extract<Admission, { kind: 'moved' }>;

/**
 * Admission of an attempt that begins. One that is over before it could start, since what it depends on
 * has ended otherwise, is stored all the same, so that it can be seen and rerun, and ended by its next
 * transaction.
 */
export function admitAnew(candidate: Candidate, spec: JobSpec, from: Gate, facts: AdmissionFacts): Moved {
  const admission = admit(candidate, spec, from, facts);
  return admission.kind === 'moved' ? admission : toldAtOnce(candidate, admission.ending, facts.now);
}

function toldAtOnce({ job, group }: Candidate, ending: Ending, now: Instant): Moved {
  const waiting: WaitingDependencyJob = {
    ...job,
    group,
    since: now,
    status: 'WAITING_DEPENDENCY',
    waitReason: 'dependencies',
    owed: [...job.owed, { kind: 'advance', by: now + EFFECT_OWED_MS }],
  };
  return { kind: 'moved', job: waiting, message: ending.message, semaphores: [], touched: [], dependsOn: [] };
}
