import { closing } from '../children/close-children.ts';
import { refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { Op } from '../op/op.ts';
import { begunOf } from './begin.ts';
import { changeOf, type Decision, type EntryDraft } from './change.ts';
import { ruling } from './commands.ts';
import { depart, leavePlace } from './give-back.ts';
import type { Instant } from './instant.ts';
import {
  type BegunJob,
  type CancelingJob,
  type CancelRequest,
  commonOf,
  type Decided,
  type Ending,
  isLive,
  isStarting,
  isWaiting,
  type Job,
  type SettledJob,
  type StartingJob,
  type UnsettledJob,
  type WaitingJob,
} from './job.ts';
import { type LivenessPolicy, nextSegment } from './live-segment.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';
import { decidedOf, leftToUndo, stepHasBegun } from './plan.ts';
import { refuseCommand } from './refuse-command.ts';
import { decidedEnd, type EndFacts, endJob, rollbackCutOff, rollbackLeft } from './settle.ts';

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

/** The lines are of what the job holds and stands in. */
export interface CancelContext extends EndFacts {
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
  ops: readonly Op[],
  command: CancelCommand,
  context: CancelContext,
): Decision<CancelAnswer> {
  const verb = command.force ? 'force' : 'cancel';
  if (ruling(job.status, verb) === 'refused') return refuseCommand(job, verb);
  if (command.onlyIfQueued && stepHasBegun(job)) {
    return refused(
      'AlreadyStarted',
      `Job ${job.id} is no longer waiting in the queue: it is ${job.status}. Cancel without onlyIfQueued to stop it.`,
    );
  }
  const cancel: CancelRequest = {
    actor: command.actor,
    ...(command.reason === undefined ? {} : { reason: command.reason }),
  };
  if (!isLive(job) && !isWaiting(job)) return cancelAfterFailure(job, cancel, context.now);
  if (job.ending !== undefined) return cancelEnding(job, job.ending, command, context);
  if (isWaiting(job) || isStarting(job)) return cancelWaiting(job, ops, cancel, command, context);
  if (command.force) return forceEnd(job, ops, cancel, context);
  return cancelBegun(job, cancel, command, context);
}

/** The end is decided and only waits for what the job holds: force alone does not wait for that. */
function cancelEnding(
  job: UnsettledJob,
  ending: Ending,
  command: CancelCommand,
  context: CancelContext,
): Decision<CancelAnswer> {
  if (!command.force) {
    return refused(
      'CommandRefused',
      `Job ${job.id} is ending as ${ending.status}: what it holds is being given back. Nothing is left to cancel.`,
    );
  }
  const change = endJob('force end', job, ending, context, 'settle first');
  return { ok: true, change, answer: { outcome: 'canceled', message: `Job ${job.id} ended` } };
}

/** A failed, expired or rejected job that is cancelled never runs again. */
function cancelAfterFailure(job: SettledJob, cancel: CancelRequest, now: Instant): Decision<CancelAnswer> {
  if (!('retryable' in job)) throw new Error(`a ${job.status} job cannot be cancelled after its failure`);
  const next: SettledJob = { ...job, status: 'CANCELED_AFTER_FAILURE', cancel };
  const change = changeOf('cancel job', job, next, now, {
    actor: cancel.actor,
    entries: [statusEntry(job, next, cancel)],
  });
  return { ok: true, change, answer: { outcome: 'canceled', message: `Job ${job.id} canceled` } };
}

/**
 * Nothing runs: canceled at once, its place in line gone in the same transaction, and an execution
 * that may be on its way ends itself. Where an earlier step has run, what it did is undone first.
 */
function cancelWaiting(
  job: StartingJob | WaitingJob,
  ops: readonly Op[],
  cancel: CancelRequest,
  command: CancelCommand,
  context: CancelContext,
): Decision<CancelAnswer> {
  const { now, spec } = context;
  const undo = !command.force && spec.rollback.onCancel && command.rollback;
  const isForward = job.again?.kind !== 'rollback';
  if (job.startedAt !== undefined && undo && isForward && leftToUndo(spec, ownOps(job, ops)).length > 0) {
    const { semaphores, touched, holds } = depart(job, context);
    const next: CancelingJob = {
      ...commonOf(job),
      status: 'CANCELING',
      holds: [...holds],
      startedAt: job.startedAt,
      cancel,
      decided: canceledEnd(true),
      ...nextSegment(job.segments, 'RECOVER', now, context.liveness),
    };
    const change = changeOf('cancel job', job, next, now, {
      actor: cancel.actor,
      semaphores,
      touched,
      entries: [statusEntry(job, next, cancel)],
    });
    return { ok: true, change, answer: willBeCanceled(job) };
  }
  const status = stepHasBegun(job) ? 'CANCELED_WHILE_RUNNING' : 'CANCELED_BEFORE_START';
  const ending = canceled(job, status, cancel, { spec, ops });
  const change = endJob('cancel job', job, ending, context, 'end last');
  return { ok: true, change, answer: { outcome: 'canceled', message: `Job ${job.id} canceled` } };
}

/** The running op is interrupted, its late answer fenced off, and recovery follows. */
function cancelBegun(
  job: BegunJob,
  cancel: CancelRequest,
  command: CancelCommand,
  context: CancelContext,
): Decision<CancelAnswer> {
  const { spec, now } = context;
  // What a failure decided is not undone twice: such a cancel only spares the job its POST ops.
  const undo = decidedOf(job) === undefined && spec.rollback.onCancel && command.rollback;
  const children = closing(job, context.group, 'canceled', now);
  // An op of children is let go of once they have ended.
  const interrupt: OwedEffect[] =
    job.activeOp === undefined || job.children !== undefined
      ? []
      : [{ kind: 'interrupt', op: job.activeOp, by: now + EFFECT_OWED_MS }];
  const next: CancelingJob = {
    ...begunOf(job, now),
    status: 'CANCELING',
    cancel,
    decided: canceledEnd(undo),
    owed: [...job.owed, ...interrupt, ...children.owed],
  };
  const { semaphores, touched } = leavePlace(job, context);
  const change = changeOf('cancel job', job, next, now, {
    actor: cancel.actor,
    semaphores,
    touched,
    ...(children.group === undefined ? {} : { group: children.group }),
    entries: [statusEntry(job, next, cancel)],
  });
  return { ok: true, change, answer: willBeCanceled(job) };
}

/** The end is committed first; the execution is stopped after it, and nothing is undone. */
function forceEnd(
  job: BegunJob,
  ops: readonly Op[],
  cancel: CancelRequest,
  context: CancelContext,
): Decision<CancelAnswer> {
  const ending: Ending =
    job.status === 'ROLLING_BACK'
      ? {
          ...decidedEnd(job, job.decided, rollbackCutOff(job, context.spec, ops)),
          actor: cancel.actor,
          message: worded(`Job ended as ${job.decided.status}`, cancel),
        }
      : canceled(job, 'CANCELED_WHILE_RUNNING', cancel, { spec: context.spec, ops });
  const stop: OwedEffect = {
    kind: 'stop',
    attempt: job.attempt,
    segment: job.segment,
    ...(job.activeOp === undefined || job.children !== undefined ? {} : { atOp: job.activeOp }),
    by: context.now + EFFECT_OWED_MS,
  };
  const change = endJob('force end', job, ending, context, 'settle first', [stop]);
  return { ok: true, change, answer: { outcome: 'canceled', message: `Job ${job.id} canceled` } };
}

function canceled(
  job: Job,
  status: 'CANCELED_BEFORE_START' | 'CANCELED_WHILE_RUNNING',
  cancel: CancelRequest,
  { spec, ops }: { readonly spec: JobSpec; readonly ops: readonly Op[] },
): Ending {
  const message = worded(`Job ended as ${status}`, cancel);
  return { status, cancel, rollback: rollbackLeft(job, spec, ops), actor: cancel.actor, message };
}

/** An attempt that is canceled undoes what it did itself. */
function ownOps({ attempt }: Job, ops: readonly Op[]): readonly Op[] {
  return ops.filter((op) => op.attempt === attempt);
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
  return worded(job.status === 'CANCELING' ? 'Cancel accepted' : `Job ended as ${job.status}`, cancel);
}

function worded(verb: string, { reason }: CancelRequest): string {
  return reason === undefined ? verb : `${verb}: ${reason}`;
}
