import { secondsOf } from '../../../core/contract/duration.ts';
import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { Change } from '../../../core/job/change.ts';
import type { Job } from '../../../core/job/job.ts';
import { isSettled, type Status } from '../../../core/job/status.ts';
import {
  type Attempt,
  expectedAfterExpiry,
  expectedRerun,
  expectedRollback,
  FIRST_ATTEMPT,
} from './expected-attempt.ts';
import type { LedgerJob } from './ledger.ts';
import type { GivenCommand } from './process.ts';
import { hold } from './violation.ts';

/** Design: the window of a date for which none was given. */
const START_WINDOW_SECONDS = 24 * 60 * 60;

/**
 * A new attempt begins only from an end that allows it, by a command, and with exactly what the design
 * says that it has to do.
 *
 * @returns the attempt that the job is in with this change
 */
export function checkAttempt(
  change: Change,
  before: Readonly<LedgerJob> | undefined,
  gives: GivenCommand | undefined,
): Attempt {
  const attempt = attemptAfter(change, before, gives);
  checkAgain(change.job, attempt, change.transition);
  if (before !== undefined && attempt.number > before.attempt.number)
    checkBeginning(change, before, attempt, gives);
  return attempt;
}

function attemptAfter(
  change: Change,
  before: Readonly<LedgerJob> | undefined,
  gives: GivenCommand | undefined,
): Attempt {
  const { job, transition } = change;
  const words = () => `'${transition}' makes attempt ${job.attempt} of ${before?.head.status ?? 'nothing'}`;
  if (before === undefined) {
    hold('attempts', job.attempt === 1, words);
    return FIRST_ATTEMPT;
  }
  if (job.attempt === before.head.attempt) {
    const isAnew = BEGINS_ATTEMPT.has(transition) && isSettled(before.head.status);
    hold('attempts', !isAnew, () => `${words()}, and not the next`);
    // Whoever gives a date wants the job to pass its gates.
    return transition === 'reschedule job' ? { ...before.attempt, gatesPassed: false } : before.attempt;
  }
  hold('attempts', job.attempt === before.head.attempt + 1 && isSettled(before.head.status), words);
  const expected = nextAttempt(change, before, gives);
  if (expected !== null) return expected;
  hold('attempts', false, words);
  return FIRST_ATTEMPT;
}

const BEGINS_ATTEMPT: ReadonlySet<Change['transition']> = new Set([
  'rerun job',
  'roll back job',
  'reschedule job',
]);

function nextAttempt(
  { transition, child }: Change,
  before: Readonly<LedgerJob>,
  gives: GivenCommand | undefined,
): Attempt | null {
  switch (transition) {
    case 'rerun job':
      return gives?.kind === 'rerun' ? expectedRerun(before, gives.from) : null;
    case 'roll back job':
      // With its parent, or by itself: a child is only undone with its parent.
      return (before.head.parent === undefined ? gives?.kind === 'rollback' : child !== undefined)
        ? expectedRollback(before)
        : null;
    case 'reschedule job':
      return before.head.status === 'EXPIRED' ? expectedAfterExpiry(before) : null;
    default:
      return null;
  }
}

/** What the head says of its attempt is what the attempt is. */
function checkAgain({ again, id }: Job, attempt: Attempt, transition: string): void {
  const found =
    again?.kind === 'rerun'
      ? {
          kind: again.kind,
          firstOp: again.firstOp,
          gatesPassed: again.gatesPassed === true,
          standing: again.standing?.status,
          leftBehind: again.leftBehind === true,
        }
      : { kind: again?.kind ?? 'first' };
  const expected =
    attempt.kind === 'rerun'
      ? {
          kind: attempt.kind,
          firstOp: attempt.firstOp,
          gatesPassed: attempt.gatesPassed,
          standing: attempt.standing,
          leftBehind: attempt.leftBehind,
        }
      : { kind: attempt.kind };
  hold('attempts', JSON.stringify(found) === JSON.stringify(expected), () => {
    return `after '${transition}' the attempt of job ${id} is ${JSON.stringify(found)}, and should be ${JSON.stringify(expected)}`;
  });
}

const MAY_WAIT: ReadonlySet<Status> = new Set([
  'CREATED',
  'SCHEDULED',
  'PENDING',
  'QUEUED',
  'WAITING_APPROVAL',
  'WAITING_DEPENDENCY',
  'WAITING_LOCK',
]);

/** The next attempt waits or starts, keeps what it still holds, and has the dates that it should have. */
function checkBeginning(
  { job, transition, entries }: Change,
  { head, spec }: Readonly<LedgerJob>,
  attempt: Attempt,
  gives: GivenCommand | undefined,
): void {
  const words = () => `'${transition}' of job ${job.id}, ${head.status}`;
  hold('attempts', MAY_WAIT.has(job.status), () => `${words()}, leads to ${job.status}`);
  const lost = head.holds.filter(({ fence }) => !job.holds.some((held) => held.fence === fence));
  hold('keepsHolds', lost.length === 0, () => `${words()}, forgets what it holds`);
  const at = entries[0]?.at ?? 0;
  const expected = expectedDates(head, spec, attempt, gives, at);
  const found = { scheduledAt: job.scheduledAt, maxStartAt: job.maxStartAt };
  hold('attempts', JSON.stringify(found) === JSON.stringify(expected), () => {
    return `${words()}, has the dates ${JSON.stringify(found)} and not ${JSON.stringify(expected)}`;
  });
}

/** RUN keeps its date, which means now if it has passed, and its window counts from there. */
function expectedDates(
  head: Job,
  spec: JobSpec,
  attempt: Attempt,
  gives: GivenCommand | undefined,
  at: number,
): { readonly scheduledAt: number | undefined; readonly maxStartAt: number | undefined } {
  if (gives?.kind === 'reschedule') {
    if (gives.inMs === null) return { scheduledAt: undefined, maxStartAt: undefined };
    return datesFrom(
      Math.max(gives.at ?? at, at),
      gives.startWithinSeconds ?? windowOf(head, spec) ?? START_WINDOW_SECONDS,
    );
  }
  if (attempt.kind === 'rollback' || attempt.gatesPassed) {
    return { scheduledAt: head.scheduledAt, maxStartAt: undefined };
  }
  const isAtOnce = gives?.kind === 'rerun' && gives.runNow;
  const date = head.scheduledAt === undefined || isAtOnce ? at : Math.max(head.scheduledAt, at);
  const { maxStartAt } = datesFrom(date, windowOf(head, spec));
  return { scheduledAt: head.scheduledAt === undefined ? undefined : date, maxStartAt };
}

function datesFrom(
  date: number,
  windowSeconds: number | undefined,
): { readonly scheduledAt: number; readonly maxStartAt: number | undefined } {
  return {
    scheduledAt: date,
    maxStartAt: windowSeconds === undefined ? undefined : date + windowSeconds * 1000,
  };
}

/** As it was given last: with the specification, or with another date. */
function windowOf({ startWithinSeconds }: Job, spec: JobSpec): number | undefined {
  return (
    startWithinSeconds ?? (spec.schedule === undefined ? undefined : secondsOf(spec.schedule.startWithin))
  );
}
