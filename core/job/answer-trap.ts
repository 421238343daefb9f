import { type Refusal, refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { Op, SucceededOp, TriedOp } from '../op/op.ts';
import { begin, withoutActiveOp } from './begin.ts';
import { type Change, changeOf, type Decision, type EntryDraft } from './change.ts';
import { failedOp, stopsTheJob } from './handle-op-failure.ts';
import type { Instant } from './instant.ts';
import {
  type BusyJob,
  endingOf,
  type Job,
  type TrapAnswer,
  type TrapPausedJob,
  type TrappedJob,
} from './job.ts';
import { EFFECT_OWED_MS, type OwedEffect, startOf } from './owed-effect.ts';
import { type PlannedCall, plannedCall } from './plan.ts';
import { planEntry, recover } from './plan-recovery.ts';
import { refuseCommand } from './refuse-command.ts';
import { withComment } from './said.ts';
import { TornReadError } from './torn-read-error.ts';

/** What somebody, or the trap's timeout, says to an op that failed. */
export interface TrapCommand {
  readonly answer: TrapAnswer;
  readonly actor: string;
  readonly comment?: string;
  /** The timeout's own retries are counted. */
  readonly isTimeout?: boolean;
}

/** An answer that is refused is in the journal all the same. */
export type TrapOutcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Answers a trap (Clarive): `retry` tries the op once more, `skip` lets the job go on as if it had
 * succeeded, `abort` fails it; `pause` stops its countdown and `resume` starts that again. What a trap
 * of a rollback is answered leads back to the rollback.
 *
 * @param ops of the attempt; in a manual rollback those of all attempts
 */
export function answerTrap(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  command: TrapCommand,
  now: Instant,
): Decision<TrapOutcome> {
  const isTrapped = job.status === 'TRAPPED' || job.status === 'TRAP_PAUSED';
  if (!isTrapped || endingOf(job) !== undefined) {
    return refuse(job, command, refuseCommand(job, 'trap').refusal, now);
  }
  switch (command.answer) {
    case 'pause':
      return job.status === 'TRAPPED'
        ? taken(pauseCountdown(job, command, now))
        : refuse(job, command, ALREADY(job, 'stands still', 'resume'), now);
    case 'resume':
      return job.status === 'TRAP_PAUSED'
        ? taken(resumeCountdown(job, command, now))
        : refuse(job, command, ALREADY(job, 'is running', 'pause'), now);
    default: {
      const { planned, op } = trappedOp(job, spec, ops);
      const change =
        command.answer === 'retry'
          ? retry(job, planned, op, command, now)
          : command.answer === 'skip'
            ? skip(job, planned, op, command, now)
            : abort(job, spec, planned, op, ops, command, now);
      return taken(change);
    }
  }
}

const ALREADY = (job: Job, what: string, instead: string): Refusal =>
  refused(
    'CommandRefused',
    `The countdown of job ${job.id} ${what} already; possible: retry, skip, abort, ${instead}.`,
  ).refusal;

function taken(change: Change): Decision<TrapOutcome> {
  return { ok: true, change, answer: { kind: 'taken' } };
}

function refuse(job: Job, command: TrapCommand, refusal: Refusal, now: Instant): Decision<TrapOutcome> {
  const { actor, answer, comment } = command;
  const message = withComment(
    `The answer ${answer} of ${actor} was refused: the job is ${job.status}`,
    comment,
  );
  const change = changeOf('refuse answer', job, job, now, { actor, entries: [{ kind: 'note', message }] });
  return { ok: true, change, answer: { kind: 'refused', refusal } };
}

function trappedOp(
  job: TrappedJob | TrapPausedJob,
  spec: JobSpec,
  ops: readonly Op[],
): { readonly planned: PlannedCall; readonly op: TriedOp } {
  const planned = plannedCall(spec, job.activeOp);
  const op = ops.find(({ attempt, index }) => attempt === job.attempt && index === job.activeOp);
  if (planned === undefined || op?.status !== 'tried') {
    // Somebody answered between the reads of the head and of its ops.
    throw new TornReadError(`op ${job.activeOp} of job ${job.id} is not trapped`);
  }
  return { planned, op };
}

function pauseCountdown(job: TrappedJob, command: TrapCommand, now: Instant): Change {
  const { since, from, until } = job.trap;
  const left = until === undefined ? {} : { leftMs: Math.max(0, until - now) };
  const next: TrapPausedJob = {
    ...job,
    ...answered(job, command, now),
    status: 'TRAP_PAUSED',
    trap: { since, from, ...left },
  };
  return changeOf('answer trap', job, next, now, {
    actor: command.actor,
    entries: [statusEntry(job, next, 'The countdown of the trap stands still', command)],
  });
}

function resumeCountdown(job: TrapPausedJob, command: TrapCommand, now: Instant): Change {
  const { since, from, leftMs } = job.trap;
  const until = leftMs === undefined ? {} : { until: now + leftMs };
  const next: TrappedJob = {
    ...job,
    ...answered(job, command, now),
    status: 'TRAPPED',
    trap: { since, from, ...until },
  };
  return changeOf('answer trap', job, next, now, {
    actor: command.actor,
    entries: [statusEntry(job, next, 'The countdown of the trap runs again', command)],
  });
}

function retry(
  job: TrappedJob | TrapPausedJob,
  planned: PlannedCall,
  op: TriedOp,
  command: TrapCommand,
  now: Instant,
): Change {
  const next: BusyJob = {
    ...begin(job, now),
    ...answered(job, command, now),
    owed: owedAnswer(job, planned, now),
  };
  const again: TriedOp = {
    ...op,
    version: op.version + 1,
    decision: { kind: 'tryAgain', at: now },
    clockSince: now,
    ...(command.isTimeout === true ? { trapRetries: (op.trapRetries ?? 0) + 1 } : {}),
  };
  return changeOf('answer trap', job, next, now, {
    actor: command.actor,
    ops: [{ before: op.version, op: again }],
    entries: [statusEntry(job, next, `${planned.name} is tried again`, command)],
  });
}

function skip(
  job: TrappedJob | TrapPausedJob,
  planned: PlannedCall,
  op: TriedOp,
  command: TrapCommand,
  now: Instant,
): Change {
  const { error, decision: _decision, triedAt: _triedAt, held: _held, byClock: _byClock, ...kept } = op;
  const skipped: SucceededOp = {
    ...kept,
    version: op.version + 1,
    status: 'success',
    endedAt: now,
    warnings: [`skipped by ${command.actor} after ${error.code}: ${error.message}`],
    skipped: true,
  };
  const busy = withoutActiveOp(begin(job, now));
  const next: BusyJob = {
    ...busy,
    ...answered(job, command, now),
    opsRun: busy.opsRun + (planned.kind === 'op' ? 1 : 0),
    warnings: busy.warnings + 1,
    owed: owedAnswer(job, planned, now),
  };
  return changeOf('answer trap', job, next, now, {
    actor: command.actor,
    ops: [{ before: op.version, op: skipped }],
    entries: [
      statusEntry(job, next, `${planned.name} is skipped`, command),
      opEntry(planned, 'success', `${planned.name} was skipped after ${error.code}`),
    ],
  });
}

/** The op has failed for good: how the job ends is decided with it, unless it goes on all the same. */
function abort(
  job: TrappedJob | TrapPausedJob,
  spec: JobSpec,
  planned: PlannedCall,
  op: TriedOp,
  ops: readonly Op[],
  command: TrapCommand,
  now: Instant,
): Change {
  const stops = stopsTheJob(planned);
  const failed = {
    ...failedOp({ ...op, version: op.version + 1 }, planned, now),
    next: stops ? ('failed' as const) : ('go on' as const),
  };
  const settledOps = ops.map((other) => (other === op ? failed : other));
  const error = { name: failed.error.code, cause: failed.error.message };
  const recovery = stops ? recover(job, spec, settledOps, error, now) : null;
  const busy = recovery?.job ?? withoutActiveOp(begin(job, now));
  const next: BusyJob = {
    ...busy,
    ...answered(job, command, now),
    opsRun: busy.opsRun + (planned.kind === 'op' ? 1 : 0),
    owed: owedAnswer(job, planned, now),
  };
  const decision: EntryDraft[] =
    recovery === null
      ? []
      : [{ kind: 'decision', message: planEntry(next, next, recovery.plan, spec).message }];
  return changeOf('answer trap', job, next, now, {
    actor: command.actor,
    ops: [{ before: op.version, op: failed }],
    entries: [
      opEntry(planned, 'error', `${planned.name} failed: ${failed.error.code}: ${failed.error.message}`),
      statusEntry(job, next, `${planned.name} is aborted`, command),
      ...decision,
    ],
  });
}

/** The last answer stays readable, whatever becomes of the job. */
function answered(
  job: TrappedJob | TrapPausedJob,
  { answer, actor, comment }: TrapCommand,
  at: Instant,
): Pick<Job, 'lastTrap'> {
  return {
    lastTrap: { op: job.activeOp, answer, actor, at, ...(comment === undefined ? {} : { comment }) },
  };
}

function owedAnswer({ owed }: Job, planned: PlannedCall, now: Instant): OwedEffect[] {
  return [...startOf(owed), { kind: 'answer', op: planned.index, by: now + EFFECT_OWED_MS }];
}

function statusEntry(from: Job, to: Job, what: string, { actor, answer, comment }: TrapCommand): EntryDraft {
  const message = withComment(`${what}: ${actor} answered ${answer}`, comment);
  return { kind: 'status', from: from.status, to: to.status, message };
}

function opEntry(planned: PlannedCall, to: string, message: string): EntryDraft {
  return { kind: 'op', op: { index: planned.index, name: planned.name }, from: 'waiting', to, message };
}
