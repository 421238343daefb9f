import { type Change, changeOf, type EntryDraft } from './change.ts';
import { datesOf, dueOf, holdsOf, leavesAt } from './due.ts';
import type { Instant } from './instant.ts';
import { isLive, isWaiting, type Job, type LiveJob } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import type { LivenessPolicy } from './live-segment.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';

/**
 * Effects that were done and that nothing that follows will prove: they are owed no more. The journal
 * says so where it was the sweeper that had to do them.
 */
export function clearEffects(
  job: Job,
  done: readonly OwedEffect[],
  now: Instant,
  by: 'whoever owed them' | 'the sweeper',
): Change | null {
  const cleared = job.owed.filter((effect) => done.some((other) => isSame(other, effect)));
  if (cleared.length === 0) return null;
  const owed = job.owed.filter((effect) => !cleared.includes(effect));
  if (by === 'whoever owed them') {
    return changeOf('clear effect', job, { ...job, owed }, now, { actor: JOBPLANE });
  }
  return changeOf('record repair', job, { ...job, owed }, now, {
    actor: JOBPLANE,
    entries: cleared.map((effect) => repairEntry(effect)),
  });
}

/** The sweeper did again what somebody had left undone; it looks again should that not do either. */
export function recordRepair(job: Job, effect: OwedEffect, now: Instant): Change | null {
  if (!job.owed.some((other) => isSame(other, effect))) return null;
  const owed = job.owed.map((other) =>
    isSame(other, effect) ? { ...other, by: now + EFFECT_OWED_MS } : other,
  );
  return changeOf('record repair', job, { ...job, owed }, now, {
    actor: JOBPLANE,
    entries: [repairEntry(effect)],
  });
}

/** The execution was looked at and runs: the next look comes after twice the time, up to the bound. */
export function recordLook(job: LiveJob, now: Instant, policy: LivenessPolicy): Change {
  const afterSeconds = Math.min(policy.maxSeconds, job.liveness.afterSeconds * 2);
  const next: Job = { ...job, liveness: { at: now + afterSeconds * 1000, afterSeconds } };
  return changeOf('look at execution', job, withoutEntry(next), now, { actor: JOBPLANE });
}

/** Nothing is due yet: the index entry that came early moves to the real due time. Null if it stands there. */
export function moveDueEntry(job: Job, now: Instant): Change | null {
  const due = dueOf(job);
  if (due?.at === job.dueEntry?.at && due?.lane === job.dueEntry?.lane) return null;
  return changeOf('move due entry', job, withoutEntry(job), now, { actor: JOBPLANE });
}

/** Effects whose time has come, and what else time has brought about. */
export function dueNow(
  job: Job,
  now: Instant,
): {
  readonly effects: readonly OwedEffect[];
  readonly look: boolean;
  readonly held: boolean;
  readonly dates: boolean;
  readonly leaves: boolean;
} {
  return {
    effects: job.owed.filter(({ by }) => by <= now),
    look: isLive(job) && job.ending === undefined && job.liveness.at <= now,
    dates: isWaiting(job) && datesOf(job).some((at) => at <= now),
    leaves: (leavesAt(job) ?? Number.POSITIVE_INFINITY) <= now,
    held: isLive(job) && job.ending === undefined && holdsOf(job).some((at) => at <= now),
  };
}

function repairEntry(effect: OwedEffect): EntryDraft {
  return { kind: 'repair', message: `Did what was overdue: ${effect.kind}` };
}

function isSame(one: OwedEffect, other: OwedEffect): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function withoutEntry(job: Job): Job {
  const { dueEntry: _entry, ...rest } = job;
  return rest;
}
