import { isDeepStrictEqual } from 'node:util';
import type { JobSpec } from '../../../core/contract/job-spec.ts';
import { jsonBytes, LIMITS } from '../../../core/contract/limits.ts';
import type { Change, Transition } from '../../../core/job/change.ts';
import type { Completion } from '../../../core/job/complete-op.ts';
import { dueOf } from '../../../core/job/due.ts';
import type { Instant } from '../../../core/job/instant.ts';
import { endingOf, isLive } from '../../../core/job/job.ts';
import { type Serves, servedBy } from '../../../core/job/live-segment.ts';
import { isSettled, STATUSES, type Status } from '../../../core/job/status.ts';
import { mayMove } from '../../../core/job/transitions.ts';
import { type BegunOp, hasBegun, isFinal, type Op, type TriedOp } from '../../../core/op/op.ts';
import { dueRollbacks } from './due-rollbacks.ts';
import type { Attempt } from './expected-attempt.ts';
import { checkHold } from './hold-checks.ts';
import type { LedgerJob } from './ledger.ts';
import type { GivenCommand } from './process.ts';
import { hasEffect, hasRun, indexOfUndoing, nameOfRun, undoingOf, undoneBy } from './runs.ts';
import { checkSettlement } from './settlement-checks.ts';
import { hold } from './violation.ts';

/** A change that the store took, with what there was before it. */
export interface CommittedChange {
  readonly change: Change;
  readonly before: Readonly<LedgerJob> | undefined;
  readonly spec: JobSpec;
  /** Ops of the attempt before the change, by index. */
  readonly opsBefore: ReadonlyMap<number, Op>;
  /** The same after it. */
  readonly opsAfter: ReadonlyMap<number, Op>;
  /** The execution that the committing function works for, if it works for one. */
  readonly serves: Serves | undefined;
  /** The completion that the committing function was asked to take, if it was. */
  readonly completes: Completion | undefined;
  /** The command that it was asked to carry out, if it was. */
  readonly gives: GivenCommand | undefined;
  /** What time it is for the committing function. */
  readonly clock: Instant;
  /** What the attempt has to do that the job is in with the change. */
  readonly attempt: Attempt;
}

/** Everything that must hold of each change that was committed. */
export function checkCommit(committed: CommittedChange): void {
  checkSerials(committed);
  checkMove(committed);
  checkSettled(committed);
  checkLateAnswer(committed);
  checkSizes(committed);
  checkOps(committed);
  checkServes(committed);
  checkStart(committed);
  checkDecision(committed);
  checkSegment(committed);
  checkDueEntry(committed);
  checkSettlement(committed);
  checkHold(committed);
}

/** Fields of a head that every change may rewrite. */
const BOOKKEEPING_FIELDS = ['version', 'logSerial', 'owed', 'dueEntry', 'alarms'] as const;

/** And what an end leaves to be done: what was held by then, and children that have not ended. */
const OF_GIVING_BACK = ['holds', 'children'] as const;

function checkSerials({ change, before }: CommittedChange): void {
  const { job, entries } = change;
  const version = before?.head.version ?? 0;
  const serial = before?.head.logSerial ?? 0;
  hold('gapFree', change.before === (before?.head.version ?? null) && job.version === version + 1, () => {
    return `'${change.transition}' was decided on version ${change.before} and committed on ${version}`;
  });
  const expected = entries.map((_, position) => serial + 1 + position);
  const serials = entries.map((entry) => entry.serial);
  hold('gapFree', isDeepStrictEqual(serials, expected) && job.logSerial === serial + entries.length, () => {
    return `'${change.transition}' wrote serials ${serials.join(', ')} after ${serial}, and the head says ${job.logSerial}`;
  });
}

function checkMove({ change, before }: CommittedChange): void {
  const from = before?.head.status ?? null;
  const to = change.job.status;
  const told = change.entries.filter(({ kind }) => kind === 'status');
  const isAnew = before !== undefined && before.head.attempt < change.job.attempt;
  if (from === to && !isAnew) {
    hold('moves', told.length === 0, () => `'${change.transition}' tells of a move, and ${to} stays`);
    return;
  }
  // A job that begins with what ends its beginning moves twice in one change.
  let reached: Status | null = from;
  for (const entry of told) {
    const next = statusOf(entry.to);
    hold('moves', next !== undefined && entry.from === reached && mayMove(reached, next), () => {
      return `'${change.transition}' moves from ${reached} to ${entry.to}, and says from ${entry.from}`;
    });
    reached = next ?? reached;
  }
  hold('moves', told.length > 0 && told.length <= 2 && reached === to, () => {
    return `'${change.transition}' moves from ${from} to ${to} and journals ${JSON.stringify(told)}`;
  });
}

