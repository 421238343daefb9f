import { isDeepStrictEqual } from 'node:util';
import { secondsOf } from '../../../core/contract/duration.ts';
import type { JobSpec, OpSpec, RollbackSpec } from '../../../core/contract/job-spec.ts';
import type { Transition } from '../../../core/job/change.ts';
import { endingOf, isHeld, isLive, type Job } from '../../../core/job/job.ts';
import { JOBPLANE } from '../../../core/job/journal-entry.ts';
import type { Op } from '../../../core/op/op.ts';
import type { CommittedChange } from './commit-checks.ts';
import type { LedgerJob } from './ledger.ts';
import { nameOfRun, undoingOf } from './runs.ts';
import { hold } from './violation.ts';

/** Codes that say themselves what follows. */
const NEVER_TRAPPED: ReadonlySet<string> = new Set(['PreconditionFailed', 'Busy']);
const NEVER_RETRIED: ReadonlySet<string> = new Set([
  'Fatal',
  'ReferenceMissing',
  'InputTooLarge',
  'ResultTooLarge',
]);

const UNREACHABLE = 'Unreachable';
/** Design: an unreachable target is asked again at growing intervals, up to 15 minutes. */
const UNREACHABLE_MAX_SECONDS = 15 * 60;
const UNREACHABLE_FIRST_SECONDS = 5;

const DAY_MS = 24 * 60 * 60 * 1000;
/** Design: a segment hands over after 300 days. */
const SEGMENT_MS = 300 * DAY_MS;

/** Functions and services do not have quite the same time. */
const SKEW_MS = 2_000;

/** What may happen to a job whose execution waits for somebody, beside what somebody does to any job. */
const DURING_A_HOLD: ReadonlySet<Transition> = new Set([
  'answer trap',
  'resume job',
  'end pause',
  'hold op',
  'continue in next segment',
  'cancel job',
  'force end',
  'abend job',
  'change priority',
  'release by force',
  'look at execution',
  'record repair',
  'clear effect',
  'move due entry',
  'note dependent',
  'add note',
  'add log',
  'record late answer',
  'refuse answer',
]);

/** What must hold of traps, pauses and their ends. */
export function checkHold(committed: CommittedChange): void {
  const { change, before } = committed;
  checkStartsNothing(committed);
  checkNotPassedOver(committed);
  checkClock(committed);
  if (before === undefined) return;
  const head = before.head;
  if (isHeld(head)) {
    hold('heldStill', DURING_A_HOLD.has(change.transition), () => {
      return `'${change.transition}' is committed to job ${head.id}, which is ${head.status}`;
    });
  }
  if (isHeld(head) && change.job.status === head.status) {
    hold('heldStill', isDeepStrictEqual(countdownOf(change.job), countdownOf(head)), () => {
      return `'${change.transition}' changes until when job ${head.id} is ${head.status}`;
    });
  }
  switch (change.transition) {
    case 'trap job':
      checkTrap(committed);
      return;
    case 'answer trap':
      checkAnswerOfTrap(committed, before);
      return;
    case 'refuse answer':
      checkRefused(committed, head);
      return;
    case 'pause job':
      checkPause(committed, before);
      return;
    case 'resume job':
      checkResume(committed, head);
      return;
    case 'end pause':
      checkEndOfPause(committed, head);
      return;
    case 'continue in next segment':
      checkHandOver(committed, head);
      return;
    default: {
      const isNowHeld = isHeld(change.job) && !isHeld(head);
      hold('heldStill', !isNowHeld, () => `'${change.transition}' makes the job ${change.job.status}`);
    }
  }
}

/** Since when and until when the job is held, and what it does again then. */
function countdownOf(head: Job): unknown {
  return 'pause' in head ? head.pause : 'trap' in head ? head.trap : undefined;
}

/** A held job starts no try, and neither does one that is to pause. */
function checkStartsNothing({ change, before }: CommittedChange): void {
  const starts = change.ops.find(
    ({ op }) => op.status === 'running' && op.try !== before?.ops.get(nameOfRun(op))?.try,
  );
  if (starts === undefined || before === undefined) return;
  const { head } = before;
  hold('heldStill', !isHeld(head), () => `op ${starts.op.index} starts in a job that is ${head.status}`);
  hold('heldStill', !before.hold.pauseAsked, () => {
    return `op ${starts.op.index} starts, and somebody asked for a pause before`;
  });
}

