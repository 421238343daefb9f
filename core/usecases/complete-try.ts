import type { Refused } from '../contract/error-codes.ts';
import { refused } from '../contract/error-codes.ts';
import { jsonBytes, LIMITS } from '../contract/limits.ts';
import type { Change } from '../job/change.ts';
import { type Completion, type CompletionAnswer, completeOp } from '../job/complete-op.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';
import { carryOutJob } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readJob } from './read-job.ts';

/**
 * Records what became of a try, first, and then answers its token. A completion that comes twice
 * answers the token once more, if that is still owed.
 */
export async function completeTry(
  deps: Deps,
  jobId: JobId,
  completion: Completion,
): Promise<{ readonly ok: true } | Refused> {
  const decided = await changeJob(deps, async () => decide(deps, jobId, completion));
  if (!decided.ok) return decided.refused;
  const { answer, job } = decided;
  if (answer.kind === 'recorded') {
    await carryOutJob(deps, job);
    return { ok: true };
  }
  if (answer.late.code === 'CompletionRepeated') {
    const owed = job.owed.filter((effect) => effect.kind === 'answer' && effect.op === completion.op);
    await carryOutJob(deps, { ...job, owed });
  }
  return refused(answer.late.code, answer.late.detail);
}

/** A result beyond its limit is refused before anything is written, so that the worker can send less. */
export function resultTooLarge(result: unknown): Refused | null {
  const bytes = jsonBytes(result);
  if (bytes <= LIMITS.resultBytes) return null;
  return refused(
    'ResultTooLarge',
    `The result has ${bytes} bytes; at most ${LIMITS.resultBytes} are kept. Store it elsewhere and return where.`,
  );
}

async function decide(
  deps: Deps,
  jobId: JobId,
  completion: Completion,
): Promise<
  | {
      readonly ok: true;
      readonly change: Change | null;
      readonly answer: CompletionAnswer;
      readonly job: Job;
    }
  | { readonly ok: false; readonly change: null; readonly refused: Refused }
> {
  const found = await readJob(deps, jobId);
  if (found === null) {
    return { ok: false, change: null, refused: refused('JobNotFound', `There is no job ${jobId}.`) };
  }
  const { job, spec } = found;
  const [op] = await deps.store.readSomeOps(jobId, completion.attempt, [completion.op]);
  const decision = completeOp(job, spec, op ?? null, completion, deps.surroundings.now());
  if (!decision.ok) return { ok: false, change: null, refused: decision };
  return { ok: true, change: decision.change, answer: decision.answer, job: decision.change?.job ?? job };
}
