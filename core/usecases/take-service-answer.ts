import { type Refused, refused } from '../contract/error-codes.ts';
import type { AnswerSource, ServiceAnswer } from '../contract/service-answer.ts';
import type { Deps } from '../ports/deps.ts';
import { completeTry } from './complete-try.ts';

/**
 * A service said that work has ended. Whoever may start that work can give it any name, so before
 * anything else the stored op must be one whose action has this very target.
 *
 * @param isTargetOf whether the action's work is done there
 */
export async function takeServiceAnswer(
  deps: Deps,
  { jobId, completion, from }: ServiceAnswer,
  isTargetOf: (from: AnswerSource, action: string) => boolean,
): Promise<{ readonly ok: true } | Refused> {
  const [op] = await deps.store.readSomeOps(jobId, completion.attempt, [completion.op]);
  if (op === undefined || !isTargetOf(from, op.action)) {
    return refused('OpNotStarted', `No op of job ${jobId} is done by this ${from.kind}.`);
  }
  return completeTry(deps, jobId, completion);
}