/** What fails for good with `onError: trap` has failed only once somebody, or the timeout, says so. */
function checkNotPassedOver({ change, before, spec }: CommittedChange): void {
  for (const { op } of change.ops) {
    if (op.status !== 'error' || before?.ops.get(nameOfRun(op))?.status === 'error') continue;
    const isTrap = callOf(spec, op.index)?.onError === 'trap' && !NEVER_TRAPPED.has(op.error.code);
    hold('trapped', !isTrap || MAY_FAIL_A_TRAP.has(change.transition), () => {
      return `'${change.transition}' fails op ${op.index} with ${op.error.code}, and nobody was asked`;
    });
  }
}

/** The answer, the end of a pause between two tries, and an execution that gave up on its functions. */
const MAY_FAIL_A_TRAP: ReadonlySet<Transition> = new Set(['answer trap', 'end pause', 'plan recovery']);

/** No hold uses up the time in which an unreachable target is asked. */
function checkClock({ change, before, spec, clock }: CommittedChange): void {
  for (const { op } of change.ops) {
    const known = before?.ops.get(nameOfRun(op));
    if (known?.status !== 'tried' || known.error.code !== UNREACHABLE) continue;
    const isOver = (op.status === 'tried' || op.status === 'error') && op.error.code === 'Timeout';
    const timeout = callOf(spec, op.index)?.timeout;
    if (!isOver || timeout === undefined || change.transition === 'answer trap') continue;
    const heldMs = before?.hold.heldMs.get(nameOfRun(op)) ?? 0;
    const delay = Math.min(
      UNREACHABLE_MAX_SECONDS,
      UNREACHABLE_FIRST_SECONDS * 2 ** Math.min(op.try - 1, 16),
    );
    const asked = clock - op.startedAt - heldMs + delay * 1000 + SKEW_MS;
    hold('heldStill', asked >= secondsOf(timeout) * 1000, () => {
      return `op ${op.index} is over after ${asked} ms of its ${timeout}, of which it was held for ${heldMs}`;
    });
  }
}

function checkTrap({ change, spec }: CommittedChange): void {
  const { job } = change;
  const [write] = change.ops;
  const words = () =>
    `'trap job' makes job ${job.id} ${job.status} by op ${write?.op.index}, ${write?.op.status}`;
  hold('trapped', job.status === 'TRAPPED' && write?.op.status === 'tried', words);
  if (job.status !== 'TRAPPED' || write?.op.status !== 'tried') return;
  const { op } = write;
  const call = callOf(spec, op.index);
  hold('trapped', call?.onError === 'trap' && !NEVER_TRAPPED.has(op.error.code), words);
  // An unreachable target was asked until the op's own timeout, however often that was.
  const isOutOfTime = op.error.code === 'Timeout' && op.error.message.startsWith('not reached within');
  const isUsedUp =
    isOutOfTime || NEVER_RETRIED.has(op.error.code) || op.try >= (call?.retry?.maxAttempts ?? 1);
  hold(
    'trapped',
    isUsedUp && op.error.code !== UNREACHABLE,
    () => `${words()}, with ${op.error.code} at try ${op.try}`,
  );
  hold('trapped', op.decision?.kind === 'trapped' && op.token !== undefined && op.held, words);
  const at = change.entries[0]?.at ?? 0;
  const { timeout } = call?.trap ?? {};
  const until = timeout === undefined ? undefined : at + secondsOf(timeout) * 1000;
  hold('trapped', job.trap.until === until && job.activeOp === op.index, () => {
    return `${words()}, until ${job.trap.until} and not ${until}`;
  });
}

