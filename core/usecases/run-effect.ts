import { isComplete } from '../children/group.ts';
import { CHILDREN_ACTION } from '../contract/job-spec.ts';
import { TASK_CONTRACT } from '../contract/tasks.ts';
import type { Change } from '../job/change.ts';
import { isLive, type Job } from '../job/job.ts';
import type { OwedEffect } from '../job/owed-effect.ts';
import { plannedItems, planToStart } from '../job/plan.ts';
import { hasBegun, type Op } from '../op/op.ts';
import { tokensOf } from '../op/tokens-of.ts';
import type { Deps } from '../ports/deps.ts';
import type { TokenAnswer } from '../ports/executions.ts';
import { advanceJob, windUp } from './advance-job.ts';
import { announceChild } from './announce-child.ts';
import { countChild } from './count-child.ts';
import { readOpsOf } from './read-ops.ts';
import { removeFamily } from './remove-family.ts';
import { settleGroup } from './settle-group.ts';
import { startFamily } from './start-family.ts';

/**
 * What an effect met, and the commits that it made. `unproven`: what it was meant for seems over (an
 * execution of that name exists, a token is closed), which is told apart from a dead execution by looking.
 */
export interface EffectOutcome {
  readonly met: 'done' | 'unproven';
  readonly followed: readonly Change[];
}

/** Does one owed effect. Safe to repeat: everything it needs is stored. */
export async function runEffect(deps: Deps, job: Job, effect: OwedEffect): Promise<EffectOutcome> {
  switch (effect.kind) {
    case 'start':
      return { met: await startSegment(deps, job), followed: [] };
    case 'answer':
      return { met: await answerToken(deps, job, effect.op), followed: [] };
    case 'interrupt':
      return { met: await interruptOp(deps, job, effect.op), followed: [] };
    case 'advance':
      return done(await advanceJob(deps, job.id));
    case 'release':
      return done(await windUp(deps, job.id));
    case 'announce':
      return done(await announceChild(deps, job));
    case 'count':
      return { met: 'done', followed: await countChild(deps, job) };
    case 'cascade':
      return { met: 'done', followed: await cascade(deps, job, effect) };
    case 'tell':
      return { met: 'done', followed: await tellDependents(deps, job) };
    case 'stop':
      await deps.executions.stop(
        { jobId: job.id, attempt: effect.attempt, segment: effect.segment },
        'The job does not need this execution any more',
      );
      if (effect.atOp !== undefined) await stopWork(deps, job, effect.attempt, effect.atOp);
      return done(null);
    case 'schedule':
      // One that has passed meanwhile is the sweeper's.
      if (effect.at > deps.surroundings.now()) await deps.schedules.create(job.id, effect.at);
      return done(null);
    case 'unschedule':
      await deps.schedules.remove(job.id, effect.at);
      return done(null);
    case 'delete': {
      const given = await giveBackAll(deps, job);
      const paid = await removeFamily(deps, job, (child) => payDebts(deps, child));
      return { met: 'done', followed: [...given, ...paid] };
    }
  }
}

function done(followed: Change | null): EffectOutcome {
  return { met: 'done', followed: followed === null ? [] : [followed] };
}

/** Effects that nothing that follows proves: whoever has done them clears them with a commit. */
export const CLEARED_BY_ITSELF: ReadonlySet<OwedEffect['kind']> = new Set([
  'stop',
  'tell',
  'schedule',
  'unschedule',
  'announce',
  'count',
  'cascade',
]);

/** What a call of Perform op is told that finds its op over. */
export function answerToPerform(op: Op): TokenAnswer | null {
  if (op.status === 'error') return OP_FAILED(op.error.code);
  // Handle op failure decides what follows, however its token came to hear of the failure.
  return op.status === 'tried' && op.decision === undefined ? OP_FAILED(op.error.code) : answerFor(op);
}

const OP_FAILED = (cause: string): TokenAnswer => ({ kind: 'failure', error: 'OpFailed', cause });

/** What the token that an op holds is told, by the op's stored state; null: it is not to be told yet. */
export function answerFor(op: Op): TokenAnswer | null {
  switch (op.status) {
    case 'running':
      return null;
    case 'queued':
      return { kind: 'success', output: { next: 'try again', seconds: 0 } };
    case 'success':
      return { kind: 'success', output: { next: 'go on' } };
    case 'canceled':
      return { kind: 'failure', error: 'Canceled', cause: 'The op was canceled' };
    case 'error':
      return op.next === undefined
        ? OP_FAILED(op.error.code)
        : { kind: 'success', output: { next: op.next } };
    case 'tried':
      if (op.decision?.kind === 'trapped') return null;
      return op.held
        ? { kind: 'success', output: { next: 'try again', seconds: 0 } }
        : OP_FAILED(op.error.code);
  }
}

