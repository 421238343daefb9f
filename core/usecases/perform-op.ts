import { CHILDREN_ACTION } from '../contract/job-spec.ts';
import { TaskError } from '../contract/tasks.ts';
import type { Change } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import { performOp as decidePerform, type PerformCommand } from '../job/perform-op.ts';
import { plannedOf } from '../job/plan.ts';
import type { RunningOp } from '../op/op.ts';
import type { Json } from '../op/references.ts';
import type { ActionCall, Dispatched } from '../ports/actions.ts';
import type { Deps } from '../ports/deps.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { completeTry } from './complete-try.ts';
import { countChildren, fanOut } from './fan-out.ts';
import { fencesWithin } from './fences-within.ts';
import { readEndFacts } from './read-facts.ts';
import { readJob } from './read-job.ts';
import { type ResolvedInput, readOpWithInput } from './read-op-with-input.ts';
import { answerToPerform } from './run-effect.ts';

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
  if (decided.change !== null && leavesWork(decided.change)) await carryOut(deps, decided.change);
  if (!answer.op.dispatched) await dispatch(deps, answer.op, decided.work, input);
}

/** The first op of a child is told to its parent; who was granted the slot that a parent gives back goes on. */
function leavesWork({ job, touched }: Change): boolean {
  return touched.length > 0 || job.owed.some(({ kind }) => kind === 'announce');
}

/** What an op's call says of its job. */
type Work = Pick<ActionCall, 'project' | 'fences'>;

async function dispatch(deps: Deps, op: RunningOp, work: Work, input: ResolvedInput): Promise<void> {
  const dispatched = await handOver(deps, op, work, input);
  if (dispatched.kind === 'accepted') {
    await deps.store.markDispatched(op);
    return;
  }
  return complete(deps, op, dispatched);
}

/** To its action, or where it is an op of children, to those who make them. */
async function handOver(deps: Deps, op: RunningOp, work: Work, input: ResolvedInput): Promise<Dispatched> {
  if (op.action === CHILDREN_ACTION) return fanOut(deps, op, input);
  if (input.ok) return send(deps, op, work, input.input);
  return { kind: 'settled', outcome: { kind: 'failed', error: input.error } };
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
