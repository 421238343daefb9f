import type { Refused } from '../contract/error-codes.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Json } from '../op/references.ts';
import type { Deps } from '../ports/deps.ts';
import { completeTry, resultTooLarge } from './complete-try.ts';
import { refusedToWorkers, type WorkersTry } from './worker-try.ts';

/** A worker says that its try succeeded. */
export async function completeOp(
  deps: Deps,
  jobId: JobId,
  { result, ...named }: WorkersTry & { readonly result?: Json | undefined },
): Promise<{ readonly ok: true } | Refused> {
  const refusal = resultTooLarge(result) ?? (await refusedToWorkers(deps, jobId, named.op));
  if (refusal !== null) return refusal;
  const outcome = { kind: 'succeeded', ...(result === undefined ? {} : { result }) } as const;
  return completeTry(deps, jobId, { ...named, outcome });
}
