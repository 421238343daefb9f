import { isServiceKind } from '../contract/action-catalog.ts';
import { isRaised, TaskError } from '../contract/tasks.ts';
import { handleOpFailure as decideFailure, type FailureCommand } from '../job/handle-op-failure.ts';
import type { JobId } from '../job/identifiers.ts';
import { hasBegun, type Op } from '../op/op.ts';
import type { Deps } from '../ports/deps.ts';
import type { TokenAnswer } from '../ports/executions.ts';
import { carryOutJob } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readGroupOf } from './read-facts.ts';
import { readJob } from './read-job.ts';

/**
 * Task "Handle op failure": commits what follows a failed try, then answers its own token with it.
 * A long wait keeps the token; the sweeper answers it when the wait is over, a cancel fails it.
 */
export async function handleOpFailure(deps: Deps, jobId: JobId, command: FailureCommand): Promise<void> {
  const { change, answer, left } = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    if (found === null) throw new TaskError('Stale', 'The job does not exist any more');
    const [op] = await deps.store.readSomeOps(jobId, command.attempt, [command.op]);
    const decision = decideFailure(found.job, found.spec, op ?? null, command, {
      now: deps.surroundings.now(),
      random: deps.surroundings.random(),
      catalog: deps.catalog,
      liveness: deps.liveness,
      ...(await readGroupOf(deps, found.job)),
    });
    return { ...decision, left: op };
  });
  await stopWork(deps, left, command);
  switch (answer.kind) {
    case 'throw':
      if (change !== null) await carryOutJob(deps, change.job);
      throw new TaskError(answer.error, `Op ${command.op} of job ${jobId}`);
    case 'hold':
      if (change !== null) await carryOutJob(deps, change.job);
      return;
    case 'goOn':
      return tell(deps, command.token, { next: 'go on' });
    case 'tryAgain':
      return tell(deps, command.token, { next: 'try again', seconds: answer.afterSeconds });
    case 'failed':
      return tell(deps, command.token, { next: 'failed' });
  }
}

/**
 * A try that nobody reported about, which a clock or a failed dispatch ended, may have work that goes on.
 * Step Functions repeats this task where that cannot be stopped now.
 */
async function stopWork(deps: Deps, op: Op | undefined, { error }: FailureCommand): Promise<void> {
  if (op === undefined || !hasBegun(op) || isRaised(error.name)) return;
  if (!isServiceKind(deps.catalog.get(op.action)?.kind)) return;
  const { jobId, attempt, index } = op;
  await deps.actions.interrupt(op.action, { jobId, attempt, op: index, try: op.try });
}

async function tell(
  deps: Deps,
  token: string,
  output: Extract<TokenAnswer, { kind: 'success' }>['output'],
): Promise<void> {
  await deps.executions.answer(token, { kind: 'success', output });
}
