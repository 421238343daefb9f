import { secondsOf } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { Queue } from '../queue/queue.ts';
import { acquire, type SemaphoreChange } from '../semaphore/line.ts';
import { scopeOf } from '../semaphore/scope.ts';
import type { Semaphore } from '../semaphore/semaphore.ts';
import type { Touch } from './change.ts';
import { changeOf } from './change.ts';
import type { JobId } from './identifiers.ts';
import type { Instant } from './instant.ts';
import { isoOf } from './instant.ts';
import type { commonOf, Ending, Held, Job, StartingJob, Step, WaitingJob } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { frontBeside, type LinesOfNeeds } from './line-facts.ts';
import { type LivenessPolicy, nextSegment } from './live-segment.ts';
import { isOfQueue, type Need, needsOfGroup } from './needs.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';
import { opsToRun } from './plan.ts';
import { isSettled } from './status.ts';

/** The gates of admission, in their order; a job is at one of them and never goes back by itself. */
export const GATES = ['confirmation', 'approval', 'date', 'dependencies', 'line'] as const;

export type Gate = (typeof GATES)[number];

/** What admission is told of the world, each read consistently. */
export interface AdmissionFacts {
  readonly now: Instant;
  readonly liveness: LivenessPolicy;
  /** Null: nobody has set anything of the queue, so it has no limits. */
  readonly queue: Queue | null;
  /** The lines of everything the job needs and does not hold. */
  readonly lines: LinesOfNeeds;
  /** Heads of the jobs that it depends on; null: deleted since. */
  readonly dependencies: ReadonlyMap<JobId, Job | null>;
  /** What would be left to undo if the job ended now: what its PRE has done. */
  readonly rollback: Job['rollback'];
}

/** What a job is like whatever it waits for, and for which group of ops it waits. */
export interface Candidate {
  readonly job: ReturnType<typeof commonOf>;
  readonly group: WaitingJob['group'];
  /** Whether it waits for confirmation, if it has not passed that gate. */
  readonly held: boolean;
  /** False: it lines up in a transaction of its own, since this one gives back what it would take. */
  readonly lineUp: boolean;
  /** Kept where it goes on waiting for the same approval. */
  readonly approval?: { readonly since: Instant; readonly until: Instant };
}

/** Where admission leads: the job waits, or starts, and what changes with it; or it is to end. */
export type Admission =
  | {
      readonly kind: 'moved';
      readonly job: WaitingJob | StartingJob;
      readonly message: string;
      readonly semaphores: readonly SemaphoreChange[];
      readonly touched: readonly Touch[];
      readonly dependsOn: readonly JobId[];
    }
  | { readonly kind: 'ends'; readonly ending: Ending };

/**
 * Decides what a job waits for, if anything, in the one order of the gates: confirmation, approval,
 * date, expiry, dependencies, admission to the queue, locks and resources in their sorted order, and
 * the queue's slot last. PRE waits for its queue only. What is free is taken at once, all of it in
 * one transaction, with the start when nothing is left to wait for.
 */
export function admit(candidate: Candidate, spec: JobSpec, from: Gate, facts: AdmissionFacts): Admission {
  const { job, group } = candidate;
  const { now } = facts;
  const tooLate = missedStart(job, facts);
  if (tooLate !== null) return ends(tooLate);
  const asks = (gate: Gate) => GATES.indexOf(gate) >= GATES.indexOf(from);
  const isForRun = group === 'RUN';

  if (asks('confirmation') && candidate.held) {
    return waits(
      candidate,
      spec,
      now,
      { status: 'CREATED', waitReason: 'confirmation' },
      'Waits for confirmation',
    );
  }
  if (isForRun && asks('approval') && spec.approval !== undefined) {
    return waitsForApproval(candidate, spec, spec.approval, now);
  }
  if (isForRun && asks('date') && job.scheduledAt !== undefined && job.scheduledAt > now) {
    const date = { status: 'SCHEDULED', waitReason: 'date', scheduledAt: job.scheduledAt } as const;
    return waits(candidate, spec, now, date, `Waits for its date, ${isoOf(job.scheduledAt)}`);
  }
  if (isForRun && asks('dependencies')) {
    const waitsOrEnds = dependencies(candidate, spec, facts);
    if (waitsOrEnds !== null) return waitsOrEnds;
  }
  return lineUp(candidate, spec, facts);
}

/**
 * Heads that a job touches by what it gives back, and by what it waits for then. One that is both, the
 * next in its line and a job it depends on, is written once, with what both do to it.
 */
export function joinTouched(granted: readonly Touch[], noted: readonly Touch[]): readonly Touch[] {
  const isNoted = ({ job }: Touch) => noted.some((other) => other.job.id === job.id);
  const isGranted = ({ job }: Touch) => granted.some((other) => other.job.id === job.id);
  return [
    ...granted.map(
      (touch): Touch => (isNoted(touch) ? { ...touch, job: { ...touch.job, hasDependents: true } } : touch),
    ),
    ...noted.filter((touch) => !isGranted(touch)),
  ];
}

