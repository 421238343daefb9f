import { type Refused, refused, refusedInput } from '../contract/error-codes.ts';
import type { Instant } from '../job/instant.ts';
import type { Submitter } from '../job/submit-job.ts';
import { runsAfter } from './next-runs.ts';
import {
  type OwedBySchedule,
  SCHEDULE_SCHEMA_VERSION,
  type Schedule,
  type ScheduleChange,
  type ScheduleId,
  type ScheduleSettings,
} from './schedule.ts';

/** An effect is owed for at most this long before the sweeper looks: design bound 60 s. */
const OWED_MS = 60_000;

const MINUTE_MS = 60_000;

export type ScheduleDecision = { readonly ok: true; readonly change: ScheduleChange } | Refused;

/** A new schedule, which the Scheduler is owed to be told of. */
export function makeSchedule(
  id: ScheduleId,
  project: string,
  settings: ScheduleSettings,
  { user, groups }: Submitter,
  now: Instant,
): ScheduleDecision {
  const schedule: Schedule = {
    ...settings,
    schema: SCHEDULE_SCHEMA_VERSION,
    id,
    project,
    version: 1,
    ver: 1,
    owner: user,
    ownerGroups: [...groups],
    startAt: wholeMinuteFrom(now),
    ahead: [],
    owed: [tellBy(now)],
  };
  const timed = withNextRun(schedule, now);
  return timed.ok
    ? { ok: true, change: { ...timed.change, transition: 'make schedule', before: null } }
    : timed;
}

/**
 * Sets all that somebody may set. The runs of another expression, and of a schedule that was disabled,
 * are counted from now on; any other edit leaves its rhythm alone.
 *
 * @param readAt the version that the editor has seen; undefined: they do not mind
 */
export function editSchedule(
  before: Schedule,
  settings: ScheduleSettings,
  { user, groups }: Submitter,
  readAt: number | undefined,
  now: Instant,
): ScheduleDecision {
  if (readAt !== undefined && readAt !== before.version) {
    return refused(
      'ScheduleChanged',
      `The schedule is at version ${before.version}, edited by ${before.owner} since version ${readAt}. Read it again, and decide again.`,
    );
  }
  const { nextRunAt: _next, ...rest } = before;
  const isSameTiming = before.expression === settings.expression && before.timezone === settings.timezone;
  const schedule: Schedule = {
    ...rest,
    ...settings,
    version: before.version + 1,
    ver: before.ver + 1,
    owner: user,
    ownerGroups: [...groups],
    owed: owing(before, now),
  };
  const edited = { transition: 'edit schedule', before: before.ver } as const;
  if (isSameTiming && !settings.enabled) {
    return { ok: true, change: { ...edited, schedule: { ...schedule, ahead: [] } } };
  }
  if (isSameTiming && before.enabled) {
    const kept = before.nextRunAt === undefined ? {} : { nextRunAt: before.nextRunAt };
    return { ok: true, change: { ...edited, schedule: { ...schedule, ...kept } } };
  }
  const timed = withNextRun({ ...schedule, startAt: wholeMinuteFrom(now), ahead: [] }, now);
  return timed.ok ? { ok: true, change: { ...timed.change, ...edited } } : timed;
}

/** From this commit on it is gone; the Scheduler is told, and then the head is dropped. */
export function removeSchedule(before: Schedule, now: Instant): ScheduleChange {
  const { nextRunAt: _next, ...rest } = before;
  return {
    transition: 'remove schedule',
    before: before.ver,
    schedule: { ...rest, ver: before.ver + 1, removed: true, ahead: [], owed: owing(before, now) },
  };
}

/** What it owes when the Scheduler must be told, beside what it owed before. */
export function owing({ owed }: Pick<Schedule, 'owed'>, now: Instant): OwedBySchedule[] {
  return [...owed.filter(({ kind }) => kind !== 'tell'), tellBy(now)];
}

function tellBy(now: Instant): OwedBySchedule {
  return { kind: 'tell', by: now + OWED_MS };
}

/** An expression without a time to come is refused also of a disabled schedule: it would never run. */
function withNextRun(
  schedule: Schedule,
  now: Instant,
): { ok: true; change: { schedule: Schedule } } | Refused {
  const [next] = runsAfter(schedule, now, 1);
  if (next === undefined) {
    const message = 'has no time to come';
    return refusedInput([{ path: 'expression', code: 'InvalidScheduleExpression', message }]);
  }
  return { ok: true, change: { schedule: schedule.enabled ? { ...schedule, nextRunAt: next } : schedule } };
}

function wholeMinuteFrom(now: Instant): Instant {
  return Math.ceil(now / MINUTE_MS) * MINUTE_MS;
}