function statusOf(text: string | undefined): Status | undefined {
  return STATUSES.find((status) => status === text);
}

function checkSettled({ change, before }: CommittedChange): void {
  const { job } = change;
  const settling = change.entries.filter(({ kind, to }) => kind === 'status' && isSettledStatus(to));
  const earlier = (before?.entries ?? []).filter(
    ({ kind, to, attempt }) => kind === 'status' && attempt === job.attempt && isSettledStatus(to),
  );
  const isClosing = job.status === 'CANCELED_AFTER_FAILURE';
  const allowed = isClosing ? 2 : 1;
  hold('oneSettlingEntry', settling.length + earlier.length <= allowed, () => {
    return `attempt ${job.attempt} is settled by ${[...earlier, ...settling].map(({ to }) => to).join(', ')}`;
  });
  if (before === undefined || !isSettled(before.head.status) || before.head.attempt !== job.attempt) return;
  const free: readonly string[] =
    job.status === before.head.status
      ? [...BOOKKEEPING_FIELDS, ...OF_GIVING_BACK]
      : [...BOOKKEEPING_FIELDS, 'status', 'cancel'];
  const changed = changedFields(before.head, job).filter((field) => !free.includes(field));
  hold('settledStays', changed.length === 0 && (job.status === before.head.status || isClosing), () => {
    return `'${change.transition}' changes ${changed.join(', ')} of a job that had ended as ${before.head.status}`;
  });
  for (const { op } of change.ops) {
    hold('settledStays', onlyNotesLateTry(before, op), () => `op ${op.index} changes after the end`);
  }
}

function checkLateAnswer({ change, before, completes }: CommittedChange): void {
  for (const { op } of completes === undefined || !SETTLES_TRY.has(change.transition) ? [] : change.ops) {
    const known = before?.ops.get(nameOfRun(op));
    const nonce = known?.status === 'running' ? known.nonce : undefined;
    const isMeant =
      op.attempt === completes?.attempt && op.index === completes.op && op.try === completes.try;
    hold('lateDoesNothing', isMeant && (completes.nonce ?? nonce) === nonce, () => {
      return `a completion of try ${completes?.try}, nonce ${completes?.nonce}, settles try ${op.try}, nonce ${nonce}`;
    });
  }
  if (change.transition !== 'record late answer') return;
  const changed = before === undefined ? [] : changedFields(before.head, change.job);
  const free: readonly string[] = BOOKKEEPING_FIELDS;
  hold(
    'lateDoesNothing',
    changed.every((field) => free.includes(field)),
    () => {
      return `a late answer changes ${changed.join(', ')} of the head`;
    },
  );
  for (const { op } of change.ops) {
    hold('lateDoesNothing', before !== undefined && onlyNotesLateTry(before, op), () => {
      return `a late answer changes more than lateTry of op ${op.index}`;
    });
  }
}

const SETTLES_TRY: ReadonlySet<Transition> = new Set(['complete op', 'fail try']);

/** DynamoDB takes 400 KB an item; a head is written at every step and stays far below. */
const HEAD_BYTES = 6 * 1024;
const OP_BYTES = LIMITS.resultBytes + 6 * 1024;

/** Heads and ops grow little by little: so often is enough. */
const SIZES_CHECKED_EVERY = 3;

/** That it fits a transaction is checked by every store. */
function checkSizes({ change }: CommittedChange): void {
  if (change.job.version % SIZES_CHECKED_EVERY !== 0) return;
  checkSize(change.job, HEAD_BYTES, () => 'the head');
  for (const { op } of change.ops) checkSize(op, OP_BYTES, () => `op ${op.index}`);
  for (const { message, serial } of change.entries) {
    if (message.length * MAX_BYTES_A_CHARACTER > LIMITS.messageBytes) {
      checkSize(message, LIMITS.messageBytes + 2, () => `the message of entry ${serial}`);
    }
  }
}