function checkAnswerOfTrap(
  { change, spec, clock, gives, opsBefore }: CommittedChange,
  before: Readonly<LedgerJob>,
): void {
  const { head } = before;
  const { job } = change;
  const { lastTrap } = job;
  const words = () =>
    `'answer trap', ${lastTrap?.answer} by ${lastTrap?.actor}, of job ${job.id}, ${head.status}`;
  const isTrapped =
    (head.status === 'TRAPPED' || head.status === 'TRAP_PAUSED') && endingOf(head) === undefined;
  hold('trapped', isTrapped && lastTrap?.op === head.activeOp, words);
  if (!isTrapped || lastTrap === undefined) return;
  const op = opsBefore.get(head.activeOp);
  hold('trapped', op?.status === 'tried', words);
  if (lastTrap.actor === JOBPLANE) {
    const isOver = head.status === 'TRAPPED' && head.trap.until !== undefined && head.trap.until <= clock;
    hold('trapped', isOver, () => `${words()}, before its time is over`);
    const expected = answerOfTimeout(callOf(spec, head.activeOp), before, head);
    hold('trapped', lastTrap.answer === expected, () => `${words()}, and its policy is ${expected}`);
  } else {
    hold('trapped', gives?.kind === 'trap' && gives.answer === lastTrap.answer, () => {
      return `${words()}, for ${JSON.stringify(gives)}`;
    });
  }
  const after = change.ops.find(({ op: write }) => write.index === head.activeOp)?.op;
  hold('trapped', doesAsItSays(lastTrap.answer, head, before, job, after, change.entries[0]?.at ?? 0), () => {
    return `${words()}, makes the job ${job.status} and its op ${after?.status ?? 'no other'}`;
  });
}

/** Retries of the timeout are counted, and then it aborts. */
function answerOfTimeout(
  call: OpSpec | RollbackSpec | undefined,
  { hold: record }: Readonly<LedgerJob>,
  head: Job,
): string {
  const { onTimeout = 'abort', maxRetries = 3 } = call?.trap ?? {};
  if (onTimeout !== 'retry' || !('activeOp' in head)) return onTimeout;
  const retries = record.answers.filter(
    ({ attempt, op, answer, byTimeout }) =>
      byTimeout && answer === 'retry' && attempt === head.attempt && op === head.activeOp,
  );
  return retries.length < maxRetries ? 'retry' : 'abort';
}

function doesAsItSays(
  answer: string,
  head: Extract<Job, { status: 'TRAPPED' | 'TRAP_PAUSED' }>,
  { hold: record }: Readonly<LedgerJob>,
  after: Job,
  op: Op | undefined,
  at: number,
): boolean {
  const goesOn = after.status === (record.held?.from === 'ROLLING_BACK' ? 'ROLLING_BACK' : 'RUNNING');
  const isTold = after.owed.some((effect) => effect.kind === 'answer' && effect.op === head.activeOp);
  switch (answer) {
    case 'pause':
      return (
        head.status === 'TRAPPED' &&
        after.status === 'TRAP_PAUSED' &&
        op === undefined &&
        after.trap.leftMs === (head.trap.until === undefined ? undefined : Math.max(0, head.trap.until - at))
      );
    case 'resume':
      return (
        head.status === 'TRAP_PAUSED' &&
        after.status === 'TRAPPED' &&
        op === undefined &&
        after.trap.until === (head.trap.leftMs === undefined ? undefined : at + head.trap.leftMs)
      );
    case 'retry':
      return (
        goesOn && isTold && op?.status === 'tried' && op.decision?.kind === 'tryAgain' && op.decision.at <= at
      );
    case 'skip':
      return goesOn && isTold && op?.status === 'success' && op.skipped === true && op.result === undefined;
    case 'abort':
      return isLive(after) && !isHeld(after) && isTold && op?.status === 'error';
    default:
      return false;
  }
}

/** What is refused is in the journal, and that is all. */
function checkRefused({ change, gives }: CommittedChange, head: Job): void {
  const { job } = change;
  const isPossible =
    (head.status === 'TRAPPED' || head.status === 'TRAP_PAUSED') && endingOf(head) === undefined;
  const answer = gives?.kind === 'trap' ? gives.answer : undefined;
  const isPointless =
    (answer === 'pause' && head.status === 'TRAP_PAUSED') ||
    (answer === 'resume' && head.status === 'TRAPPED');
  hold(
    'trapped',
    !isPossible || isPointless,
    () => `the answer ${answer} is refused to a job that is ${head.status}`,
  );
  const isNoted =
    change.entries.length === 1 && change.entries[0]?.kind === 'note' && change.ops.length === 0;
  hold('trapped', isNoted && isDeepStrictEqual(withoutBookkeeping(job), withoutBookkeeping(head)), () => {
    return `a refused answer changes job ${job.id}, ${head.status}`;
  });
}

/** Any commit may note that a schedule has passed, or clear what was owed. */
function withoutBookkeeping(head: Job): unknown {
  const {
    version: _version,
    logSerial: _serial,
    dueEntry: _due,
    owed: _owed,
    alarms: _alarms,
    ...rest
  } = head;
  return JSON.parse(JSON.stringify(rest));
}

