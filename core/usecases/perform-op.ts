import { TaskError } from '../contract/tasks.ts';
import { fencesOf } from '../job/fences-of.ts';
import type { JobId } from '../job/identifiers.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import { performOp as decidePerform, type PerformCommand } from '../job/perform-op.ts';
import { plannedOf } from '../job/plan.ts';
import type { RunningOp } from '../op/op.ts';
import type { Json } from '../op/references.ts';
import type { ActionCall, Dispatched } from '../ports/actions.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { completeTry } from './complete-try.ts';
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
    const answer = decidePerform(job, spec, read.op, command, {
      now: deps.surroundings.now(),
      nonce: deps.surroundings.nonce(),
      kind: deps.catalog.get(planned?.call.action ?? '')?.kind ?? 'fail',
      input: input.ok ? input.input : undefined,
    });
    const work = { project: job.project, fences: fencesOf(job, spec) };
    return { change: answer.kind === 'answer' ? null : answer.change, answer, work };
  });
  const { answer } = decided;
  if (answer.kind === 'throw') throw new TaskError(answer.error, `Op ${command.op} of job ${jobId}`);
  if (answer.kind === 'answer') {
    const told = answerToPerform(answer.op);
    if (told !== null) await deps.executions.answer(command.token, told);
    return;
  }
  if (!answer.op.dispatched) await dispatch(deps, answer.op, decided.work, input);
}

/** What an op's call says of its job. */
type Work = Pick<ActionCall, 'project' | 'fences'>;

async function dispatch(deps: Deps, op: RunningOp, work: Work, input: ResolvedInput): Promise<void> {
  const dispatched: Dispatched = input.ok
    ? await send(deps, op, work, input.input)
    : { kind: 'settled', outcome: { kind: 'failed', error: input.error } };
  if (dispatched.kind === 'accepted') {
    await deps.store.markDispatched(op);
    return;
  }
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
