import { secondsOf } from '../contract/duration.ts';
import { refused } from '../contract/error-codes.ts';
import { START_WINDOW } from '../contract/job-spec.ts';
import type { Op } from '../op/op.ts';
import type { Candidate } from './admission.ts';
import { type AdvanceFacts, admitFrom } from './advance-job.ts';
import { beginAttempt } from './begin-attempt.ts';
import type { Decision } from './change.ts';
import { ruling } from './commands.ts';
import { earlierRuns, hasForgiven, isDone } from './earlier-runs.ts';
import { depart, departed } from './give-back.ts';
import { type Instant, isoOf } from './instant.ts';
import { isStarting, isWaiting, type Job, type SettledJob } from './job.ts';
import { nextAttempt, refuseAttempt } from './next-attempt.ts';
import { refuseCommand } from './refuse-command.ts';
import { withComment } from './said.ts';

/** Another date for a job that waits. */
export interface RescheduleCommand {
  readonly actor: string;
  readonly comment?: string;
  /** Null: no date; the job stands as CREATED until it is confirmed or given one. The past means now. */
  readonly at: Instant | null;
  /** How long after its date it may still start; left out: as long as before. */
  readonly startWithinSeconds?: number;
}

/**
 * Gives a waiting job another date, or none. It leaves its place in line, gives back what it holds,
 * and is asked for approval again; one that waits for approval goes on waiting for it. An expired job
 * waits for its new date as its next attempt, and does again only what is not done.
 *
 * @param ops of all attempts of a job that has expired; no other needs them
 */
export function rescheduleJob(
  job: Job,
  ops: readonly Op[],
  command: RescheduleCommand,
  facts: AdvanceFacts,
): Decision<null> {
  if (ruling(job.status, 'reschedule') === 'refused') return refuseCommand(job, 'reschedule');
  if (job.status === 'EXPIRED') return rescheduleExpired(job, ops, command, facts);
  if (!isWaiting(job) || job.ending !== undefined) {
    if (!isStarting(job) || job.ending !== undefined) return refuseCommand(job, 'reschedule');
    return refused(
      'CommandRefused',
      `Job ${job.id} is starting and takes no reschedule any more; possible: cancel.`,
    );
  }
  if (job.group === 'RECOVER') {
    return refused(
      'CommandRefused',
      `Job ${job.id} waits to be rolled back, which waits for no date; possible: cancel.`,
    );
  }
  const departure = depart(job, facts);
  const { semaphores, touched } = departure;
  const why = reasonOf(command);
  const parts = { actor: command.actor, semaphores, touched };
  const candidate: Candidate = {
    job: askedAgain(withDate(departed(job, departure), command, facts.now)),
    group: job.group,
    held: command.at === null,
    lineUp: job.holds.length === 0 && semaphores.length === 0,
    ...(job.status === 'WAITING_APPROVAL'
      ? { approval: { since: job.since, until: job.approvalUntil } }
      : {}),
  };
  const from = command.at === null ? 'confirmation' : 'approval';
  const change = admitFrom('reschedule job', job, candidate, from, facts, { ...parts, why });
  return { ok: true, change, answer: null };
}

/** What is done stays done: PRE runs again only where it is not, or was undone. */
function rescheduleExpired(
  job: SettledJob,
  ops: readonly Op[],
  command: RescheduleCommand,
  facts: AdvanceFacts,
): Decision<null> {
  const refusal = refuseAttempt(job, 'reschedule');
  if (refusal !== null) return refusal;
  const { spec, now } = facts;
  const runs = earlierRuns(spec, ops);
  const firstOp = Math.max(
    0,
    spec.ops.findIndex((_op, index) => !isDone(spec, runs, index)),
  );
  const leftBehind = job.rollback === 'needed' || job.rollback === 'failed';
  const head = nextAttempt(job, {
    kind: 'rerun',
    firstOp,
    ...(hasForgiven(spec, runs, firstOp) ? { standing: { status: 'COMPLETED_WITH_WARNINGS' } } : {}),
    ...(leftBehind ? { leftBehind: true } : {}),
  });
  const candidate: Candidate = {
    job: { ...withDate(head, command, now), opsRun: firstOp },
    group: spec.ops[firstOp]?.step === 'PRE' ? 'PRE' : 'RUN',
    held: command.at === null,
    lineUp: job.holds.length === 0,
  };
  const from = command.at === null ? 'confirmation' : 'approval';
  const change = beginAttempt('reschedule job', job, candidate, spec, from, facts, {
    actor: command.actor,
    why: reasonOf(command),
  });
  return { ok: true, change, answer: null };
}

function reasonOf({ at, actor, comment }: RescheduleCommand): string {
  const when = at === null ? 'Unscheduled' : `Rescheduled to ${isoOf(at)}`;
  return withComment(`${when} by ${actor}`, comment);
}

/** The job with the date that was given, and the window as it was, if no other was given. */
function withDate(
  job: Candidate['job'],
  { at, startWithinSeconds }: RescheduleCommand,
  now: Instant,
): Candidate['job'] {
  const { scheduledAt: _date, maxStartAt: _window, ...rest } = job;
  if (at === null) return rest;
  const seconds = startWithinSeconds ?? job.startWithinSeconds ?? secondsOf(START_WINDOW);
  const date = Math.max(at, now);
  return { ...rest, scheduledAt: date, maxStartAt: date + seconds * 1000, startWithinSeconds: seconds };
}

/** Whoever gives a date wants the job to pass its gates, also in an attempt that would not have. */
function askedAgain(job: Candidate['job']): Candidate['job'] {
  if (job.again?.kind !== 'rerun') return job;
  const { gatesPassed: _passed, ...again } = job.again;
  return { ...job, again };
}
