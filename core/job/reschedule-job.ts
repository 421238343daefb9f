import { secondsOf } from '../contract/duration.ts';
import { refused } from '../contract/error-codes.ts';
import { START_WINDOW } from '../contract/job-spec.ts';
import type { Candidate } from './admission.ts';
import { type AdvanceFacts, admitFrom } from './advance-job.ts';
import { changeOf, type Decision } from './change.ts';
import { ruling } from './commands.ts';
import { depart, departed } from './give-back.ts';
import type { Instant } from './instant.ts';
import { isoOf } from './instant.ts';
import { type CreatedJob, isWaiting, type Job, type WaitingJob } from './job.ts';
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
 * and is asked for approval again; one that waits for approval goes on waiting for it.
 */
export function rescheduleJob(job: Job, command: RescheduleCommand, facts: AdvanceFacts): Decision<null> {
  if (ruling(job.status, 'reschedule') === 'refused') return refuseCommand(job, 'reschedule');
  if (!isWaiting(job) || job.ending !== undefined) {
    if (job.status !== 'QUEUED') return refuseCommand(job, 'reschedule');
    return refused(
      'CommandRefused',
      `Job ${job.id} is starting and takes no reschedule any more; possible: cancel.`,
    );
  }
  const { now } = facts;
  const departure = depart(job, facts);
  const { scheduledAt: _date, maxStartAt: _window, ...rest } = departed(job, departure);
  const common = { ...rest, ...datesAfter(job, command, now) };
  const { semaphores, touched } = departure;
  const when = command.at === null ? 'Unscheduled' : `Rescheduled to ${isoOf(command.at)}`;
  const why = withComment(`${when} by ${command.actor}`, command.comment);
  if (command.at === null) {
    const created: CreatedJob = {
      ...common,
      group: job.group,
      since: now,
      step: job.step,
      status: 'CREATED',
      waitReason: 'confirmation',
    };
    const change = changeOf('reschedule job', job, created, now, {
      actor: command.actor,
      semaphores,
      touched,
      entries: [
        job.status === 'CREATED'
          ? { kind: 'wait', message: why }
          : { kind: 'status', from: job.status, to: 'CREATED', message: why },
      ],
    });
    return { ok: true, change, answer: null };
  }
  const candidate: Candidate = {
    job: common,
    group: job.group,
    held: false,
    lineUp: job.holds.length === 0 && semaphores.length === 0,
    ...(job.status === 'WAITING_APPROVAL'
      ? { approval: { since: job.since, until: job.approvalUntil } }
      : {}),
  };
  const change = admitFrom('reschedule job', job, candidate, 'approval', facts, {
    actor: command.actor,
    semaphores,
    touched,
    why,
  });
  return { ok: true, change, answer: null };
}

function datesAfter(
  job: WaitingJob,
  { at, startWithinSeconds }: RescheduleCommand,
  now: Instant,
): Pick<Job, 'scheduledAt' | 'maxStartAt'> {
  if (at === null) return {};
  const seconds = startWithinSeconds ?? windowSeconds(job);
  const date = Math.max(at, now);
  return { scheduledAt: date, maxStartAt: date + seconds * 1000 };
}

/** The start window that the job has; a job without any gets the one that a date brings with it. */
function windowSeconds({ scheduledAt, maxStartAt, receivedAt }: WaitingJob): number {
  if (maxStartAt === undefined) return secondsOf(START_WINDOW);
  return Math.ceil((maxStartAt - Math.max(scheduledAt ?? receivedAt, receivedAt)) / 1000);
}
