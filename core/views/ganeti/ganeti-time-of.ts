import type { Instant } from '../../job/instant.ts';
import type { GanetiTime } from './ganeti-job.ts';

/** An instant in milliseconds as Ganeti's pair of seconds and microseconds. */
export function ganetiTimeOf(instant: Instant): GanetiTime {
  return [Math.floor(instant / 1000), (instant % 1000) * 1000];
}
