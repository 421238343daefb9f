import type { JobSpec } from '../contract/job-spec.ts';
import type { AdmissionFacts, Candidate, Gate } from './admission.ts';
import { admitAnew } from './admit-anew.ts';
import { type Change, changeOf, type Transition } from './change.ts';
import type { SettledJob } from './job.ts';

/** A settled job begins again, as far as admission lets it at once. */
export function beginAttempt(
  transition: Transition,
  job: SettledJob,
  candidate: Candidate,
  spec: JobSpec,
  from: Gate,
  facts: AdmissionFacts,
  { actor, why }: { readonly actor: string; readonly why: string },
): Change {
  // What earlier attempts left is still left, should this one end before it starts.
  const { again } = candidate.job;
  const leftBehind = again?.kind === 'rollback' || (again?.kind === 'rerun' && again.leftBehind === true);
  const rollback = leftBehind ? 'needed' : 'none';
  const {
    job: next,
    message,
    semaphores,
    touched,
    dependsOn,
  } = admitAnew(candidate, spec, from, {
    ...facts,
    rollback,
  });
  return changeOf(transition, job, next, facts.now, {
    actor,
    semaphores,
    touched,
    dependsOn,
    entries: [{ kind: 'status', from: job.status, to: next.status, message: `${why}. ${message}` }],
  });
}
