import { isDeepStrictEqual } from 'node:util';
import type { JobSpec } from '../../../core/contract/job-spec.ts';
import { jsonBytes, LIMITS } from '../../../core/contract/limits.ts';
import type { Change, Transition } from '../../../core/job/change.ts';
import type { Completion } from '../../../core/job/complete-op.ts';
import { dueOf } from '../../../core/job/due.ts';
import { endingOf, isLive } from '../../../core/job/job.ts';
import { type Serves, servedBy } from '../../../core/job/live-segment.ts';
import { isSettled } from '../../../core/job/status.ts';
import { mayMove } from '../../../core/job/transitions.ts';
import { isFinal, type Op } from '../../../core/op/op.ts';
import { dueRollbacks } from './due-rollbacks.ts';
import type { LedgerJob } from './ledger.ts';
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
}

/** Fields of a head that every change may rewrite. */
const BOOKKEEPING_FIELDS = ['version', 'logSerial', 'owed', 'dueEntry'] as const;

/** And what an end leaves to be done: what was held by then, and schedules. */
const OF_GIVING_BACK = ['holds', 'alarms'] as const;

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
  if (from === to) {
    hold('moves', told.length === 0, () => `'${change.transition}' tells of a move, and ${to} stays`);
    return;
  }
  hold('moves', mayMove(from, to), () => `'${change.transition}' moves from ${from} to ${to}`);
  hold('moves', told.length === 1 && told[0]?.from === from && told[0].to === to, () => {
    return `'${change.transition}' moves from ${from} to ${to} and journals ${JSON.stringify(told)}`;
  });
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

function checkLateAnswer({ change, before, completes, opsBefore }: CommittedChange): void {
  for (const { op } of completes === undefined || !SETTLES_TRY.has(change.transition) ? [] : change.ops) {
    const known = opsBefore.get(op.index);
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

/** That it fits a transaction is checked by every store. */
function checkSizes({ change }: CommittedChange): void {
  const head = jsonBytes(change.job);
  hold('sizes', head <= HEAD_BYTES, () => `the head has ${head} bytes`);
  for (const { op } of change.ops) {
    const bytes = jsonBytes(op);
    hold('sizes', bytes <= OP_BYTES, () => `op ${op.index} has ${bytes} bytes`);
  }
  for (const { message, serial } of change.entries) {
    const bytes = jsonBytes(message);
    hold('sizes', bytes <= LIMITS.messageBytes + 2, () => `entry ${serial} has a message of ${bytes} bytes`);
  }
}

/** At most one op has begun and is not final, and the head names it. */
function checkOps({ change, opsBefore, opsAfter }: CommittedChange): void {
  const { job } = change;
  for (const { before, op } of change.ops) {
    const known = opsBefore.get(op.index);
    hold('gapFree', (known?.version ?? null) === before && op.version === (before ?? 0) + 1, () => {
      return `op ${op.index} was decided on version ${before} and committed on ${known?.version ?? null}`;
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
  const run = [...opsAfter.values()].filter(
    ({ index, status }) => index < job.opsTotal && (status === 'success' || status === 'error'),
  );
  hold('progress', job.opsRun === run.length, () => {
    return `after '${change.transition}' opsRun is ${job.opsRun}, and ${run.length} ops have run`;
  });
  if (!isLive(job)) return;
  const unfinished = [...opsAfter.values()].filter((op) => !isFinal(op)).map((op) => op.index);
  const named = job.status === 'QUEUED' ? undefined : job.activeOp;
  hold('activeOp', isDeepStrictEqual(unfinished, named === undefined ? [] : [named]), () => {
    return `after '${change.transition}' the head names ${named} and ops ${unfinished.join(', ') || 'none'} are not final`;
  });
}

/** Clocks of Step Functions and of our functions differ a little. */
const EARLY_MS = 1_000;

/** What may start, and when. */
function checkStart({ change, before, spec, opsBefore }: CommittedChange): void {
  const started = change.ops.find(
    ({ op }) => op.status === 'running' && op.try !== opsBefore.get(op.index)?.try,
  );
  if (started === undefined) return;
  const { op } = started;
  const total = spec.ops.length;
  hold('moves', change.transition === 'start op', () => `'${change.transition}' starts op ${op.index}`);
  checkFence(change, before, op);
  const earlier = opsBefore.get(op.index);
  const notBefore = earlier?.status === 'tried' ? (earlier.decision?.at ?? 0) - EARLY_MS : 0;
  hold('retryWaits', op.status !== 'running' || op.tryStartedAt >= notBefore, () => {
    return `try ${op.try} of op ${op.index} starts before ${notBefore}`;
  });
  const others = [...opsBefore.values()].filter((other) => other.index !== op.index);
  hold('order', others.every(isFinal), () => `op ${op.index} starts while another is not final`);
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
  const missing = predecessors.filter((index) => !isOver(opsBefore.get(index)));
  hold(
    'order',
    missing.length === 0,
    () => `op ${op.index} starts before ops ${missing.join(', ')} are final`,
  );
}

function checkFence(change: Change, before: Readonly<LedgerJob> | undefined, op: Op): void {
  const earlier = [...(before?.ops.values() ?? [])].map(({ opFence }) => opFence);
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
  const { rollback, step } = spec.ops[op.index - total] ?? {};
  const when = rollback?.when;
  hold(
    'rollbacks',
    !post || step !== 'POST',
    () => `op ${op.index} undoes what POST did after the rollbacks`,
  );
  hold('rollbacks', original?.status === 'success' || (when === 'started' && original !== undefined), () => {
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

/** A job whose PRE and RUN went as they were allowed to is not undone: only POST can have failed. */
function checkDecision({ change, before, spec, opsBefore }: CommittedChange): void {
  const { job } = change;
  if (change.transition !== 'plan recovery' || before?.head.status === 'CANCELING') return;
  if (!('decided' in job) || (before !== undefined && 'decided' in before.head)) return;
  const wentWell = spec.ops.every(({ step, onError }, index) => {
    const status = opsBefore.get(index)?.status;
    return step === 'POST' || status === 'success' || (status === 'error' && onError === 'continue');
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
  const known = before.ops.get(`${op.attempt}/${op.index}`);
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
