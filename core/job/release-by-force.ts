import { refused } from '../contract/error-codes.ts';
import { type SemaphoreKey, textOfKey } from '../semaphore/semaphore.ts';
import { givesBack } from './admission.ts';
import { changeOf, type Decision, type EntryDraft } from './change.ts';
import { depart, giveBack } from './give-back.ts';
import { commonOf, isWaiting, type Job, type WaitingJob } from './job.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';
import type { EndFacts } from './settle.ts';

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
  facts: EndFacts,
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
  const entries: EntryDraft[] = [{ kind: 'note', message }];
  const { actor } = command;
  if (isWaiting(job) && job.ending === undefined && !givesBack(job)) {
    const { semaphores, touched, holds } = depart(job, facts);
    const next = linedUpAgain({ ...job, holds: [...holds] }, facts.now);
    const moved: EntryDraft[] =
      next.status === job.status
        ? []
        : [{ kind: 'status', from: job.status, to: next.status, message: 'Lines up again' }];
    const change = changeOf('release by force', job, next, facts.now, {
      actor,
      semaphores,
      touched,
      entries: [...entries, ...moved],
    });
    return { ok: true, change, answer: null };
  }
  const holds = job.holds.filter((candidate) => candidate !== held);
  const change = changeOf('release by force', job, { ...job, holds }, facts.now, {
    actor,
    entries,
    ...giveBack(job, held, facts),
  });
  return { ok: true, change, answer: null };
}

function linedUpAgain(job: WaitingJob, now: number): WaitingJob {
  const by = now + EFFECT_OWED_MS;
  const debt: OwedEffect = job.holds.length > 0 ? { kind: 'release', by } : { kind: 'advance', by };
  const kept = job.owed.filter(({ kind }) => kind !== 'release' && kind !== 'advance');
  return {
    ...commonOf(job),
    group: job.group,
    since: now,
    status: 'PENDING',
    waitReason: 'release',
    owed: [...kept, debt],
  };
}
