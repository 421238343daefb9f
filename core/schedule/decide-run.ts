import { type Refusal, type Refused, refused } from '../contract/error-codes.ts';
import type { JobId } from '../job/identifiers.ts';
import { type Instant, isoOf } from '../job/instant.ts';
import { EFFECT_OWED_MS } from '../job/owed-effect.ts';
import type { Status } from '../job/status.ts';
import { isRunTime, runsAfter } from './next-runs.ts';
import {
  GRACE_MS,
  type OwedSubmission,
  type Run,
  SCHEDULE_SCHEMA_VERSION,
  type Schedule,
  type ScheduleChange,
} from './schedule.ts';
import { owing } from './set-schedule.ts';

/** A call of the Scheduler's: for which time, and as which version of the schedule it was told. */
export interface Firing {
  readonly at: Instant;
  readonly version: number;
}

/** What a run is decided on. */
export interface RunFacts {
  readonly now: Instant;
  /** Of the job that the run makes, if it does. */
  readonly jobId: JobId;
  /** The job it submitted last, while that has not settled. */
  readonly running: { readonly id: JobId; readonly status: Status } | null;
}

const MINUTE_MS = 60_000;

/**
 * The minute that a firing is for. Schedules run at whole minutes, and two calls for one run are one,
 * whatever seconds they name.
 */
