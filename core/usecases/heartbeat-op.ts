import { type Refused, refused } from '../contract/error-codes.ts';
import type { JobId } from '../job/identifiers.ts';
import { tokensOf } from '../op/tokens-of.ts';
import type { Deps } from '../ports/deps.ts';
import { runningTry, type WorkersTry } from './worker-try.ts';

/**
 * A worker says that its try is alive, and learns whether it is still wanted. Where the op declared
 * no heartbeat, Step Functions is not told: there its heartbeat clock carries the timeout, which
 * nothing may stretch.
 */
export async function heartbeatOp(
  deps: Pick<Deps, 'store' | 'catalog' | 'executions' | 'surroundings'>,
  jobId: JobId,
  named: WorkersTry,
): Promise<{ readonly ok: true } | Refused> {
  const found = await runningTry(deps, jobId, named, deps.surroundings.now());
  if (!found.ok) return found;
  const { op, call } = found;
  if (call.heartbeat === undefined) return { ok: true };
  for (const token of tokensOf(op)) {
    if ((await deps.executions.heartbeat(token)) === 'alive') return { ok: true };
  }
  return refused(
    'CompletionLate',
    `Try ${op.try} of ${op.name} is over: its time ran out or its execution ended. Stop the work.`,
  );
}
