import { refused } from '../contract/error-codes.ts';
import { type SemaphoreKey, textOfKey } from '../semaphore/semaphore.ts';
import { givesBack } from './admission.ts';
import { type AdvanceFacts, admitFrom, candidateOf } from './advance-job.ts';
import { changeOf, type Decision } from './change.ts';
import { depart, departed, giveBack } from './give-back.ts';
import { isWaiting, type Job } from './job.ts';

/** Who takes a lock from its holder, and why: both are journaled. */
export interface ForcedRelease {
  readonly actor: string;
  readonly reason: string;
}

/**
 * Takes a lock from the job that holds it, and hands it to the next in line. The job goes on without
 * it: its fence is what keeps it from writing over the next holder's work. A job that only waits goes
 * back to the end of its lines, since it must not wait for the lock while it holds what sorts after it.
 */
export function releaseByForce(
  job: Job,
  key: SemaphoreKey,
  command: ForcedRelease,
  facts: AdvanceFacts,
): Decision<null> {
  const need = facts.needs.find((candidate) => textOfKey(candidate.key) === textOfKey(key));
  const held = job.holds.find((candidate) => candidate.need === need?.index);
  if (held === undefined) {
    return refused(
      'LockNotHeld',
      `Job ${job.id} does not hold the lock ${key.name}; GET /locks?name=${key.name} shows who does.`,
    );
  }
  const message = `Lock ${key.name} was taken away by ${command.actor}: ${command.reason}`;
  const { actor } = command;
  if (isWaiting(job) && job.ending === undefined && !givesBack(job)) {
    const departure = depart(job, facts);
    const { semaphores, touched } = departure;
    const candidate = { ...candidateOf(job), job: departed(job, departure), lineUp: false };
    const parts = { actor, semaphores, touched, why: message };
    const change = admitFrom('release by force', job, candidate, 'line', facts, parts);
    return { ok: true, change, answer: null };
  }
  const holds = job.holds.filter((candidate) => candidate !== held);
  const change = changeOf('release by force', job, { ...job, holds }, facts.now, {
    actor,
    entries: [{ kind: 'note', message }],
    ...giveBack(job, held, facts),
  });
  return { ok: true, change, answer: null };
}
