import { type Change, changeOf } from './change.ts';
import { dueOf } from './due.ts';
import type { Instant } from './instant.ts';
import { isLive, type Job, type LiveJob } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import type { LivenessPolicy } from './live-segment.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';

/** An effect was done and nothing that follows will prove it: it is owed no more. */
export function clearEffect(job: Job, effect: OwedEffect, now: Instant): Change | null {
  const owed = job.owed.filter((other) => !isSame(other, effect));
  if (owed.length === job.owed.length) return null;
  return changeOf('clear effect', job, { ...job, owed }, now, { actor: JOBPLANE });
}

/** The sweeper did again what somebody had left undone; it looks again should that not do either. */
export function recordRepair(job: Job, effect: OwedEffect, now: Instant): Change | null {
  if (!job.owed.some((other) => isSame(other, effect))) return null;
  const owed = job.owed.map((other) =>
    isSame(other, effect) ? { ...other, by: now + EFFECT_OWED_MS } : other,
  );
  return changeOf('record repair', job, { ...job, owed }, now, {
    actor: JOBPLANE,
    entries: [{ kind: 'repair', message: `Did what was overdue: ${effect.kind}` }],
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

/** Effects whose time has come, and whether the execution is to be looked at. */
export function dueNow(
  job: Job,
  now: Instant,
): { readonly effects: readonly OwedEffect[]; readonly look: boolean; readonly held: boolean } {
  return {
    effects: job.owed.filter(({ by }) => by <= now),
    look: isLive(job) && job.liveness.at <= now,
    held: isLive(job) && job.status !== 'QUEUED' && job.heldUntil !== undefined && job.heldUntil <= now,
  };
}

function isSame(one: OwedEffect, other: OwedEffect): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function withoutEntry(job: Job): Job {
  const { dueEntry: _entry, ...rest } = job;
  return rest;
}