/** The gate at which a waiting job stands. */
export function gateOf(job: WaitingJob): Gate {
  switch (job.status) {
    case 'CREATED':
      return 'confirmation';
    case 'WAITING_APPROVAL':
      return 'approval';
    case 'SCHEDULED':
      return 'date';
    case 'WAITING_DEPENDENCY':
      return 'dependencies';
    default:
      return 'line';
  }
}

/** Null while RUN may still start. */
export function missedStart(
  { maxStartAt }: Pick<Job, 'maxStartAt'>,
  { now, rollback }: Pick<AdmissionFacts, 'now' | 'rollback'>,
): Ending | null {
  if (maxStartAt === undefined || now <= maxStartAt) return null;
  const message = `RUN had not started by ${isoOf(maxStartAt)}`;
  return unsuccessful('EXPIRED', { code: 'Expired', message }, rollback);
}

/** An end of a job that never started, by itself. */
export function unsuccessful(
  status: 'EXPIRED' | 'FAILED_TO_START',
  error: { readonly code: string; readonly message: string },
  rollback: Job['rollback'],
): Ending {
  const message = `Job ended as ${status}: ${error.message}`;
  return { status, error, retryable: true, rollback, actor: JOBPLANE, message };
}

function ends(ending: Ending): Admission {
  return { kind: 'ends', ending };
}

function waitsForApproval(
  candidate: Candidate,
  spec: JobSpec,
  approval: NonNullable<JobSpec['approval']>,
  now: Instant,
): Admission {
  const { since, until } = candidate.approval ?? {
    since: now,
    until: now + secondsOf(approval.window) * 1000,
  };
  const message = `Waits until ${isoOf(until)} for approval by ${approval.approvers.join(', ')}`;
  const gate = { status: 'WAITING_APPROVAL', waitReason: 'approval', approvalUntil: until } as const;
  return waits(candidate, spec, since, gate, message);
}

/** Null when every dependency lets the job go on. */
function dependencies(candidate: Candidate, spec: JobSpec, facts: AdmissionFacts): Admission | null {
  const open: Job[] = [];
  for (const { job: id, outcomes, otherwise } of spec.dependsOn) {
    const head = facts.dependencies.get(id) ?? null;
    if (head !== null && !isSettled(head.status)) {
      open.push(head);
      continue;
    }
    const fits = head !== null && outcomes.some((outcome) => outcome === head.status);
    if (fits || otherwise === 'run') continue;
    return ends(unmet(candidate.job, id, head, otherwise, facts.rollback));
  }
  if (open.length === 0) return null;
  const ids = open.map(({ id }) => id);
  const gate = { status: 'WAITING_DEPENDENCY', waitReason: 'dependencies' } as const;
  const moved = waits(candidate, spec, facts.now, gate, `Waits for the end of ${ids.join(', ')}`);
  const touched = open.flatMap((head): Touch[] => {
    const noted = changeOf('note dependent', head, { ...head, hasDependents: true }, facts.now, {
      actor: JOBPLANE,
    });
    return noted.before === null ? [] : [{ before: noted.before, job: noted.job }];
  });
  return { ...moved, touched, dependsOn: ids };
}

function unmet(
  job: Candidate['job'],
  id: JobId,
  head: Job | null,
  otherwise: 'fail' | 'cancel',
  rollback: Job['rollback'],
): Ending {
  const why = head === null ? `job ${id} was deleted` : `job ${id} ended as ${head.status}`;
  if (otherwise === 'cancel') {
    const status = job.startedAt === undefined ? 'CANCELED_BEFORE_START' : 'CANCELED_WHILE_RUNNING';
    const message = `Job ended as ${status}: ${why}`;
    return { status, cancel: { actor: JOBPLANE, reason: why }, rollback, actor: JOBPLANE, message };
  }
  return unsuccessful('FAILED_TO_START', { code: 'DependencyFailed', message: why }, rollback);
}

