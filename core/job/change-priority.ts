import { type Refused, refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { hasBegun, type Op } from '../op/op.ts';
import { opPriority } from '../op/op-priority.ts';
import { rerank } from '../semaphore/line.ts';
import { SEMAPHORE_SCHEMA_VERSION, type Wait } from '../semaphore/semaphore.ts';
import { changeOf, type Decision } from './change.ts';
import { touchedBy } from './grant.ts';
import {
  endingOf,
  isStarting,
  isWaiting,
  type Job,
  type JobInLine,
  placeOf,
  type WaitingJob,
} from './job.ts';
import { frontBeside } from './line-facts.ts';
import { GRANT_OWED_MS } from './owed-effect.ts';
import { opsToRun } from './plan.ts';
import { refuseCommand } from './refuse-command.ts';
import type { EndFacts } from './settle.ts';
import { isSettled } from './status.ts';

/** Another priority, for all of a job that has not begun, or for one op. */
export interface PriorityCommand {
  readonly actor: string;
  /** -20, most urgent, to 19. */
  readonly priority: number;
  readonly op?: number;
}

/**
 * Gives what has not begun another priority, with Ganeti's rules and words: an op that has begun keeps
 * the one it began with, and a job without such ops refuses. A job in line moves in it.
 */
export function changePriority(
  job: Job,
  ops: readonly Op[],
  command: PriorityCommand,
  facts: EndFacts,
): Decision<{ readonly message: string }> {
  const refusal = refusalOf(job, facts.spec, ops, command);
  if (refusal !== null) return refusal;
  const { priority, actor, op } = command;
  const { opPriorities: _earlier, ...rest } = job;
  const given = opPrioritiesAfter(job, facts.spec, ops, command);
  const prioritised: Job = {
    ...rest,
    ...(isWaiting(job) && op === undefined ? { priority } : {}),
    ...(Object.keys(given).length === 0 ? {} : { opPriorities: given }),
  };
  const which = op === undefined ? 'pending opcodes' : `opcode ${op}`;
  const message = `Priorities of ${which} for job ${job.id} have been changed to ${priority}`;
  const moved = isWaiting(prioritised)
    ? moveInLine(prioritised, prioritised.priority - job.priority, facts)
    : null;
  const change = changeOf('change priority', job, moved?.job ?? prioritised, facts.now, {
    actor,
    semaphores: moved?.semaphores ?? [],
    touched: moved?.touched ?? [],
    entries: [{ kind: 'wait', message: `${message} by ${actor}` }],
  });
  return { ok: true, change, answer: { message } };
}

function refusalOf(job: Job, spec: JobSpec, ops: readonly Op[], { op }: PriorityCommand): Refused | null {
  if (isSettled(job.status)) return refused('CommandRefused', `Job ${job.id} is finished`);
  if (job.status === 'CANCELING' || job.status === 'ROLLING_BACK') {
    return refused('CommandRefused', `Job ${job.id} is cancelling`);
  }
  if (endingOf(job) !== undefined) return refuseCommand(job, 'priority');
  if (isStarting(job)) {
    return refused(
      'CommandRefused',
      `Job ${job.id} is starting and takes no priority: it waits for nothing any more; possible: cancel, pause.`,
    );
  }
  if (op !== undefined && spec.ops[op] === undefined) {
    return refused('OpNotFound', `Job ${job.id} has no op ${op}; it has ${spec.ops.length}, from 0.`);
  }
  const pending = pendingOps(job, spec, ops);
  if (pending.length === 0) return refused('NothingPending', `Job ${job.id} had no pending opcodes`);
  if (op !== undefined && !pending.includes(op)) {
    return refused('NothingPending', `Op ${op} of job ${job.id} has begun and keeps its priority.`);
  }
  return null;
}

/** Ops that the attempt runs and has not begun; a manual rollback begins none of them. */
function pendingOps(job: Job, spec: JobSpec, ops: readonly Op[]): readonly number[] {
  if (job.again?.kind === 'rollback') return [];
  const begun = new Set(ops.filter(hasBegun).map(({ index }) => index));
  return opsToRun(job, spec, ['PRE', 'RUN', 'POST']).filter((index) => !begun.has(index));
}

/** Only what the job's own priority does not say is written down. */
function opPrioritiesAfter(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  { priority, op }: PriorityCommand,
): Record<string, number> {
  const pending = pendingOps(job, spec, ops);
  const changed = op === undefined ? pending : [op];
  const base = isWaiting(job) && op === undefined ? priority : job.priority;
  const wanted = spec.ops.map((_op, index) =>
    changed.includes(index) ? priority : opPriority(job, spec, index),
  );
  return Object.fromEntries(
    wanted.flatMap((value, index) =>
      value === (spec.ops[index]?.priority ?? base) ? [] : [[String(index), value]],
    ),
  );
}

/** The job's place by its new priority; whoever is first then is granted what fits. Null: it is in no line. */
function moveInLine(job: WaitingJob, steps: number, facts: EndFacts) {
  const place = placeOf(job);
  if (place === undefined || steps === 0) return null;
  const line = facts.lines.get(place.need);
  const need = facts.needs[place.need];
  if (line === undefined || need === undefined)
    throw new Error(`the line of need ${place.need} was not read`);
  const own: Wait = {
    schema: SEMAPHORE_SCHEMA_VERSION,
    jobId: job.id,
    project: job.project,
    owner: job.owner,
    units: need.units,
    rank: place.rank,
    since: job.since,
  };
  const answer = rerank(line.semaphore, own, frontBeside(line, job.id), steps, facts.now);
  const { place: _earlier, ...rest }: WaitingJob & Pick<JobInLine, 'place'> = job;
  if (answer.granted?.wait.jobId === job.id) {
    const rank = need.key.kind === 'slot' ? { rank: answer.place.rank } : {};
    const held = { need: place.need, fence: answer.granted.hold.fence, ...rank };
    const owed = [...job.owed, { kind: 'advance', by: facts.now + GRANT_OWED_MS } as const];
    const granted: WaitingJob = { ...rest, holds: [...job.holds, held], owed };
    return { job: granted, semaphores: [answer.change], touched: [] };
  }
  const standing = { ...job, place: { need: place.need, rank: answer.place.rank } };
  return { job: standing, semaphores: [answer.change], touched: touchedBy(answer, line, facts.now) };
}