function checkPause({ change, spec }: CommittedChange, { head, hold: record }: Readonly<LedgerJob>): void {
  const { job } = change;
  const words = () => `'pause job' makes job ${job.id}, ${head.status}, ${job.status}`;
  hold('heldStill', record.pauseAsked && head.status === 'RUNNING' && job.status === 'PAUSED', words);
  const at = change.entries[0]?.at ?? 0;
  const until = at + secondsOf(spec.pause.window) * 1000;
  hold(
    'heldStill',
    job.status === 'PAUSED' && job.pause.until === until,
    () => `${words()}, and not until ${until}`,
  );
  const [write] = change.ops;
  const waits = write?.op.status === 'queued' || write?.op.status === 'tried';
  hold(
    'heldStill',
    waits && write.op.token !== undefined,
    () => `${words()}, and its op is ${write?.op.status}`,
  );
}

/** Somebody resumes it; or its time is over, and how it ends was decided before it was paused. */
function checkResume({ change, gives, clock }: CommittedChange, head: Job): void {
  const { job } = change;
  const words = () => `'resume job' makes job ${job.id}, ${head.status}, ${job.status}`;
  const isOver = head.status === 'PAUSED' && head.decided !== undefined && head.pause.until <= clock;
  hold('heldStill', gives?.kind === 'resume' || isOver, () => `${words()}, for ${JSON.stringify(gives)}`);
  if (head.status !== 'PAUSED') {
    hold('heldStill', job.status === head.status && !('pauseRequested' in job), words);
    return;
  }
  const isTold = job.owed.some((effect) => effect.kind === 'answer' && effect.op === head.activeOp);
  hold('heldStill', job.status === 'RUNNING' && isTold, words);
}

/** Nobody resumed it: it has failed and is undone; paused before POST it only did not end well. */
function checkEndOfPause({ change, spec, clock, attempt }: CommittedChange, head: Job): void {
  const { job } = change;
  const words = () => `'end pause' makes job ${job.id}, ${head.status}, ${job.status}`;
  hold('heldStill', head.status === 'PAUSED' && head.pause.until <= clock, words);
  if (head.status !== 'PAUSED') return;
  const decided = 'decided' in job ? job.decided : undefined;
  const isPost = spec.ops[head.activeOp]?.step === 'POST';
  const stands = attempt.standing !== undefined && attempt.standing !== 'COMPLETED_WITH_WARNINGS';
  const expected = {
    status: isPost && stands ? attempt.standing : isPost ? 'COMPLETED_WITH_ERROR' : 'FAILED',
    undo: !isPost && spec.rollback.onFailure,
    post: true,
  };
  hold(
    'heldStill',
    decided?.status === expected.status && decided.undo === expected.undo && decided.post === expected.post,
    () => `${words()}, and decides ${JSON.stringify(decided)}`,
  );
  const isNamed = decided?.error?.code === 'PauseExpired' || (isPost && stands);
  hold('heldStill', head.decided === undefined && isNamed, words);
}

/** What an execution has no time or no functions left for is handed over as it is; one that waits on is stopped. */
function checkHandOver({ change, serves }: CommittedChange, head: Job): void {
  const { job } = change;
  if (!isLive(head) || !isLive(job)) return;
  const words = () => `'continue in next segment' of job ${job.id}, ${head.status}`;
  const isStarted =
    job.owed.some(({ kind }) => kind === 'start') && job.segment.number === head.segment.number + 1;
  hold('heldStill', isStarted && (!isHeld(head) || job.status === head.status), words);
  // An execution that ends by itself needs nobody to stop it.
  if (serves !== undefined) return;
  const isWaiting = isHeld(head) || ('heldUntil' in head && head.heldUntil !== undefined);
  const at = change.entries[0]?.at ?? 0;
  hold('heldStill', isWaiting && at - head.segment.committedAt >= SEGMENT_MS, () => `${words()}, too early`);
  const isStopped = job.owed.some(
    (effect) =>
      effect.kind === 'stop' &&
      effect.attempt === head.attempt &&
      effect.segment.number === head.segment.number,
  );
  hold('heldStill', isStopped, words);
}

function callOf(spec: JobSpec, index: number): OpSpec | RollbackSpec | undefined {
  const op = spec.ops[index % spec.ops.length];
  return index < spec.ops.length ? op : undoingOf(op)?.call;
}
