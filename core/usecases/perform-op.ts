import { CHILDREN_ACTION, type JobSpec } from '../contract/job-spec.ts';
import { LIMITS } from '../contract/limits.ts';
import { TaskError } from '../contract/tasks.ts';
import type { Change } from '../job/change.ts';
import type { Outcome } from '../job/complete-op.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import { performOp as decidePerform, type PerformCommand } from '../job/perform-op.ts';
import { type PlannedCall, plannedOf } from '../job/plan.ts';
import type { RunningOp } from '../op/op.ts';
import { runOf } from '../op/op-index.ts';
import type { Json } from '../op/references.ts';
import type { ActionCall, Dispatched } from '../ports/actions.ts';
import type { Deps } from '../ports/deps.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { completeTry } from './complete-try.ts';
import { fencesWithin } from './fences-within.ts';
import { readEndFacts } from './read-facts.ts';
import { readJob } from './read-job.ts';
import { type ResolvedInput, readOpWithInput } from './read-op-with-input.ts';
import { answerToPerform } from './run-effect.ts';
import { startFamily } from './start-family.ts';

/**
 * Task "Perform op". It never returns without a dispatched try or an answered token; everything else
 * is a {@link TaskError} that the state machine catches by name, or a failure that it retries.
 */
export async function performOp(deps: Deps, jobId: JobId, command: PerformCommand): Promise<void> {
  let input: ResolvedInput = { ok: true, input: {} };
  const decided = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found === null) throw new TaskError('Stale', 'The job does not exist any more');
    const { job, spec } = found;
    const planned = plannedOf(job, spec, command.op);
    const read = await readOpWithInput(deps, job, spec, planned, command.op);
    input = read.input;
    const kind = deps.catalog.get(planned?.call.action ?? '')?.kind ?? 'fail';
    const total =
      planned === undefined || kind !== 'children' ? 0 : await countChildren(deps, job, spec, planned, input);
    const answer = decidePerform(job, spec, read.op, command, {
      now: deps.surroundings.now(),
      nonce: deps.surroundings.nonce(),
      kind,
      input: input.ok ? input.input : undefined,
      ...(total === 0 ? {} : { children: { ...(await readEndFacts(deps, job, spec)), total } }),
    });
    const work = { project: job.project, fences: await fencesWithin(deps, job, spec) };
    return { change: answer.kind === 'answer' ? null : answer.change, answer, work };
  });
  const { answer } = decided;
  if (answer.kind === 'throw') throw new TaskError(answer.error, `Op ${command.op} of job ${jobId}`);
  if (answer.kind === 'answer') {
    const told = answerToPerform(answer.op);
    if (told !== null) await deps.executions.answer(command.token, told);
    return;
  }
  // Before the dispatch: once that is marked, nobody comes back here.
  if (decided.change?.job.owed.some(({ kind }) => kind === 'announce') === true || touches(decided.change)) {
    await carryOut(deps, decided.change);
  }
  if (!answer.op.dispatched) await dispatch(deps, answer.op, decided.work, input);
}

/** Whoever was granted the slot that a parent gave back goes on. */
function touches(change: Change | null): change is Change {
  return change !== null && change.touched.length > 0;
}

/**
 * How many children an op is to have; 0 where it has none, or where what should be a list of items is none. A
 * rollback undoes those of all tries of the op.
 */
async function countChildren(
  deps: Pick<Deps, 'store'>,
  job: Job,
  spec: JobSpec,
  planned: PlannedCall,
  input: ResolvedInput,
): Promise<number> {
  if (planned.kind === 'op') return itemsOf(input)?.length ?? 0;
  const { attempt, index } = runOf({ attempt: job.attempt, index: planned.index }, spec.ops.length);
  const groups = await deps.store.listGroups(job.id, { attempt, op: index });
  return groups.reduce((total, group) => total + group.total, 0);
}

/** Undefined: it is no list, or too long. */
function itemsOf(input: ResolvedInput): readonly Json[] | undefined {
  if (!input.ok || !Array.isArray(input.input)) return undefined;
  return input.input.length <= LIMITS.children ? input.input : undefined;
}

/** What an op's call says of its job. */
type Work = Pick<ActionCall, 'project' | 'fences'>;

async function dispatch(deps: Deps, op: RunningOp, work: Work, input: ResolvedInput): Promise<void> {
  if (op.action === CHILDREN_ACTION) return dispatchChildren(deps, op, input);
  const dispatched: Dispatched = input.ok
    ? await send(deps, op, work, input.input)
    : { kind: 'settled', outcome: { kind: 'failed', error: input.error } };
  if (dispatched.kind === 'accepted') {
    await deps.store.markDispatched(op);
    return;
  }
  return complete(deps, op, dispatched);
}

/** Its group was opened with the try; without one there is nothing to wait for. */
async function dispatchChildren(deps: Deps, op: RunningOp, input: ResolvedInput): Promise<void> {
  const ref = { jobId: op.jobId, attempt: op.attempt, op: op.index, try: op.try };
  const group = await deps.store.readGroup(ref);
  if (group !== null) {
    await startFamily(deps, group, group.verb);
    await deps.store.markDispatched(op);
    return;
  }
  return complete(deps, op, { kind: 'settled', outcome: withoutChildren(input) });
}

function withoutChildren(input: ResolvedInput): Outcome {
  if (!input.ok) return { kind: 'failed', error: input.error };
  if (Array.isArray(input.input) && input.input.length === 0) {
    return { kind: 'succeeded', result: { total: 0, unsuccessful: 0, statuses: {} } };
  }
  const message = `the items of its children must be a list of at most ${LIMITS.children}`;
  return { kind: 'failed', error: { code: 'InvalidItems', message } };
}

async function complete(
  deps: Deps,
  op: RunningOp,
  dispatched: Extract<Dispatched, { kind: 'settled' }>,
): Promise<void> {
  const completed = await completeTry(deps, op.jobId, {
    attempt: op.attempt,
    op: op.index,
    try: op.try,
    nonce: op.nonce,
    outcome: dispatched.outcome,
    actor: JOBPLANE,
    ...(dispatched.log === undefined ? {} : { log: dispatched.log }),
  });
  if (!completed.ok && completed.refusal.code !== 'CompletionRepeated') {
    throw new TaskError('Stale', completed.refusal.detail);
  }
}

function send(deps: Deps, op: RunningOp, work: Work, input: Json): Promise<Dispatched> {
  return deps.actions.dispatch(op.action, {
    jobId: op.jobId,
    ...work,
    attempt: op.attempt,
    op: { index: op.index, name: op.name },
    try: op.try,
    nonce: op.nonce,
    opFence: op.opFence,
    input,
  });
}
