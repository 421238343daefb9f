import type { JobSpec } from '../contract/job-spec.ts';
import { jsonBytes, LIMITS } from '../contract/limits.ts';
import { TaskError } from '../contract/tasks.ts';
import { fencesOf } from '../job/fences-of.ts';
import type { JobId } from '../job/identifiers.ts';
import type { JobError } from '../job/job-error.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import { performOp as decidePerform, type PerformCommand } from '../job/perform-op.ts';
import { type PlannedCall, plannedCall } from '../job/plan.ts';
import type { Op, RunningOp } from '../op/op.ts';
import { type Json, referencedOps, resolveInput } from '../op/references.ts';
import type { ActionCall, Dispatched } from '../ports/actions.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { completeTry } from './complete-try.ts';
import { readJob } from './read-job.ts';
import { answerFor } from './run-effect.ts';

type Resolved =
  | { readonly ok: true; readonly input: Json }
  | { readonly ok: false; readonly error: JobError };

/**
 * Task "Perform op". It never returns without a dispatched try or an answered token; everything else
 * is a {@link TaskError} that the state machine catches by name, or a failure that it retries.
 */
export async function performOp(deps: Deps, jobId: JobId, command: PerformCommand): Promise<void> {
  let input: Resolved = { ok: true, input: {} };
  const decided = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found === null) throw new TaskError('Stale', 'The job does not exist any more');
    const { job, spec } = found;
    const planned = plannedCall(spec, command.op);
    const ops = await deps.store.readSomeOps(jobId, command.attempt, neededOps(spec, planned, command.op));
    input = resolved(spec, planned, ops);
    const answer = decidePerform(job, spec, ops.find((op) => op.index === command.op) ?? null, command, {
      now: deps.surroundings.now(),
      nonce: deps.surroundings.nonce(),
      kind: deps.catalog.get(planned?.call.action ?? '')?.kind ?? 'fail',
      input: input.ok ? input.input : undefined,
    });
    const work = { project: job.project, fences: fencesOf(job, spec) };
    return { change: answer.kind === 'dispatch' ? answer.change : null, answer, work };
  });
  const { answer } = decided;
  if (answer.kind === 'throw') throw new TaskError(answer.error, `Op ${command.op} of job ${jobId}`);
  if (answer.kind === 'answer') {
    const told = answerFor(answer.op);
    if (told !== null) await deps.executions.answer(command.token, told);
    return;
  }
  if (!answer.op.dispatched) await dispatch(deps, answer.op, decided.work, input);
}

/** The op itself, and those whose results its input names. */
function neededOps(spec: JobSpec, planned: PlannedCall | undefined, index: number): readonly number[] {
  const names = planned === undefined ? [] : referencedOps(planned.call.input);
  const indexes = names.map((name) => spec.ops.findIndex((op) => op.name === name));
  return [...new Set([index, ...indexes])].filter((found) => found >= 0);
}

function resolved(spec: JobSpec, planned: PlannedCall | undefined, ops: readonly Op[]): Resolved {
  if (planned === undefined) return { ok: true, input: {} };
  const result = resolveInput(planned.call.input, (name) => {
    const op = ops.find((candidate) => candidate.index < spec.ops.length && candidate.name === name);
    return op?.status === 'success' ? (op.result ?? {}) : undefined;
  });
  if (!result.ok || jsonBytes(result.input) <= LIMITS.inputBytes) return result;
  const message = `the input has more than ${LIMITS.inputBytes} bytes once its references are resolved`;
  return { ok: false, error: { code: 'InputTooLarge', message } };
}

/** What an op's call says of its job. */
type Work = Pick<ActionCall, 'project' | 'fences'>;

async function dispatch(deps: Deps, op: RunningOp, work: Work, input: Resolved): Promise<void> {
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