/** Takes what is free, in order, up to the first semaphore that has to be waited for. */
function lineUp(candidate: Candidate, spec: JobSpec, facts: AdmissionFacts): Admission {
  const { job, group } = candidate;
  const { now } = facts;
  if (!candidate.lineUp) {
    const again: OwedEffect[] = givesBack(job) ? [] : [{ kind: 'advance', by: now + EFFECT_OWED_MS }];
    const waitReason = givesBack(job) ? 'release' : 'admission';
    const waiting = waits(candidate, spec, now, { status: 'PENDING', waitReason }, LINES_UP[waitReason]);
    return { ...waiting, job: { ...waiting.job, owed: [...waiting.job.owed, ...again] } };
  }
  const holds: Held[] = [...job.holds];
  const semaphores: SemaphoreChange[] = [];
  // Never back in the order, though a queue may have got a limit since the job passed it.
  const reached = Math.max(-1, ...holds.map(({ need }) => need));
  for (const need of needsOfGroup(spec, group)) {
    if (need.index <= reached) continue;
    const line = facts.lines.get(need.index);
    if (line === undefined) throw new Error(`the line of need ${need.index} was not read`);
    if (isOfQueue(need.key) && isOpen(need, line.semaphore, facts.queue)) continue;
    const ask = {
      jobId: job.id,
      project: job.project,
      owner: job.owner,
      units: need.units,
      priority: job.priority,
    };
    const front = frontBeside(line, job.id);
    const answer = acquire({ semaphore: line.semaphore, own: null, front }, ask, now);
    if (answer.change !== null) semaphores.push(answer.change);
    if (answer.kind === 'waiting') {
      const place = { need: need.index, rank: answer.place.rank };
      const position = line.semaphore.waiting + 1;
      const waiting = waits(
        { ...candidate, job: { ...job, holds } },
        spec,
        now,
        { ...STATUS_OF_KIND[need.key.kind], place },
        `Waits for ${wordsOf(need)}, one of ${position} in line`,
      );
      return { ...waiting, semaphores };
    }
    const rank = need.key.kind === 'slot' && answer.rank !== undefined ? { rank: answer.rank } : {};
    holds.push({ need: need.index, fence: answer.fence, ...rank });
  }
  const starting: StartingJob = {
    ...job,
    holds,
    step: stepOf(job, spec, group),
    status: 'QUEUED',
    waitReason: 'starting',
    ...nextSegment(job.segments, group, now, facts.liveness),
  };
  const message = group === 'PRE' ? 'PRE starts' : 'Has all it needs and starts';
  return { kind: 'moved', job: starting, message, semaphores, touched: [], dependsOn: [] };
}

const LINES_UP = {
  release: 'Gives back what it held before it lines up again',
  admission: 'Lines up for what it needs',
} as const;

/** Whether the job owes what it holds back, as after a reschedule. */
export function givesBack(job: Pick<Job, 'owed'>): boolean {
  return job.owed.some(({ kind }) => kind === 'release');
}

/** A queue without the limit takes nobody's time, once those who still wait for the earlier one are through. */
function isOpen(need: Need, semaphore: Semaphore, queue: Queue | null): boolean {
  if (semaphore.waiting > 0) return false;
  if (queue === null) return true;
  const limit = need.key.kind === 'admission' ? queue.maxAdmitted : queue.maxRunning;
  return limit === undefined && !queue.paused;
}

const STATUS_OF_KIND = {
  admission: { status: 'PENDING', waitReason: 'admission' },
  lock: { status: 'WAITING_LOCK', waitReason: 'lock' },
  resource: { status: 'QUEUED', waitReason: 'resource' },
  slot: { status: 'QUEUED', waitReason: 'slot' },
  // A group of children is the children's queue.
  group: { status: 'QUEUED', waitReason: 'slot' },
} as const;

/** The semaphore in words, for journals and explanations. */
export function wordsOf({ key, units }: Need): string {
  const name = scopeOf(key) === 'global' ? `global ${key.kind}` : key.kind;
  switch (key.kind) {
    case 'admission':
      return `admission to queue ${key.name}`;
    case 'slot':
      return `a slot of queue ${key.name}`;
    case 'resource':
      return `${units} of ${name} ${key.name}`;
    case 'group':
      return 'its turn among the children of its parent';
    default:
      return `${name} ${key.name}`;
  }
}

/** The step that a group of ops begins with. */
function stepOf(job: Candidate['job'], spec: JobSpec, group: Candidate['group']): Step {
  if (group === 'PRE') return 'PRE';
  return group === 'RUN' && opsToRun(job, spec, ['RUN']).length === 0 ? 'POST' : 'RUN';
}

type GateFields = WaitingJob extends infer W
  ? W extends WaitingJob
    ? Omit<W, keyof Candidate['job'] | 'group' | 'since' | 'ending'> &
        Pick<W, Extract<'scheduledAt', keyof W>>
    : never
  : never;

function waits(
  candidate: Candidate,
  spec: JobSpec,
  since: Instant,
  gate: GateFields,
  message: string,
): Extract<Admission, { kind: 'moved' }> {
  const { job, group } = candidate;
  const isNew = job.again === undefined && job.startedAt === undefined;
  const owed = job.owed.filter(({ kind }) => kind !== 'advance');
  const waiting: WaitingJob = {
    ...job,
    ...gate,
    group,
    since,
    step: isNew ? 'INIT' : stepOf(job, spec, group),
    owed,
  };
  return { kind: 'moved', job: waiting, message, semaphores: [], touched: [], dependsOn: [] };
}