/** In UTF-8, of one of JavaScript's; and of an escaped one, in JSON. */
const MAX_BYTES_A_CHARACTER = 6;

function checkSize(value: unknown, most: number, what: () => string): void {
  const bytes = jsonBytes(value);
  hold('sizes', bytes <= most, () => `${what()} has ${bytes} bytes`);
}

/** At most one op has begun and is not final, and the head names it. */
function checkOps({ change, before, attempt, opsAfter }: CommittedChange): void {
  const { job } = change;
  for (const { before: version, op } of change.ops) {
    const known = before?.ops.get(nameOfRun(op));
    hold('gapFree', (known?.version ?? null) === version && op.version === (version ?? 0) + 1, () => {
      return `op ${op.index} was decided on version ${version} and committed on ${known?.version ?? null}`;
    });
    const isOfEarlier = op.attempt < job.attempt;
    hold('settledStays', !isOfEarlier || (known !== undefined && onlyNotes(known, op)), () => {
      return `'${change.transition}' changes op ${op.index} of attempt ${op.attempt}, which is over`;
    });
    hold('results', known === undefined || !isFinal(known) || onlyNotes(known, op), () => {
      return `op ${op.index} was ${known?.status} and is rewritten as ${op.status}`;
    });
    hold(
      'harmless',
      known === undefined || op.try >= known.try,
      () => `op ${op.index} goes back to try ${op.try}`,
    );
  }
  checkProgressOf(change, before, attempt, opsAfter);
  if (!isLive(job)) return;
  const named = 'activeOp' in job ? job.activeOp : undefined;
  // One that has not begun keeps a token for as long as its job is paused, and no longer.
  const unfinished = [...opsAfter.values()]
    .filter((op) => !isFinal(op) && (hasRun(op) || op.index === named))
    .map((op) => op.index);
  hold('activeOp', isDeepStrictEqual(unfinished, named === undefined ? [] : [named]), () => {
    return `after '${change.transition}' the head names ${named} and ops ${unfinished.join(', ') || 'none'} are not final`;
  });
}

/** What has run counts, and what earlier attempts did before the first op of this one; a rollback counts nothing. */
function checkProgressOf(
  { job, transition }: Change,
  before: Readonly<LedgerJob> | undefined,
  attempt: Attempt,
  opsAfter: ReadonlyMap<number, Op>,
): void {
  const own = [...opsAfter.values()];
  const run = own.filter(
    ({ index, status }) => index < job.opsTotal && (status === 'success' || status === 'error'),
  );
  const expected = attempt.kind === 'rollback' ? (before?.head.opsRun ?? 0) : attempt.firstOp + run.length;
  hold('progress', job.opsRun === expected, () => {
    return `after '${transition}' opsRun is ${job.opsRun}, and ${expected} ops have run`;
  });
}

/** Clocks of Step Functions and of our functions differ a little. */
const EARLY_MS = 1_000;

