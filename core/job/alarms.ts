import type { Instant } from './instant.ts';
import { isWaiting, type Job } from './job.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';

/**
 * The job with a one-time schedule owed for each moment that its user waits for, its date and its
 * expiry, and those it has no more use for owed to be removed. One that has passed removes itself.
 * What makes the looks certain is the due entry; a schedule makes them precise.
 */
export function withAlarms(job: Job, now: Instant): Job {
  const wanted = momentsOf(job).filter((at) => at > now);
  const held = job.alarms ?? [];
  const missing = wanted.filter((at) => !held.includes(at));
  const useless = held.filter((at) => !wanted.includes(at));
  if (missing.length === 0 && useless.length === 0) return job;
  const { alarms: _earlier, ...rest } = job;
  const by = now + EFFECT_OWED_MS;
  const owed = [
    ...job.owed.filter((effect) => !(effect.kind === 'schedule' && useless.includes(effect.at))),
    ...missing.map((at): OwedEffect => ({ kind: 'schedule', at, by })),
    ...useless.filter((at) => at > now).map((at): OwedEffect => ({ kind: 'unschedule', at, by })),
  ];
  return { ...rest, owed, ...(wanted.length === 0 ? {} : { alarms: wanted }) };
}

function momentsOf(job: Job): readonly Instant[] {
  if (!isWaiting(job) || job.ending !== undefined) return [];
  const date = job.status === 'SCHEDULED' ? [job.scheduledAt] : [];
  const expiry = job.maxStartAt === undefined ? [] : [job.maxStartAt];
  return [...new Set([...date, ...expiry])];
}