/** Tells whichever token of the op is open; false if none is. */
export async function answerOpenToken(
  deps: Pick<Deps, 'executions'>,
  op: Op,
  answer: TokenAnswer,
): Promise<boolean> {
  for (const token of tokensOf(op)) {
    if ((await deps.executions.answer(token, answer)) === 'answered') return true;
  }
  return false;
}

/**
 * A job has at most 500 ops, and only a manual rollback of many attempts more to do: the next segment
 * goes on. 500 ops are about 6,000 events of an execution's 25,000, and 30 KB of its input's 256.
 */
const OPS_OF_A_SEGMENT = 500;

async function startSegment(deps: Deps, job: Job): Promise<EffectOutcome['met']> {
  if (!isLive(job)) return 'done';
  const spec = await deps.store.readSpec(job.id);
  // The job was deleted since: there is nothing to start.
  if (spec === null) return 'done';
  const ops = await readOpsOf(deps, job);
  const started = await deps.executions.start({
    contract: TASK_CONTRACT,
    jobId: job.id,
    attempt: job.attempt,
    group: job.segment.group,
    number: job.segment.number,
    ops: plannedItems(spec, planToStart(job, spec, ops).slice(0, OPS_OF_A_SEGMENT), deps.catalog),
  });
  return started === 'started' ? 'done' : 'unproven';
}

async function answerToken(deps: Deps, job: Job, index: number): Promise<EffectOutcome['met']> {
  const [op] = await deps.store.readSomeOps(job.id, job.attempt, [index]);
  const answer = op === undefined ? null : answerFor(op);
  if (op?.token === undefined || answer === null) return 'done';
  return (await answerOpenToken(deps, op, answer)) ? 'done' : 'unproven';
}

/** The op was cut off with its job: its try stands as it was. */
async function stopWork(deps: Deps, job: Job, attempt: number, index: number): Promise<void> {
  const [op] = await deps.store.readSomeOps(job.id, attempt, [index]);
  if (op === undefined || !hasBegun(op) || op.action === CHILDREN_ACTION) return;
  await deps.actions.interrupt(op.action, { jobId: job.id, attempt, op: index, try: op.try });
}

/** Cancelling needs nothing from the target: where it cannot be stopped, its late answer is fenced off. */
async function interruptOp(deps: Deps, job: Job, index: number): Promise<EffectOutcome['met']> {
  const [op] = await deps.store.readSomeOps(job.id, job.attempt, [index]);
  if (op?.token === undefined) return 'done';
  if (op.status === 'running' && op.action !== CHILDREN_ACTION) {
    await deps.actions.interrupt(op.action, {
      jobId: job.id,
      attempt: op.attempt,
      op: op.index,
      try: op.try,
    });
  }
  const canceled = { kind: 'failure', error: 'Canceled', cause: 'The job was canceled' } as const;
  return (await answerOpenToken(deps, op, canceled)) ? 'done' : 'unproven';
}

/** The children of a closed group are cancelled; where none was made, nobody else lets the parent go on. */
async function cascade(
  deps: Deps,
  job: Job,
  { op, try: number, force }: Extract<OwedEffect, { kind: 'cascade' }>,
): Promise<readonly Change[]> {
  const ref = { jobId: job.id, attempt: job.attempt, op, try: number };
  const group = await deps.store.readGroup(ref);
  if (group === null) return [];
  if (!isComplete(group)) await startFamily(deps, group, force === true ? 'force' : 'cancel');
  const change = await settleGroup(deps, ref);
  return change === null ? [] : [change];
}

/** Whoever it was to tell would never hear of its end. */
async function payDebts(deps: Deps, job: Job): Promise<readonly Change[]> {
  const followed: Change[] = [];
  for (const effect of job.owed) {
    if (effect.kind !== 'delete') followed.push(...(await runEffect(deps, job, effect)).followed);
  }
  return [...followed, ...(await giveBackAll(deps, job))];
}

/** What it holds would be nobody's once it is gone. */
async function giveBackAll(deps: Deps, job: Job): Promise<readonly Change[]> {
  const given: Change[] = [];
  for (;;) {
    const change = await windUp(deps, job.id);
    if (change === null) return given;
    given.push(change);
  }
}

/** Dependents read at once; each is forgotten once it was told, so that a repeat goes on where this ends. */
const DEPENDENTS_AT_ONCE = 25;

/** Every job that waits for this one's end decides again. */
async function tellDependents(deps: Deps, job: Job): Promise<readonly Change[]> {
  const told: Change[] = [];
  for (;;) {
    const dependents = await deps.store.listDependents(job.id, DEPENDENTS_AT_ONCE);
    for (const dependent of dependents) {
      const change = await advanceJob(deps, dependent);
      if (change !== null) told.push(change);
      // A job that runs again tells them at its next end.
      if (!(await deps.store.removeDependent(job.id, dependent, job.attempt))) return told;
    }
    if (dependents.length < DEPENDENTS_AT_ONCE) return told;
  }
}