/** What may start, and when. */
function checkStart(committed: CommittedChange): void {
  const { change, before, spec, opsBefore, attempt } = committed;
  const started = change.ops.find(
    ({ op }) => op.status === 'running' && op.try !== before?.ops.get(nameOfRun(op))?.try,
  );
  if (started === undefined) return;
  const { op } = started;
  if (!hasBegun(op)) return;
  const total = spec.ops.length;
  hold('moves', change.transition === 'start op', () => `'${change.transition}' starts op ${op.index}`);
  hold('attempts', op.attempt === change.job.attempt, () => `op ${op.index} starts in attempt ${op.attempt}`);
  checkFence(change, before, op);
  const earlier = opsBefore.get(op.index);
  const notBefore = earlier?.status === 'tried' ? (againAt(earlier) ?? 0) - EARLY_MS : 0;
  hold('retryWaits', op.status !== 'running' || op.tryStartedAt >= notBefore, () => {
    return `try ${op.try} of op ${op.index} starts before ${notBefore}`;
  });
  const others = [...opsBefore.values()].filter((other) => other.index !== op.index && hasRun(other));
  hold('order', others.every(isFinal), () => `op ${op.index} starts while another is not final`);
  if (attempt.kind === 'rollback') {
    checkManualRollback(op, attempt, spec, opsBefore);
    return;
  }
  const head = before?.head;
  const decided = head !== undefined && 'decided' in head ? head.decided : undefined;
  if (op.index >= total) {
    hold(
      'rollbacks',
      decided?.undo === true,
      () => `op ${op.index} undoes something in a job that undoes nothing`,
    );
    checkRollbackStart(op, decided?.post === true, spec, opsBefore);
    return;
  }
  hold('canceled', head?.status !== 'CANCELING' && decided?.status !== 'CANCELED_WHILE_RUNNING', () => {
    return `op ${op.index} starts in a job that is canceled`;
  });
  hold('attempts', op.index >= attempt.firstOp, () => {
    return `op ${op.index} runs again in an attempt that begins at op ${attempt.firstOp}`;
  });
  const step = spec.ops[op.index]?.step;
  if (decided !== undefined) {
    hold(
      'post',
      step === 'POST' && decided.post,
      () => `op ${op.index} of ${step} starts after ${decided.status}`,
    );
    const rollbacks = decided.undo ? dueRollbacks(spec, opsBefore, decided.post) : [];
    const undone = rollbacks.every((index) => isOver(opsBefore.get(index)));
    hold(
      'order',
      undone,
      () => `POST op ${op.index} starts before the rollbacks ${rollbacks.join(', ')} are final`,
    );
  }
  const predecessors = spec.ops
    .slice(0, op.index)
    .flatMap((other, index) => (decided === undefined || other.step === 'POST' ? [index] : []));
  const missing = predecessors.filter((index) => index >= attempt.firstOp && !isOver(opsBefore.get(index)));
  hold(
    'order',
    missing.length === 0,
    () => `op ${op.index} starts before ops ${missing.join(', ')} are final`,
  );
}

function againAt({ decision }: TriedOp): Instant | undefined {
  return decision?.kind === 'tryAgain' ? decision.at : undefined;
}

function checkFence(change: Change, before: Readonly<LedgerJob> | undefined, op: BegunOp): void {
  const earlier = [...(before?.ops.values() ?? [])].filter(hasBegun).map(({ opFence }) => opFence);
  hold(
    'fence',
    earlier.every((fence) => op.opFence > fence),
    () => {
      return `op ${op.index} is dispatched with fence ${op.opFence} after ${Math.max(...earlier)}`;
    },
  );
  const entry = change.entries.find(({ serial }) => serial === op.opFence);
  hold('fence', entry?.kind === 'op' && entry.op?.index === op.index, () => {
    return `fence ${op.opFence} of op ${op.index} is not the serial of its start`;
  });
}

function checkRollbackStart(op: Op, post: boolean, spec: JobSpec, opsBefore: ReadonlyMap<number, Op>): void {
  const total = spec.ops.length;
  const original = opsBefore.get(op.index - total);
  const undone = spec.ops[op.index - total];
  const step = undone?.step;
  const when = undoingOf(undone)?.when;
  hold('rollbacks', op.index < 2 * total, () => `op ${op.index} undoes what another attempt did`);
  hold(
    'rollbacks',
    !post || step !== 'POST',
    () => `op ${op.index} undoes what POST did after the rollbacks`,
  );
  hold('rollbacks', hasEffect(spec, original, op.index - total), () => {
    return `op ${op.index} undoes an op that is ${original?.status ?? 'not begun'} (when: ${when})`;
  });
  const before = dueRollbacks(spec, opsBefore, post).filter((index) => index > op.index);
  const waiting = before.filter((index) => !isOver(opsBefore.get(index)));
  hold(
    'rollbacks',
    waiting.length === 0,
    () => `op ${op.index} starts before ${waiting.join(', ')} is final`,
  );
}

/** A manual rollback undoes what it found left, the latest first, each once. */
function checkManualRollback(
  op: Op,
  attempt: Attempt,
  spec: JobSpec,
  opsBefore: ReadonlyMap<number, Op>,
): void {
  const total = spec.ops.length;
  const run = undoneBy(op, total);
  const position = attempt.undoes.findIndex((due) => due.attempt === run?.attempt && due.index === run.index);
  hold('rollbacks', position >= 0, () => {
    return `op ${op.index} of attempt ${op.attempt} undoes ${JSON.stringify(run)}, of ${JSON.stringify(attempt.undoes)}`;
  });
  const waiting = attempt.undoes
    .slice(0, Math.max(0, position))
    .map((due) => indexOfUndoing(due, op.attempt, total))
    .filter((index) => !isOver(opsBefore.get(index)));
  hold(
    'rollbacks',
    waiting.length === 0,
    () => `op ${op.index} starts before ${waiting.join(', ')} is final`,
  );
}

