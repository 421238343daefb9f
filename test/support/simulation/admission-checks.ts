import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { Change, LineChange } from '../../../core/job/change.ts';
import type { Instant } from '../../../core/job/instant.ts';
import { endingOf, isLive, isWaiting, type Job, placeOf, type StartingJob } from '../../../core/job/job.ts';
import { isSettled, type Status } from '../../../core/job/status.ts';
import type { Queue } from '../../../core/queue/queue.ts';
import type { Attempt } from './expected-attempt.ts';
import type { ExpectedNeed } from './expected-needs.ts';
import { type Ledger, type LedgerJob, permissionsAfter } from './ledger.ts';
import { hold } from './violation.ts';

/** Who commits: by what clock, and what it has seen of the queues. */
export interface Committer {
  readonly clock: Instant;
  readonly queuesSeen: readonly (Queue | null)[];
  /** When it began: what it decides by may be as old as that. */
  readonly startedAt: Instant;
}

/** The job that is checked, as it is with the change. */
export interface Checked {
  readonly spec: JobSpec;
  readonly needs: readonly ExpectedNeed[];
  readonly attempt: Attempt;
}

/** What must hold of a change before it is in the ledger: of starts, of holds that go, and of ends. */
export function checkAdmission(
  ledger: Ledger,
  change: Change | LineChange,
  committer: Committer,
  checked?: Checked,
): void {
  for (const touch of change.touched) checkTouch(ledger, touch.job, touch.before, change.transition);
  if (!('job' in change)) return;
  const known = ledger.get(change.job.id);
  if (checked !== undefined) {
    checkStarting(change, known, checked, committer);
    checkDependencies(ledger, change, known, checked, committer);
  }
  checkKeepsHolds(change, known?.head);
  checkGivenBackFirst(change, known?.head);
  checkExpiry(change, known?.head);
}

/** What another job's transaction may do to a head: grant what it stands in line for, or note a dependent. */
function checkTouch(ledger: Ledger, job: Job, before: number, transition: string): void {
  const head = ledger.get(job.id)?.head;
  const words = () => `'${transition}' touches job ${job.id}, ${head?.status}`;
  hold('guarded', head?.version === before && job.version === before + 1, words);
  if (head === undefined) return;
  hold('gapFree', job.logSerial === head.logSerial && job.status === head.status, words);
  const granted = job.holds.slice(head.holds.length);
  hold(
    'keepsHolds',
    head.holds.every((held, position) => job.holds[position]?.fence === held.fence),
    words,
  );
  if (granted.length === 0) {
    hold('noGrantToSettled', !isSettled(head.status) && job.hasDependents === true, words);
    return;
  }
  hold('noGrantToSettled', !isSettled(head.status) && endingOf(head) === undefined, words);
  const [only] = granted;
  hold('deadWaiter', granted.length === 1 && placeOf(head)?.need === only?.need, words);
}

function checkStarting(
  change: Change,
  known: Readonly<LedgerJob> | undefined,
  { spec, needs, attempt }: Checked,
  { clock, queuesSeen }: Committer,
): void {
  const { job, transition } = change;
  if (!isStarting(job)) return;
  const before = known?.head;
  if (before !== undefined && isLive(before) && before.segment.number === job.segment.number) return;
  const words = () => `'${transition}' starts ${job.segment.group} of job ${job.id}`;
  if (isContinued(before)) return;
  checkHasAll(job, needs, before, queuesSeen);
  hold(
    'attempts',
    job.segment.group === groupOf(spec, attempt, before),
    () => `${words()}, attempt ${attempt.number}`,
  );
  if (job.segment.group === 'RECOVER') return;
  const { confirmed, approved } = permissionsAfter(known, spec, change, attempt);
  hold('asked', confirmed, () => `${words()}, which waits to be confirmed`);
  if (job.segment.group === 'PRE') return;
  const { scheduledAt, maxStartAt, segment } = job;
  hold('neverEarly', segment.committedAt <= clock, () => `${words()} in the future`);
  hold('asked', approved, () => `${words()}, which nobody has approved`);
  if (attempt.gatesPassed) return;
  hold('neverEarly', (scheduledAt ?? 0) <= clock, () => `${words()} before its date`);
  hold('neverLate', segment.committedAt <= (maxStartAt ?? segment.committedAt), () => {
    return `${words()} after it had expired`;
  });
}

/** A job goes on to its lines only after the ends that it waits for, and is not asked again once it stands there. */
function checkDependencies(
  ledger: Ledger,
  change: Change,
  known: Readonly<LedgerJob> | undefined,
  { spec, attempt }: Checked,
  { startedAt }: Committer,
): void {
  const { job, transition } = change;
  const wasInLine = known !== undefined && isInLine(known.head) && transition !== 'reschedule job';
  if (!isInLine(job) || wasInLine || attempt.gatesPassed || attempt.kind === 'rollback') return;
  if (known !== undefined && isContinued(known.head)) return;
  for (const dependency of spec.dependsOn) {
    const other = ledger.get(dependency.job);
    hold('dependents', letsGoOn(other, dependency, startedAt), () => {
      return `'${transition}' lets job ${job.id} go on, and job ${dependency.job}, which it depends on, is ${other?.head.status}`;
    });
  }
}

/** Has passed its gates, for its RUN: it stands in a line, or starts. */
function isInLine(job: Job): boolean {
  if (isStarting(job)) return job.segment.group === 'RUN';
  return isWaiting(job) && job.group === 'RUN' && IN_LINE.has(job.status);
}

