import { secondsOf } from '../contract/duration.ts';
import { momentOf } from '../contract/instant-text.ts';
import type { Instant } from './instant.ts';
import type { Job } from './job.ts';

/** The date and the end of the start window that a specification means, from this moment. */
export function startDates(
  schedule: { readonly at?: string | undefined; readonly startWithin: string } | undefined,
  now: Instant,
): Pick<Job, 'scheduledAt' | 'maxStartAt' | 'startWithinSeconds'> {
  if (schedule === undefined) return {};
  const startWithinSeconds = secondsOf(schedule.startWithin);
  const at = schedule.at === undefined ? undefined : momentOf(schedule.at);
  const from = at === undefined ? now : Math.max(at, now);
  return {
    ...(at === undefined ? {} : { scheduledAt: at }),
    maxStartAt: from + startWithinSeconds * 1000,
    startWithinSeconds,
  };
}