/** A job whose PRE and RUN went as they were allowed to is not undone: only POST can have failed. */
function checkDecision({ change, before, spec, opsBefore, attempt }: CommittedChange): void {
  const { job } = change;
  if (attempt.kind === 'rollback' || change.transition !== 'plan recovery') return;
  if (before?.head.status === 'CANCELING') return;
  if (!('decided' in job) || (before !== undefined && 'decided' in before.head)) return;
  const wentWell = spec.ops.every(({ step, onError }, index) => {
    const status = opsBefore.get(index)?.status;
    if (step === 'POST' || index < attempt.firstOp) return true;
    return status === 'success' || (status === 'error' && onError === 'continue');
  });
  hold('post', !wentWell || job.decided?.undo === false, () => {
    return `the job is undone as ${job.decided?.status}, and only POST did not go well`;
  });
}

/** Changes that only the job's own execution asks for. */
const OF_AN_EXECUTION: ReadonlySet<Transition> = new Set([
  'start op',
  'replace token',
  'decide on failure',
  'hold op',
  'begin job',
  'trap job',
  'pause job',
  'continue in next segment',
  'plan recovery',
  'hand over to RUN',
  'hand over to RECOVER',
  'settle job',
]);

function checkServes({ change, before, serves }: CommittedChange): void {
  if (!OF_AN_EXECUTION.has(change.transition)) return;
  // Whoever comes by ends a job whose end was decided, once everything is given back.
  if (before !== undefined && endingOf(before.head) !== undefined) return;
  // A wait that has lasted for long is handed over by whoever looks at it.
  if (change.transition === 'continue in next segment' && serves === undefined) return;
  const current = before !== undefined && serves !== undefined ? servedBy(before.head, serves) : null;
  hold('serves', current !== null, () => {
    return `'${change.transition}' is committed for ${JSON.stringify(serves)}, which is not the job's execution`;
  });
}

/** A failed try takes about 25 of the 25,000 events that a history may have. */
const SEGMENT_TRIES = 510;

function checkSegment({ change }: CommittedChange): void {
  const tries = 'segment' in change.job ? change.job.segment.tries : 0;
  hold('segments', tries <= SEGMENT_TRIES, () => `${tries} tries in one segment`);
}

function checkDueEntry({ change }: CommittedChange): void {
  const due = dueOf(change.job);
  const held = change.job.dueEntry;
  hold('dueEntry', due === undefined || (held !== undefined && held.at <= due.at), () => {
    return `after '${change.transition}' someone must look at ${due?.at}, and the index says ${held?.at}`;
  });
}

function isSettledStatus(status: string | undefined): boolean {
  return SETTLED.has(status ?? '');
}

const SETTLED: ReadonlySet<string> = new Set(
  (
    [
      'COMPLETED_OK',
      'COMPLETED_WITH_WARNINGS',
      'COMPLETED_WITH_ERROR',
      'FAILED_TO_START',
      'FAILED',
      'FAILED_RETRYABLE',
      'TIMED_OUT',
      'ABENDED',
      'CANCELED_BEFORE_START',
      'CANCELED_WHILE_RUNNING',
      'CANCELED_AFTER_FAILURE',
      'ROLLED_BACK',
      'EXPIRED',
      'REJECTED',
    ] as const
  ).filter(isSettled),
);

function isOver(op: Op | undefined): boolean {
  return op !== undefined && isFinal(op);
}

function onlyNotesLateTry(before: Readonly<LedgerJob>, op: Op): boolean {
  const known = before.ops.get(nameOfRun(op));
  return known !== undefined && onlyNotes(known, op);
}

function onlyNotes(known: Op, op: Op): boolean {
  return changedFields(known, op).every((field) => field === 'version' || field === 'lateTry');
}

function changedFields(before: object, after: object): readonly string[] {
  const one = new Map<string, unknown>(Object.entries(before));
  const other = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (field) => !isDeepStrictEqual(one.get(field), other.get(field)),
  );
}
