import type { Refused } from '../contract/error-codes.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Json } from '../op/references.ts';
import type { Deps } from '../ports/deps.ts';
import { completeTry } from './complete-try.ts';
import { refusedToWorkers, type WorkersTry } from './worker-try.ts';

/** A worker says that its try failed; what follows is for the op's policies to say. */
export async function failOp(
  deps: Deps,
  jobId: JobId,
  {
    error: { code, message, detail },
    ...named
  }: WorkersTry & {
    readonly error: { readonly code: string; readonly message: string; readonly detail?: Json | undefined };
  },
): Promise<{ readonly ok: true } | Refused> {
  const refusal = await refusedToWorkers(deps, jobId, named.op);
  if (refusal !== null) return refusal;
  const error = { code, message, ...(detail === undefined ? {} : { detail }) };
  return completeTry(deps, jobId, { ...named, outcome: { kind: 'failed', error } });
}
