import { secondsOf } from '../contract/duration.ts';
import type { JobSpec, TrapPolicy } from '../contract/job-spec.ts';
import type { QueuedOp, TriedOp } from '../op/op.ts';
import { tokensOf, withToken } from '../op/tokens-of.ts';
import { begunOf, cancelOf, pauseRequestOf } from './begin.ts';
import { type Change, changeOf, type EntryDraft } from './change.ts';
import type { Instant } from './instant.ts';
import type { BusyJob, LiveJob, PausedJob, RunningJob, TrappedJob } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { opOfPlan } from './op-of-plan.ts';
import type { PlannedCall } from './plan.ts';

/** Somebody wanted the job to stop before this op: from here on it keeps the token of Handle op failure. */
export function pauseJob(
  job: RunningJob,
  spec: JobSpec,
  planned: PlannedCall,
  op: QueuedOp | TriedOp | null,
  token: string,
  now: Instant,
): Change {
  const until = now + secondsOf(spec.pause.window) * 1000;
  const next: PausedJob = {
    ...begunOf(job, now),
    status: 'PAUSED',
    activeOp: planned.index,
    owed: [],
    pause: { since: now, until },
    ...(job.decided === undefined ? {} : { decided: job.decided }),
  };
  const { actor = JOBPLANE, comment } = job.pauseRequested ?? {};
  const why = comment === undefined ? '' : `: ${comment}`;
  return changeOf('pause job', job, next, now, {
    actor,
    ops: [{ before: op?.version ?? null, op: keeping(job, planned, op, token) }],
    entries: [
      {
        kind: 'status',
        from: job.status,
        to: next.status,
        message: `Paused before ${planned.name} by ${actor}${why}`,
      },
    ],
  });
}

/** The op failed for good, and somebody is to say what follows. */
export function trapJob(
  job: BusyJob,
  planned: PlannedCall,
  tried: TriedOp,
  now: Instant,
): { readonly job: TrappedJob; readonly op: TriedOp; readonly entry: EntryDraft } {
  const { timeout } = trapPolicyOf(planned);
  const cancel = cancelOf(job);
  const next: TrappedJob = {
    ...begunOf(job, now),
    ...pauseRequestOf(job),
    status: 'TRAPPED',
    activeOp: planned.index,
    owed: [],
    trap: {
      since: now,
      from: job.status === 'ROLLING_BACK' ? 'ROLLING_BACK' : 'RUNNING',
      ...(timeout === undefined ? {} : { until: now + secondsOf(timeout) * 1000 }),
    },
    ...(job.decided === undefined ? {} : { decided: job.decided }),
    ...(cancel === undefined ? {} : { cancel }),
  };
  const { code, message } = tried.error;
  return {
    job: next,
    op: { ...tried, decision: { kind: 'trapped' } },
    entry: {
      kind: 'status',
      from: job.status,
      to: next.status,
      message: `${planned.name} failed and waits for an answer: ${code}: ${message}`,
    },
  };
}

/** How the trap of a call waits, with what it does not say. */
export function trapPolicyOf({ call }: PlannedCall): TrapPolicy {
  return call.trap ?? TRAP_DEFAULTS;
}

const TRAP_DEFAULTS: TrapPolicy = { onTimeout: 'abort', maxRetries: 3 };

/** A further call keeps its token in place of the one before. Null: it is the one that is kept. */
export function holdAgain(
  job: LiveJob,
  op: QueuedOp | TriedOp,
  token: string,
  now: Instant,
  next: LiveJob = job,
): Change | null {
  if (tokensOf(op).includes(token) && (op.status === 'queued' || op.held)) return null;
  // A call proves that its execution was started.
  const owed = next.owed.filter(({ kind }) => kind !== 'start');
  return changeOf('hold op', job, { ...next, owed }, now, {
    actor: JOBPLANE,
    ops: [{ before: op.version, op: kept(op, token) }],
  });
}

function kept(op: QueuedOp | TriedOp, token: string): QueuedOp | TriedOp {
  const renewed = { ...withToken(op, token), version: op.version + 1 };
  return op.status === 'queued' ? { ...op, ...renewed } : { ...op, ...renewed, held: true };
}

/** The op with the token that waits; one that has not begun is stored for that alone. */
function keeping(
  job: LiveJob,
  planned: PlannedCall,
  op: QueuedOp | TriedOp | null,
  token: string,
): QueuedOp | TriedOp {
  if (op !== null) return kept(op, token);
  return {
    ...opOfPlan(job, planned),
    version: 1,
    try: 0,
    status: 'queued',
    token,
  };
}
