import { type GroupWrite, newGroup } from '../children/group.ts';
import { isAwaiting } from '../children/settle-children.ts';
import { type ActionKind, isOffered } from '../contract/action-catalog.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { hasBegun, isFinal, type Op, type RunningOp } from '../op/op.ts';
import type { Json } from '../op/references.ts';
import { tokensOf, withToken } from '../op/tokens-of.ts';
import { begin, rollingBack, running } from './begin.ts';
import { type Change, changeOf, type EntryDraft, nextSerial } from './change.ts';
import { type GivenBack, giveBack, type HeldFacts } from './give-back.ts';
import type { Instant } from './instant.ts';
import {
  isHeld,
  isParent,
  type Job,
  type LiveJob,
  type Liveness,
  type ParentJob,
  type RollingBackJob,
  type RunningJob,
  type StartingJob,
} from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { isStopping, isToPause, type Serves, servedBy } from './live-segment.ts';
import { opOfPlan } from './op-of-plan.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';
import { decidedOf, isTooLate, type PlannedCall, plannedOf } from './plan.ts';

/** What the state machine asks of Perform op: this op, for this execution, answered to this token. */
export interface PerformCommand extends Serves {
  readonly op: number;
  readonly token: string;
}

/** What only the outside knows, for a try that is to be started. */
export interface TryContext {
  readonly now: Instant;
  /** A fresh nonce, used if a try starts. */
  readonly nonce: string;
  readonly kind: ActionKind;
  /** The resolved input; undefined when a reference in it names nothing. */
  readonly input: Json | undefined;
  /** Of an op of children, or its rollback. */
  readonly children?: ChildrenToStart;
}

/** What starts with an op of children; the line is of the slot that its job gives back. */
export interface ChildrenToStart extends HeldFacts {
  readonly total: number;
}

/**
 * - `throw`: end the task with this error. `Stale`: the execution is not the job's any more;
 *   `Canceled`: the job is canceling, recovery follows; `NotNow`: the next try is not due yet, or
 *   somebody holds the job. The change, if any, is committed before.
 * - `answer`: the op is settled, or its failed try awaits a decision: answer the token now.
 * - `dispatch`: hand the try to its action, unless it is marked dispatched.
 */
export type PerformAnswer =
  | {
      readonly kind: 'throw';
      readonly error: 'Stale' | 'Canceled' | 'NotNow';
      readonly change: Change | null;
    }
  | { readonly kind: 'answer'; readonly op: Op }
  | { readonly kind: 'dispatch'; readonly change: Change | null; readonly op: RunningOp };

/** A wait that Step Functions ended this much early is not worth another round. */
const EARLY_TRY_MS = 1_000;

/**
 * The op protocol's Perform: the same token is the same try; a new token while the try runs (a
 * service retry of Step Functions) replaces the stored one; a final op is answered; otherwise the
 * next try starts, if the job is current and nothing else of it runs.
 */
export function performOp(
  job: Job,
  spec: JobSpec,
  op: Op | null,
  command: PerformCommand,
  context: TryContext,
): PerformAnswer {
  const live = servedBy(job, command);
  const planned = plannedOf(job, spec, command.op);
  if (live === null || planned === undefined) return thrown('Stale');
  if (op !== null && isFinal(op)) return { kind: 'answer', op };
  // Whatever else its job is coming to, its children end first.
  if (op?.status === 'running' && isAwaiting(live, op))
    return resumeTry(live, op, command.token, context.now);
  if (isStopping(live) || isTooLate(live, planned)) return thrown('Canceled');
  if (op?.status === 'running') return resumeTry(live, op, command.token, context.now);
  if (op?.status === 'tried') {
    if (op.decision === undefined) return { kind: 'answer', op };
    if (op.decision.kind === 'trapped') return thrown('NotNow');
    if (op.decision.at > context.now + EARLY_TRY_MS) return thrown('NotNow');
  }
  if (isHeld(live) || isParent(live)) return thrown('NotNow');
  if (isToPause(live)) return toPause(live, context.now);
  if (live.status !== 'QUEUED' && live.activeOp !== undefined && live.activeOp !== command.op) {
    throw new Error(`op ${command.op} cannot start: op ${live.activeOp} of the job is not final`);
  }
  return startTry(live, planned, op, command.token, context);
}

function thrown(error: 'Stale' | 'Canceled' | 'NotNow', change: Change | null = null): PerformAnswer {
  return { kind: 'throw', error, change };
}

/** A job that somebody wants to pause has begun, though none of its ops may have. */
function toPause(job: StartingJob | RunningJob, now: Instant): PerformAnswer {
  if (job.status === 'RUNNING') return thrown('NotNow');
  const next = begin({ ...job, owed: announced(job, now) }, now);
  const change = changeOf('begin job', job, next, now, {
    actor: JOBPLANE,
    entries: [{ kind: 'status', from: job.status, to: next.status, message: 'Begins, to be paused' }],
  });
  return thrown('NotNow', change);
}

/** A second call for the try that runs: only the token may be new. */
function resumeTry(job: LiveJob, op: RunningOp, token: string, now: Instant): PerformAnswer {
  if (tokensOf(op).includes(token)) return { kind: 'dispatch', change: null, op };
  const renewed: RunningOp = { ...op, ...withToken(op, token), version: op.version + 1 };
  const change = changeOf('replace token', job, job, now, {
    actor: JOBPLANE,
    ops: [{ before: op.version, op: renewed }],
  });
  return { kind: 'dispatch', change, op: renewed };
}

