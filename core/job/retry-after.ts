import { durationSchema, secondsOf } from '../contract/duration.ts';
import { instantTextSchema, momentOf } from '../contract/instant-text.ts';
import type { Instant } from './instant.ts';
import type { JobError } from './job-error.ts';

/** A target that is busy and does not say for how long is worth another look after this. */
const RETRY_AFTER_SECONDS = 5 * 60;

/**
 * When a job whose target was busy is worth another attempt (IBM HMC: "try the operation after some
 * time"). The action may say it as `detail.retryAfter` of its error `Busy`: an ISO 8601 duration, or a
 * date and time with a zone.
 */
export function retryAfterOf({ detail }: JobError, now: Instant): Instant {
  const said =
    typeof detail === 'object' && detail !== null && !Array.isArray(detail)
      ? detail['retryAfter']
      : undefined;
  const duration = durationSchema.safeParse(said);
  if (duration.success) return now + secondsOf(duration.data) * 1000;
  const moment = instantTextSchema.safeParse(said);
  return moment.success ? Math.max(now, momentOf(moment.data)) : now + RETRY_AFTER_SECONDS * 1000;
}
