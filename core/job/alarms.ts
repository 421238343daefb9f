import type { Instant } from './instant.ts';
import { isWaiting, type Job } from './job.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';

/**
 * The job with a one-time schedule owed for each moment that its user waits for, its date and its
 * expiry, and those it has no more use for owed to be removed, whatever else its decision owes. One
 * that has passed removes itself. What makes the looks certain is the due entry; a schedule makes
 * them precise.
 */
export function withAlarms(before: Job | null, job: Job, now: Instant): Job {
  const wanted = momentsOf(job).filter((at) => at > now);
  const held = job.alarms ?? [];
  const missing = wanted.filter((at) => !held.includes(at));
  const useless = [...held, ...removalsOf(before)].filter((at) => at > now && !wanted.includes(at));
  const removals = [...new Set(useless)].filter((at) => !removalsOf(job).includes(at));
  const isSettled = missing.length === 0 && removals.length === 0 && held.length === wanted.length;
  if (isSettled && !removalsOf(job).some((at) => wanted.includes(at))) return job;
  const { alarms: _earlier, ...rest } = job;
  const by = now + EFFECT_OWED_MS;
  const owed = [
    ...job.owed.filter((effect) => !isOverruled(effect, wanted)),
    ...missing.map((at): OwedEffect => ({ kind: 'schedule', at, by })),
    ...removals.map((at): OwedEffect => ({ kind: 'unschedule', at, by })),
  ];
  return { ...rest, owed, ...(wanted.length === 0 ? {} : { alarms: wanted }) };
}

function momentsOf(job: Job): readonly Instant[] {
  if (!isWaiting(job) || job.ending !== undefined) return [];
  const date = job.status === 'SCHEDULED' ? [job.scheduledAt] : [];
  const expiry = job.maxStartAt === undefined ? [] : [job.maxStartAt];
  return [...new Set([...date, ...expiry])];
}

function removalsOf(job: Job | null): readonly Instant[] {
  return (job?.owed ?? []).flatMap((effect) => (effect.kind === 'unschedule' ? [effect.at] : []));
}

/** A moment that is wanted again is not to be removed, and one that is not is not to be made. */
function isOverruled(effect: OwedEffect, wanted: readonly Instant[]): boolean {
  if (effect.kind === 'schedule') return !wanted.includes(effect.at);
  return effect.kind === 'unschedule' && wanted.includes(effect.at);
}