export function minuteOf(at: Instant): Instant {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

/**
 * What a firing comes to. Null: nothing, since it is of an older version whose time is not one of the
 * schedule as it is, of one that is disabled or removed, or was told of as missed. The Scheduler is then
 * owed to be told anew: it knows something that is no longer so.
 *
 * @param recorded what this firing came to before, if it did
 */
export function decideFiring(
  schedule: Schedule,
  { at, version }: Firing,
  facts: RunFacts & { readonly recorded: Run | null },
): ScheduleChange | null {
  if (facts.recorded !== null) return null;
  const isCurrent = version === schedule.version;
  if (!schedule.enabled || schedule.removed || (!isCurrent && !isRunTime(schedule, at))) {
    return isCurrent ? null : tellAnew(schedule, facts.now);
  }
  if (facts.now - at > GRACE_MS) {
    if (schedule.nextRunAt === undefined || at < schedule.nextRunAt) return null;
    const message = `fired at ${isoOf(facts.now)}, more than ${GRACE_MS / MINUTE_MS} minutes late`;
    return recorded(schedule, runOf(schedule, at, 'time', { outcome: 'missed', message }, facts.now));
  }
  const { running } = facts;
  if (running !== null && schedule.overlap === 'skip') {
    const message = `job ${running.id} of an earlier run is ${running.status}`;
    return recorded(schedule, runOf(schedule, at, 'time', { outcome: 'skipped', message }, facts.now));
  }
  return started(schedule, at, 'time', facts);
}

/** Somebody wants it now: on its overlap policy, whether or not it is enabled. */
export function decideRunNow(
  schedule: Schedule,
  asker: string,
  facts: RunFacts,
): { readonly ok: true; readonly change: ScheduleChange } | Refused {
  const { running, now } = facts;
  if (running !== null && schedule.overlap === 'skip') {
    return refused(
      'ScheduleRunning',
      `Job ${running.id} of an earlier run is ${running.status}, and the schedule skips runs that overlap. Wait for it, or cancel it.`,
    );
  }
  return { ok: true, change: started(schedule, now, 'user', facts, asker) };
}

/** The job of a run exists: it is the last one now. */
export function settleStarted(before: Schedule, owed: OwedSubmission): ScheduleChange {
  return {
    transition: 'settle run',
    before: before.ver,
    schedule: { ...without(before, owed), lastJob: owed.jobId },
  };
}

/** The job of a run was refused: there is none. */
export function settleRefused(
  before: Schedule,
  owed: OwedSubmission,
  { code, detail }: Refusal,
  now: Instant,
): ScheduleChange {
  const run = runOf(
    before,
    owed.at,
    owed.trigger,
    { outcome: 'refused', message: `${code}: ${detail}` },
    now,
  );
  const isLast = before.lastRun?.jobId === owed.jobId;
  return {
    transition: 'settle run',
    before: before.ver,
    schedule: { ...without(before, owed), ...(isLast ? { lastRun: summaryOf(run) } : {}) },
    run: { before: 'started', run },
  };
}

/** Runs told of in one entry, at the most: 16 hours of one a minute. The next look tells of more. */
const MISSED_MAX = 1_000;

/**
 * Runs whose firings have not come in time: one entry says how many. The Scheduler is owed to be told of
 * the schedule again, since it may have lost it. Null: nothing is missing.
 *
 * @param recorded what is recorded of the next run all the same, as when an edit came right after it
 */
export function noteMissed(before: Schedule, recorded: Run | null, now: Instant): ScheduleChange | null {
  const { nextRunAt } = before;
  if (nextRunAt === undefined || nextRunAt + GRACE_MS >= now) return null;
  const noted = { transition: 'note missed runs', before: before.ver } as const;
  if (recorded !== null) {
    return { ...noted, schedule: { ...accounted(before, nextRunAt), ver: before.ver + 1 } };
  }
  const times = [nextRunAt, ...runsAfter(before, nextRunAt, MISSED_MAX)];
  const over = times.slice(0, MISSED_MAX).filter((at) => at + GRACE_MS < now);
  const missed = over.filter((at) => !before.ahead.includes(at));
  const schedule = over.reduce((known, at) => accounted(known, at), before);
  const last = missed.at(-1) ?? nextRunAt;
  const message =
    missed.length === 1
      ? `the run of ${isoOf(last)} did not come`
      : `${missed.length} runs from ${isoOf(nextRunAt)} to ${isoOf(last)} did not come`;
  const run = runOf(before, nextRunAt, 'time', { outcome: 'missed', message }, now);
  return {
    ...noted,
    schedule: { ...schedule, ver: before.ver + 1, lastRun: summaryOf(run), owed: owing(before, now) },
    run: { before: 'new', run },
  };
}

function tellAnew(before: Schedule, now: Instant): ScheduleChange {
  return {
    transition: 'owe telling',
    before: before.ver,
    schedule: { ...before, ver: before.ver + 1, owed: owing(before, now) },
  };
}

function started(
  before: Schedule,
  at: Instant,
  trigger: Run['trigger'],
  { now, jobId, running }: RunFacts,
  asker?: string,
): ScheduleChange {
  const cancels = running !== null && before.overlap === 'cancelOld';
  const message =
    running === null
      ? `job ${jobId}`
      : `job ${jobId}, after job ${running.id}${cancels ? ', which is cancelled for it' : ''}`;
  const owed: OwedSubmission = {
    kind: 'submit',
    at,
    trigger,
    jobId,
    ...(running === null ? {} : { after: running.id }),
    ...(cancels ? { cancels: true } : {}),
    ...(asker === undefined ? {} : { asker }),
    by: now + EFFECT_OWED_MS,
  };
  const asked = asker === undefined ? '' : ` wanted by ${asker}:`;
  const run = runOf(
    before,
    at,
    trigger,
    { outcome: 'started', jobId, message: `started${asked} ${message}` },
    now,
  );
  const change = recorded(before, run);
  return { ...change, schedule: { ...change.schedule, owed: [...change.schedule.owed, owed] } };
}

function recorded(before: Schedule, run: Run): ScheduleChange {
  const known = run.trigger === 'time' ? accounted(before, run.at) : before;
  return {
    transition: 'decide run',
    before: before.ver,
    schedule: { ...known, ver: before.ver + 1, lastRun: summaryOf(run) },
    run: { before: 'new', run },
  };
}

/** The schedule once it is known what became of this run. */
function accounted(schedule: Schedule, at: Instant): Schedule {
  const { nextRunAt, ...rest } = schedule;
  if (nextRunAt === undefined || at < nextRunAt) return schedule;
  if (at > nextRunAt)
    return isRunTime(schedule, at) ? { ...schedule, ahead: [...schedule.ahead, at] } : schedule;
  let [next] = runsAfter(schedule, at, 1);
  while (next !== undefined && schedule.ahead.includes(next)) [next] = runsAfter(schedule, next, 1);
  const ahead = schedule.ahead.filter((each) => next !== undefined && each > next);
  return { ...rest, ahead, ...(next === undefined ? {} : { nextRunAt: next }) };
}

function without(before: Schedule, done: OwedSubmission): Schedule {
  const owed = before.owed.filter((each) => each.kind !== 'submit' || each.jobId !== done.jobId);
  return { ...before, ver: before.ver + 1, owed };
}

function runOf(
  { id }: Schedule,
  at: Instant,
  trigger: Run['trigger'],
  how: Pick<Run, 'outcome' | 'jobId' | 'message'>,
  decidedAt: Instant,
): Run {
  return { schema: SCHEDULE_SCHEMA_VERSION, scheduleId: id, at, trigger, ...how, decidedAt };
}

function summaryOf({ at, trigger, outcome, jobId, message }: Run): NonNullable<Schedule['lastRun']> {
  return { at, trigger, outcome, message, ...(jobId === undefined ? {} : { jobId }) };
}
