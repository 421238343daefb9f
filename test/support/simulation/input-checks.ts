import { isDeepStrictEqual } from 'node:util';
import type { JobId } from '../../../core/job/identifiers.ts';
import { type Json, referencedOps, resolveInput } from '../../../core/op/references.ts';
import type { Ledger, LedgerJob } from './ledger.ts';
import { nameOfRun, type Run, undoneBy } from './runs.ts';
import { hold } from './violation.ts';

/** An action is handed what its specification says, with the results that its attempt sees. */
export function checkInput(ledger: Ledger, jobId: JobId, run: Run, input: Json): void {
  const known = ledger.get(jobId);
  if (known === undefined) return;
  const total = known.spec.ops.length;
  const op = known.spec.ops[run.index % total];
  const declared = run.index < total ? op?.input : op?.rollback?.input;
  if (declared === undefined || referencedOps(declared).length === 0) return;
  const expected = inputSeen(ledger, jobId, run, declared);
  hold('inputs', expected.ok && isDeepStrictEqual(input, expected.input), () => {
    return `op ${run.index} of attempt ${run.attempt} is given ${JSON.stringify(input)}, and not ${JSON.stringify(expected)}`;
  });
}

/**
 * What is declared, with the results that the run's attempt sees: its own, and those of earlier attempts for
 * ops that this one does not run. A rollback sees what its op's attempt saw.
 */
export function inputSeen(
  ledger: Ledger,
  jobId: JobId,
  run: Run,
  declared: Json,
): ReturnType<typeof resolveInput> {
  const known = ledger.get(jobId);
  if (known === undefined) return resolveInput(declared, () => undefined);
  const seenBy = undoneBy(run, known.spec.ops.length)?.attempt ?? run.attempt;
  return resolveInput(declared, (name) => resultSeen(known, seenBy, name));
}

function resultSeen({ spec, ops, attempts }: LedgerJob, seenBy: number, name: string): Json | undefined {
  const index = spec.ops.findIndex((op) => op.name === name);
  const isEarlier = index < (attempts[seenBy - 1]?.firstOp ?? 0);
  for (let attempt = seenBy; attempt > 0; attempt -= 1) {
    const op = ops.get(nameOfRun({ attempt, index }));
    if (op?.status === 'success') return op.result ?? {};
    if (!isEarlier) return undefined;
  }
  return undefined;
}
