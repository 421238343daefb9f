import * as z from 'zod';
import { type Refused, refused } from '../contract/error-codes.ts';
import { type Instant, isoOf } from '../job/instant.ts';

/** No quota is higher than what one count takes in, whatever the project's name. */
const COUNTED = 20_000;

/** What one project may have, so that a program gone wild takes nothing from the others. */
export const quotasSchema = z.strictObject({
  /** Jobs that have not started, without children. */
  waitingJobs: z.int().min(1).max(COUNTED),
  schedules: z.int().min(1).max(COUNTED),
  /** Left out: as many as come. */
  submissionsPerMinute: z.int().min(1).optional(),
});

export type Quotas = Readonly<z.infer<typeof quotasSchema>>;

/**
 * What a project may have unless the construct says otherwise: a month's jobs of one every four minutes, and
 * more schedules than anybody looks through.
 */
export const DEFAULT_QUOTAS: Quotas = { waitingJobs: 10_000, schedules: 1_000 };

const MINUTE_MS = 60_000;

/** The minute in which submissions are counted together. */
export function quotaMinute(now: Instant): Instant {
  return Math.floor(now / MINUTE_MS) * MINUTE_MS;
}

/** Null: the project may have one more job that waits. */
export function refusedWaiting(project: string, waiting: number, { waitingJobs }: Quotas): Refused | null {
  if (waiting < waitingJobs) return null;
  return refused(
    'QuotaExceeded',
    `Project ${project} has ${waiting} or more jobs waiting, and may have ${waitingJobs} (quota waitingJobs). Wait until some have started, or cancel some: GET /jobs?project=${project}&class=waiting lists them.`,
  );
}

/** Null: the project may have one more schedule. */
export function refusedSchedules(project: string, existing: number, { schedules }: Quotas): Refused | null {
  if (existing < schedules) return null;
  return refused(
    'QuotaExceeded',
    `Project ${project} has ${existing} or more schedules, and may have ${schedules} (quota schedules). Delete one that nobody needs: GET /schedules?project=${project} lists them.`,
  );
}

/** The minute's submissions are used up: the refusal says when the next minute begins. */
export function refusedSubmission(project: string, limit: number, now: Instant): Refused {
  const next = quotaMinute(now) + MINUTE_MS;
  const { refusal } = refused(
    'QuotaExceeded',
    `Project ${project} has submitted ${limit} jobs this minute, and may submit ${limit} a minute (quota submissionsPerMinute). Submit again from ${isoOf(next)} on.`,
  );
  return { ok: false, refusal: { ...refusal, retryAfter: Math.ceil((next - now) / 1_000) } };
}