const IN_LINE: ReadonlySet<Status> = new Set(['PENDING', 'QUEUED', 'WAITING_LOCK']);

/** It has ended so that the dependent may go on, or had when that was decided, and runs again since. */
function letsGoOn(
  other: LedgerJob | undefined,
  { outcomes, otherwise }: JobSpec['dependsOn'][number],
  startedAt: Instant,
): boolean {
  if (other === undefined || other.removed) return otherwise === 'run' || hasEndedAs(other, outcomes);
  const isOver = isSettled(other.head.status) || other.attemptSince >= startedAt;
  return isOver && other.ends.size > 0 && (otherwise === 'run' || hasEndedAs(other, outcomes));
}

/** Also an end before the one that stands: whoever decided may have read that one. */
function hasEndedAs(other: LedgerJob | undefined, outcomes: readonly Status[]): boolean {
  return other?.entries.some(({ to }) => outcomes.some((outcome) => outcome === to)) === true;
}

/** What an attempt begins with, and what follows its PRE. */
function groupOf(spec: JobSpec, attempt: Attempt, before: Job | undefined): StartingJob['segment']['group'] {
  if (attempt.kind === 'rollback') return 'RECOVER';
  const isAfterPre =
    before !== undefined &&
    ((isLive(before) && before.segment.group === 'PRE') || (isWaiting(before) && before.group === 'RUN'));
  const isPre = spec.ops[attempt.firstOp]?.step === 'PRE';
  return isPre && !isAfterPre ? 'PRE' : 'RUN';
}

function isStarting(job: Job): job is StartingJob {
  return job.status === 'QUEUED' && job.waitReason === 'starting';
}

/** The next execution of a group that has begun. */
function isContinued(before: Job | undefined): boolean {
  return before !== undefined && isLive(before) && before.segment.group === 'RUN';
}

/** A job starts only with everything it needs, as its queue was when that was decided. */
function checkHasAll(
  job: StartingJob,
  needs: readonly ExpectedNeed[],
  before: Job | undefined,
  queuesSeen: readonly (Queue | null)[],
): void {
  const passedAdmission = before !== undefined && before.holds.length > 0;
  for (const [index, { kind, name }] of needs.entries()) {
    if (job.holds.some(({ need }) => need === index)) continue;
    if (kind === 'lock' || kind === 'resource') {
      hold('hasAll', job.segment.group === 'PRE', () => `job ${job.id} starts without ${name}`);
      continue;
    }
    // What undoes does not wait for what is to be done.
    if (job.segment.group === 'RECOVER') continue;
    if (kind === 'admission' && passedAdmission) continue;
    if (kind === 'group') {
      hold('hasAll', false, () => `job ${job.id} starts without its turn in its group`);
      continue;
    }
    const isOpen = queuesSeen.some((queue) => isOpenFor(kind, queue));
    hold('hasAll', isOpen, () => `job ${job.id} starts without ${name}, which has a limit`);
  }
}

function isOpenFor(kind: 'admission' | 'slot', queue: Queue | null): boolean {
  if (queue === null) return true;
  return !queue.paused && (kind === 'admission' ? queue.maxAdmitted : queue.maxRunning) === undefined;
}

/** 8: a job that has started keeps what it holds until it settles, or somebody takes a lock by force. */
function checkKeepsHolds({ job, transition }: Change, before: Job | undefined): void {
  if (before === undefined || !isLive(before) || isSettled(job.status)) return;
  const gone = before.holds.filter(
    ({ fence, need }) => !job.holds.some((held) => held.need === need && held.fence === fence),
  );
  if (gone.length === 0) return;
  const isEnding = endingOf(before) !== undefined;
  const isCanceledEarly = transition === 'cancel job' && isStarting(before);
  const isTaken = transition === 'release by force' && gone.length === 1;
  // Its slot, while it waits for its children: see family-checks.ts.
  const isLent = transition === 'start op' && job.children !== undefined && gone.length === 1;
  const mayGo = isEnding || isCanceledEarly || isTaken || isLent || transition === 'hand over to RUN';
  hold('keepsHolds', mayGo, () => {
    return `'${transition}' takes needs ${gone.map(({ need }) => need).join(', ')} from job ${job.id}, ${before.status}`;
  });
}

/** The end comes after everything is given back; only force and abend owe it. */
function checkGivenBackFirst({ job, transition }: Change, before: Job | undefined): void {
  if (!isSettled(job.status) || (before !== undefined && isSettled(before.status))) return;
  const isCutOff = transition === 'force end' || transition === 'abend job';
  hold('givenBackFirst', job.holds.length === 0 || isCutOff, () => {
    return `'${transition}' ends job ${job.id} as ${job.status}, and it holds something`;
  });
}

/** 20: an expiry that comes early or to a job that runs does nothing. */
function checkExpiry({ job, transition, entries }: Change, before: Job | undefined): void {
  const ending = endingOf(job);
  const expires = (ending?.status ?? job.status) === 'EXPIRED';
  if (!expires || before === undefined || isSettled(before.status) || endingOf(before) !== undefined) return;
  const at = entries[0]?.at ?? 0;
  const windows = [
    before.maxStartAt,
    before.status === 'WAITING_APPROVAL' ? before.approvalUntil : undefined,
  ];
  const isOver = windows.some((until) => until !== undefined && at > until);
  const hadStarted = isLive(before) && before.segment.group === 'RUN';
  hold('neverLate', isOver && !hadStarted && (isWaiting(before) || isLive(before)), () => {
    return `'${transition}' expires job ${job.id}, ${before.status}, whose window is open`;
  });
}
