import type { Change } from '../../../core/job/change.ts';
import type { Instant } from '../../../core/job/instant.ts';
import { isHeld, type Job } from '../../../core/job/job.ts';
import { JOBPLANE } from '../../../core/job/journal-entry.ts';
import { isSettled, type Status } from '../../../core/job/status.ts';

/** What an op's trap was answered, and by whom. */
export interface Answered {
  readonly attempt: number;
  readonly op: number;
  readonly answer: 'retry' | 'skip' | 'abort';
  readonly byTimeout: boolean;
}

/** What holds a job back, for how long it did, and what ended that: as it was committed. */
export interface HoldRecord {
  /** Somebody asked for a pause, and nothing has taken that back. */
  readonly pauseAsked: boolean;
  /** What the job was doing when the hold began, and since when it is held. */
  readonly held: { readonly from: Status; readonly since: Instant } | undefined;
  /** How long ops were held, by `attempt/index`. */
  readonly heldMs: ReadonlyMap<string, number>;
  /** Answers that ended a trap, in order. */
  readonly answers: readonly Answered[];
  /** The attempt in which a pause lasted too long. */
  readonly pauseExpiredIn: number | undefined;
}

export const NEVER_HELD: HoldRecord = {
  pauseAsked: false,
  held: undefined,
  heldMs: new Map(),
  answers: [],
  pauseExpiredIn: undefined,
};

/** What the record says once a change is committed. */
export function holdAfter(
  record: HoldRecord,
  before: Job | undefined,
  { job, transition }: Pick<Change, 'job' | 'transition'>,
  now: Instant,
): HoldRecord {
  const pauseAsked = isPauseAsked(record, before, job, transition);
  const answered = answeredBy(before, job, transition);
  const wasHeld = before !== undefined && isHeld(before);
  if (pauseAsked === record.pauseAsked && answered === null && !wasHeld && !isHeld(job)) return record;
  return {
    pauseAsked,
    held: heldAfter(record, before, job, now),
    heldMs: wasHeld && !isHeld(job) ? heldMsAfter(record, before, now) : record.heldMs,
    answers: answered === null ? record.answers : [...record.answers, answered],
    pauseExpiredIn: transition === 'end pause' ? job.attempt : record.pauseExpiredIn,
  };
}

function isPauseAsked(
  { pauseAsked }: HoldRecord,
  before: Job | undefined,
  after: Job,
  transition: Change['transition'],
): boolean {
  if (transition === 'ask for a pause') return true;
  if (transition === 'pause job' || transition === 'resume job') return false;
  const goesOn = after.status === 'CANCELING' || after.status === 'ROLLING_BACK' || isSettled(after.status);
  if (goesOn || before?.attempt !== after.attempt) return false;
  // A job that waits before its RUN is not at work, and may be rescheduled or canceled instead.
  return pauseAsked && !(transition === 'hand over to RUN' && !isStarting(after));
}

function isStarting(job: Job): boolean {
  return job.status === 'QUEUED' && job.waitReason === 'starting';
}

function heldAfter(
  { held }: HoldRecord,
  before: Job | undefined,
  after: Job,
  now: Instant,
): HoldRecord['held'] {
  if (!isHeld(after)) return undefined;
  return held ?? { from: before?.status ?? after.status, since: now };
}

function heldMsAfter({ held, heldMs }: HoldRecord, before: Job, now: Instant): HoldRecord['heldMs'] {
  if (held === undefined || !('activeOp' in before)) return heldMs;
  const name = `${before.attempt}/${before.activeOp}`;
  return new Map(heldMs).set(name, (heldMs.get(name) ?? 0) + now - held.since);
}

function answeredBy(before: Job | undefined, after: Job, transition: Change['transition']): Answered | null {
  const { lastTrap } = after;
  if (transition !== 'answer trap' || before === undefined || lastTrap === undefined) return null;
  const { op, answer, actor } = lastTrap;
  if (answer === 'pause' || answer === 'resume') return null;
  return { attempt: after.attempt, op, answer, byTimeout: actor === JOBPLANE };
}