function startTry(
  job: LiveJob,
  planned: PlannedCall,
  earlier: Op | null,
  token: string,
  context: TryContext,
): PerformAnswer {
  const { now } = context;
  const number = (earlier !== null && hasBegun(earlier) ? earlier.try : 0) + 1;
  const started = startedJob(job, planned, now);
  const family = startChildren(started, planned, number, context.children);
  const next = family?.job ?? started;
  const message = `${planned.name} starts`;
  const moved: EntryDraft[] = [
    ...moveEntry(job.status, started.status, message),
    ...moveEntry(started.status, next.status, `Waits for the children of ${planned.name}`),
  ];
  const opFence = nextSerial(job, moved.length);
  const begun = earlier !== null && hasBegun(earlier) ? earlier : null;
  const op: RunningOp = {
    ...opOfPlan(job, planned),
    version: (earlier?.version ?? 0) + 1,
    try: number,
    startedAt: begun?.startedAt ?? now,
    opFence,
    status: 'running',
    token,
    nonce: context.nonce,
    tryStartedAt: now,
    ...(begun?.lateTry === undefined ? {} : { lateTry: begun.lateTry }),
    ...(begun?.clockSince === undefined ? {} : { clockSince: begun.clockSince }),
    ...(begun?.trapRetries === undefined ? {} : { trapRetries: begun.trapRetries }),
    // The commit is the dispatch of an op that is offered: the event is published from its journal entry.
    dispatched: isOffered(context.kind) && context.input !== undefined,
  };
  const change = changeOf('start op', job, next, now, {
    actor: JOBPLANE,
    ops: [{ before: earlier?.version ?? null, op }],
    through: started.status,
    ...(family === null
      ? {}
      : { group: family.group, semaphores: family.semaphores, touched: family.touched }),
    entries: [
      ...moved,
      {
        kind: 'op',
        op: { index: planned.index, name: planned.name },
        from: begun === null ? 'queued' : 'waiting',
        to: 'running',
        message: number === 1 ? `${planned.name} started` : `${planned.name} started, try ${number}`,
      },
      ...readyEntry(op, context),
    ],
  });
  return { kind: 'dispatch', change, op };
}

function moveEntry(from: Job['status'], to: Job['status'], message: string): readonly EntryDraft[] {
  return from === to ? [] : [{ kind: 'status', from, to, message, actor: JOBPLANE }];
}

/**
 * The children of an op begin with it: their group is open, and its job waits for them without its slot. One
 * that rolls back keeps it, since what undoes waits for no slot. Null: the op has no children.
 */
function startChildren(
  job: RunningJob | RollingBackJob,
  { index, kind }: PlannedCall,
  number: number,
  children: ChildrenToStart | undefined,
): (GivenBack & { readonly job: ParentJob | RollingBackJob; readonly group: GroupWrite }) | null {
  if (children === undefined) return null;
  const ref = { jobId: job.id, attempt: job.attempt, op: index, try: number };
  const verb = kind === 'op' ? 'run' : 'undo';
  const group = { kind: 'open', group: newGroup(ref, verb, children.total) } as const;
  const awaited = { op: index, try: number };
  if (job.status === 'ROLLING_BACK') {
    return { job: { ...job, children: awaited }, group, semaphores: [], touched: [] };
  }
  const slot = job.holds.find(({ rank }) => rank !== undefined);
  const given = slot === undefined ? { semaphores: [], touched: [] } : giveBack(job, slot, children);
  const parent: ParentJob = {
    ...job,
    status: 'CHILD_QUEUED',
    activeOp: index,
    children: awaited,
    holds: job.holds.filter((held) => held !== slot),
    ...(slot?.rank === undefined ? {} : { slot: { need: slot.need, rank: slot.rank } }),
  };
  return { job: parent, group, ...given };
}

/** The job with this op begun: whatever an earlier commit owed is proven done by this call. */
function startedJob(job: LiveJob, planned: PlannedCall, now: Instant): RunningJob | RollingBackJob {
  const started = {
    ...job,
    segment: { ...job.segment, tries: job.segment.tries + 1 },
    liveness: job.segment.tries === 0 ? livenessFrom(job, now) : job.liveness,
    owed: announced(job, now),
  };
  const decided = decidedOf(job);
  const undoes = job.status === 'ROLLING_BACK' || job.status === 'CANCELING' || planned.kind === 'rollback';
  const next =
    undoes && decided !== undefined
      ? rollingBack(started, decided, now, planned.step)
      : running(started, now, planned.step);
  return { ...next, activeOp: planned.index };
}

/** A parent shows that one of its children has started. */
function announced(job: LiveJob, now: Instant): OwedEffect[] {
  const isFirst = job.parent !== undefined && job.startedAt === undefined;
  return isFirst ? [{ kind: 'announce', by: now + EFFECT_OWED_MS }] : [];
}

/** Counted from the real start, which an outage may have kept off for long. */
function livenessFrom({ liveness }: LiveJob, now: Instant): Liveness {
  return { ...liveness, at: Math.max(liveness.at, now + liveness.afterSeconds * 1000) };
}

function readyEntry(op: RunningOp, context: TryContext): readonly EntryDraft[] {
  if (!isOffered(context.kind) || context.input === undefined) return [];
  const who = context.kind === 'manual' ? 'a person' : 'a worker';
  return [
    {
      kind: 'ready',
      op: { index: op.index, name: op.name },
      message: `${op.name} is ready for ${who} of ${op.action}`,
      ready: { action: op.action, try: op.try, opFence: op.opFence, input: context.input },
    },
  ];
}
