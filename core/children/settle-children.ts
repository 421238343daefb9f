import type { JobSpec } from '../contract/job-spec.ts';
import { running } from '../job/begin.ts';
import { type Change, changeOf, type EntryDraft } from '../job/change.ts';
import { failTry, succeed } from '../job/complete-op.ts';
import type { Instant } from '../job/instant.ts';
import {
  type BusyJob,
  isLive,
  isRegaining,
  type Job,
  type ParentJob,
  type RegainingJob,
  type RollingBackJob,
} from '../job/job.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import { frontBeside, type LinesOfNeeds } from '../job/line-facts.ts';
import { needsOf } from '../job/needs.ts';
import { EFFECT_OWED_MS, type OwedEffect } from '../job/owed-effect.ts';
import type { Op, RunningOp } from '../op/op.ts';
import { acquire } from '../semaphore/line.ts';
import { isGroupOf } from './close-children.ts';
import { type Group, isComplete } from './group.ts';
import { outcomeOfChildren, summary } from './outcome-of-children.ts';

/** The line is of the slot that the parent gave back. */
export interface SettleFacts {
  readonly now: Instant;
  readonly spec: JobSpec;
  readonly lines: LinesOfNeeds;
}

/**
 * All children of a group have ended: the parent goes on. One that gave its slot back asks for it again,
 * under the rank it had, and only then its op is over; one that is canceling lets go of its op; one that has
 * ended gives back what it held for its children. Null: it does not wait for them, or not all have ended.
 */
export function settleChildren(job: Job, op: Op | null, group: Group, facts: SettleFacts): Change | null {
  if (!isGroupOf(job, group) || !isComplete(group)) return null;
  const { children: _ended, ...rest } = job;
  const free: Job = { ...rest, owed: job.owed.filter(({ kind }) => kind !== 'cascade') };
  const { now } = facts;
  if (!isLive(free)) return released(job, free, now);
  if (free.status === 'CANCELING') return letGo(job, free, group, now);
  if (op?.status !== 'running' || op.index !== group.op || op.try !== group.try) return null;
  if (free.status === 'ROLLING_BACK') return finished(free, op, group, facts);
  if (free.status !== 'CHILD_QUEUED' && free.status !== 'CHILD_RUNNING') return null;
  return free.slot === undefined
    ? finished(free, op, group, facts)
    : askForSlot(free, free.slot, op, group, facts);
}

/** The slot was granted: the op of the children is over. Null: it still stands in line. */
export function regainSlot(
  job: RegainingJob,
  op: RunningOp,
  group: Group,
  facts: SettleFacts,
): Change | null {
  return job.place === undefined ? finished(job, op, group, facts) : null;
}

/** It has ended, by force or abended, and held on for its children. */
function released(before: Job, job: Job, now: Instant): Change {
  const by = now + EFFECT_OWED_MS;
  const owed: OwedEffect[] = [
    ...(job.holds.length === 0 ? [] : [{ kind: 'release', by } as const]),
    ...(job.parent === undefined ? [] : [{ kind: 'count', by } as const]),
  ];
  return changeOf('settle children', before, { ...job, owed: [...job.owed, ...owed] }, now, {
    actor: JOBPLANE,
    entries: [{ kind: 'decision', message: 'All of its children have ended' }],
  });
}

function letGo(before: Job, job: Extract<Job, { status: 'CANCELING' }>, group: Group, now: Instant): Change {
  const interrupt: OwedEffect = { kind: 'interrupt', op: group.op, by: now + EFFECT_OWED_MS };
  return changeOf('settle children', before, { ...job, owed: [...job.owed, interrupt] }, now, {
    actor: JOBPLANE,
    entries: [{ kind: 'decision', message: summary(group) }],
  });
}

function askForSlot(
  job: ParentJob,
  slot: NonNullable<ParentJob['slot']>,
  op: RunningOp,
  group: Group,
  facts: SettleFacts,
): Change {
  const { now, spec, lines } = facts;
  const line = lines.get(slot.need);
  if (line === undefined) throw new Error(`the line of need ${slot.need} was not read`);
  const { id: jobId, project, owner, priority } = job;
  const ask = { jobId, project, owner, priority, units: 1, rank: slot.rank };
  const answer = acquire({ semaphore: line.semaphore, own: null, front: frontBeside(line, jobId) }, ask, now);
  const semaphores = answer.change === null ? [] : [answer.change];
  if (answer.kind === 'granted') {
    const held = { need: slot.need, fence: answer.fence, rank: slot.rank };
    const change = finished({ ...job, holds: [...job.holds, held] }, op, group, facts);
    return { ...change, semaphores: [...semaphores, ...change.semaphores] };
  }
  const name = needsOf(spec)[slot.need]?.key.name ?? '';
  const next: RegainingJob = {
    ...job,
    status: 'QUEUED',
    waitReason: 'regaining',
    since: now,
    place: { need: slot.need, rank: answer.place.rank },
  };
  return changeOf('await children', job, next, now, {
    actor: JOBPLANE,
    semaphores,
    entries: [
      {
        kind: 'status',
        from: job.status,
        to: next.status,
        message: `${summary(group)}. Waits for its slot of queue ${name} again`,
      },
    ],
  });
}

/** The op of the children is over, as their policy says, and its job goes on. */
function finished(
  job: ParentJob | RegainingJob | RollingBackJob,
  op: RunningOp,
  group: Group,
  { now, spec }: SettleFacts,
): Change {
  const policy = group.verb === 'undo' ? undefined : spec.ops[group.op]?.children;
  const outOfTime = op.outOfTime?.error;
  const outcome =
    outOfTime === undefined
      ? outcomeOfChildren(group, policy)
      : {
          kind: 'failed' as const,
          error: { ...outOfTime, message: `${outOfTime.message}; ${summary(group)}` },
        };
  const back: BusyJob = job.status === 'ROLLING_BACK' ? job : running(job, now);
  const entries: EntryDraft[] =
    back.status === job.status
      ? []
      : [{ kind: 'status', from: job.status, to: back.status, message: summary(group) }];
  const { outOfTime: _waits, ...open } = op;
  if (outcome.kind === 'succeeded') {
    const done = succeed(back, spec, open, outcome.result, now, JOBPLANE, { entries, from: job });
    return outcome.tolerated === undefined ? done.change : withTolerated(done.change);
  }
  // Handle op failure waits with its token: told to try again, it has Perform op hear of the failure.
  return failTry(back, open, outcome.error, now, JOBPLANE, {
    entries,
    from: job,
    held: op.outOfTime !== undefined,
    byClock: outOfTime !== undefined,
  }).change;
}

function withTolerated(change: Change): Change {
  return {
    ...change,
    ops: change.ops.map(({ before, op }) => ({
      before,
      op: op.status === 'success' ? { ...op, tolerated: true } : op,
    })),
  };
}

/** Whether the running op waits for its children, or for its job's slot behind them. */
export function isAwaiting(job: Job, op: RunningOp): boolean {
  if (isRegaining(job)) return job.activeOp === op.index;
  return job.children?.op === op.index && job.children.try === op.try;
}
