import { type Refused, refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { Op } from '../op/op.ts';
import { changeOf, type Decision, type EntryDraft } from './change.ts';
import { possibleCommands, ruling } from './commands.ts';
import type { Instant } from './instant.ts';
import {
  type BegunJob,
  type CancelingJob,
  type CancelRequest,
  commonOf,
  type Decided,
  isLive,
  type Job,
  type LiveJob,
  type SettledJob,
  type StartingJob,
} from './job.ts';
import { type LivenessPolicy, nextSegment } from './live-segment.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';
import { hasBegun, toUndo } from './plan.ts';
import { decidedEnd, endedAt, rollbackLeft, settleChange } from './settle.ts';

/** One verb for every way to stop a job; what it yields depends on the state when it is processed. */
export interface CancelCommand {
  readonly actor: string;
  readonly reason?: string;
  /** Refuse once anything of the job has started (Ganeti). */
  readonly onlyIfQueued: boolean;
  /** Commit the end first and undo nothing; the target may never answer. */
  readonly force: boolean;
  /** False: nothing is undone. */
  readonly rollback: boolean;
}

export interface CancelContext {
  readonly now: Instant;
  readonly liveness: LivenessPolicy;
}

/** Ganeti's words: what was cancelled at once, and what will be. */
export interface CancelAnswer {
  readonly outcome: 'canceled' | 'canceling';
  readonly message: string;
}

/** Decides a cancel by the command table. */
export function cancelJob(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  command: CancelCommand,
  context: CancelContext,
): Decision<CancelAnswer> {
  const verb = command.force ? 'force' : 'cancel';
  if (ruling(job.status, verb) === 'refused') return refuseCommand(job, verb);
  if (command.onlyIfQueued && hasBegun(job)) {
    return refused(
      'AlreadyStarted',
      `Job ${job.id} is no longer waiting in the queue: it is ${job.status}. Cancel without onlyIfQueued to stop it.`,
    );
  }
  const cancel: CancelRequest = {
    actor: command.actor,
    ...(command.reason === undefined ? {} : { reason: command.reason }),
  };
  if (!isLive(job)) return cancelAfterFailure(job, cancel, context.now);
  if (job.status === 'QUEUED') return cancelStarting(job, spec, ops, cancel, command, context);
  if (command.force) return forceEnd(job, spec, ops, cancel, context.now);
  return cancelBegun(job, spec, cancel, command, context.now);
}

/** Refuses a command that the job's status does not allow, naming the status and what is possible. */
export function refuseCommand(job: Job, command: string): Refused {
  const possible = possibleCommands(job.status).join(', ');
  return refused(
    'CommandRefused',
    `Job ${job.id} is ${job.status} and takes no ${command}; possible: ${possible}.`,
  );
}

/** A failed, expired or rejected job that is cancelled never runs again. */
function cancelAfterFailure(
  job: Exclude<Job, LiveJob>,
  cancel: CancelRequest,
  now: Instant,
): Decision<CancelAnswer> {
  if (!('error' in job)) throw new Error(`a ${job.status} job cannot be cancelled after its failure`);
  const next: SettledJob = { ...job, status: 'CANCELED_AFTER_FAILURE', cancel };
  const change = changeOf('cancel job', job, next, now, {
    actor: cancel.actor,
    entries: [statusEntry(job, next, cancel)],
  });
  return { ok: true, change, answer: { outcome: 'canceled', message: `Job ${job.id} canceled` } };
}

/**
 * Nothing has started: canceled at once, and the execution that may be on its way ends itself. Where
 * an earlier step has run, what it did is undone first.
 */
function cancelStarting(
  job: StartingJob,
  spec: JobSpec,
  ops: readonly Op[],
  cancel: CancelRequest,
  command: CancelCommand,
  context: CancelContext,
): Decision<CancelAnswer> {
  const { now } = context;
  const undo = !command.force && spec.rollback.onCancel && command.rollback;
  if (job.startedAt !== undefined && undo && toUndo(spec, ops).length > 0) {
    const next: CancelingJob = {
      ...commonOf(job),
      status: 'CANCELING',
      startedAt: job.startedAt,
      cancel,
      decided: canceledEnd(true),
      ...nextSegment(job.segments, 'RECOVER', now, context.liveness),
    };
    const change = changeOf('cancel job', job, next, now, {
      actor: cancel.actor,
      entries: [statusEntry(job, next, cancel)],
    });
    return { ok: true, change, answer: willBeCanceled(job) };
  }
  const parts = { job, spec, now };
  const end: SettledJob = {
    ...commonOf(job),
    status: hasBegun(job) ? 'CANCELED_WHILE_RUNNING' : 'CANCELED_BEFORE_START',
    cancel,
    rollback: rollbackLeft(spec, ops),
    ...endedAt(parts),
  };
  const change = settleChange('cancel job', parts, end, messageOf(end, cancel), cancel.actor);
  return { ok: true, change, answer: { outcome: 'canceled', message: `Job ${job.id} canceled` } };
}

/** The running op is interrupted, its late answer fenced off, and recovery follows. */
function cancelBegun(
  job: BegunJob,
  spec: JobSpec,
  cancel: CancelRequest,
  command: CancelCommand,
  now: Instant,
): Decision<CancelAnswer> {
  // What a failure decided is not undone twice: such a cancel only spares the job its POST ops.
  const undo = job.decided === undefined && spec.rollback.onCancel && command.rollback;
  const { heldUntil: _held, ...rest } = job;
  const interrupt: OwedEffect[] =
    job.activeOp === undefined ? [] : [{ kind: 'interrupt', op: job.activeOp, by: now + EFFECT_OWED_MS }];
  const next: CancelingJob = {
    ...rest,
    status: 'CANCELING',
    cancel,
    decided: canceledEnd(undo),
    owed: [...job.owed, ...interrupt],
  };
  const change = changeOf('cancel job', job, next, now, {
    actor: cancel.actor,
    entries: [statusEntry(job, next, cancel)],
  });
  return { ok: true, change, answer: willBeCanceled(job) };
}

/** The end is committed first; the execution is stopped after it, and nothing is undone. */
function forceEnd(
  job: BegunJob,
  spec: JobSpec,
  ops: readonly Op[],
  cancel: CancelRequest,
  now: Instant,
): Decision<CancelAnswer> {
  const parts = { job, spec, now };
  const end: SettledJob =
    job.status === 'ROLLING_BACK'
      ? decidedEnd(parts, job.decided, 'failed')
      : {
          ...commonOf(job),
          status: 'CANCELED_WHILE_RUNNING',
          cancel,
          rollback: rollbackLeft(spec, ops),
          ...endedAt(parts),
        };
  const stop: OwedEffect = { kind: 'stop', segment: job.segment, by: now + EFFECT_OWED_MS };
  const change = settleChange('force end', parts, end, messageOf(end, cancel), cancel.actor, [stop]);
  return { ok: true, change, answer: { outcome: 'canceled', message: `Job ${job.id} canceled` } };
}

function canceledEnd(undo: boolean): Decided {
  return { status: 'CANCELED_WHILE_RUNNING', retryable: false, undo, post: false };
}

function willBeCanceled(job: Job): CancelAnswer {
  return { outcome: 'canceling', message: `Job ${job.id} will be canceled` };
}

function statusEntry(from: Job, to: Job, cancel: CancelRequest): EntryDraft {
  return { kind: 'status', from: from.status, to: to.status, message: messageOf(to, cancel) };
}

function messageOf(job: Job, cancel: CancelRequest): string {
  const verb = job.status === 'CANCELING' ? 'Cancel accepted' : `Job ended as ${job.status}`;
  return cancel.reason === undefined ? verb : `${verb}: ${cancel.reason}`;
}
