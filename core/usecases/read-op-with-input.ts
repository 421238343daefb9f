import type { JobSpec } from '../contract/job-spec.ts';
import { jsonBytes, LIMITS } from '../contract/limits.ts';
import type { Job } from '../job/job.ts';
import type { JobError } from '../job/job-error.ts';
import { inputOf, type PlannedCall } from '../job/plan.ts';
import { hasBegun, type Op } from '../op/op.ts';
import { runOf } from '../op/op-index.ts';
import { type Json, referencedOps, resolveInput } from '../op/references.ts';
import type { Deps } from '../ports/deps.ts';

/** The input of an op with its references resolved, or what is wrong with it. */
export type ResolvedInput =
  | { readonly ok: true; readonly input: Json }
  | { readonly ok: false; readonly error: JobError };

/** The op as it is stored, and the input that it is called with, in one read unless earlier attempts matter. */
export async function readOpWithInput(
  deps: Pick<Deps, 'store'>,
  job: Job,
  spec: JobSpec,
  planned: PlannedCall | undefined,
  index: number,
): Promise<{ readonly op: Op | null; readonly input: ResolvedInput }> {
  const names = planned === undefined ? [] : referencedOps(inputOf(planned));
  const needed = names.map((name) => spec.ops.findIndex((op) => op.name === name)).filter((at) => at >= 0);
  const { attempt } = runOf({ attempt: job.attempt, index }, spec.ops.length);
  const own = await deps.store.readSomeOps(job.id, job.attempt, [
    ...new Set(attempt === job.attempt ? [index, ...needed] : [index]),
  ]);
  const op = own.find((stored) => stored.index === index) ?? null;
  if (planned === undefined) return { op, input: { ok: true, input: {} } };
  const seen = await readSeen(deps, job, needed, attempt, own);
  return { op, input: resolved(spec, planned, seen) };
}

/**
 * The ops that an input names, as the run saw them that it is for: those of its attempt count however they
 * went, and what that attempt did not run stands in the latest earlier one that did it well.
 */
async function readSeen(
  deps: Pick<Deps, 'store'>,
  job: Job,
  needed: readonly number[],
  of: number,
  own: readonly Op[],
): Promise<readonly Op[]> {
  const seen = new Map<number, Op>();
  // What the attempt is still to run, or to run again, is no result yet.
  const first = job.again?.kind === 'rerun' ? job.again.firstOp : 0;
  const isOfEarlier = (index: number) => of < job.attempt || index < first;
  for (let attempt = of; attempt > 0; attempt -= 1) {
    const missing = [...new Set(needed)].filter(
      (index) => !seen.has(index) && (attempt === of || isOfEarlier(index)),
    );
    if (missing.length === 0) break;
    const ops = attempt === job.attempt ? own : await deps.store.readSomeOps(job.id, attempt, missing);
    for (const op of ops) {
      const counts = attempt === of ? hasBegun(op) : op.status === 'success';
      if (counts && missing.includes(op.index)) seen.set(op.index, op);
    }
  }
  return [...seen.values()];
}

function resolved(spec: JobSpec, planned: PlannedCall, seen: readonly Op[]): ResolvedInput {
  const result = resolveInput(inputOf(planned), (name) => {
    const op = seen.find(({ index }) => spec.ops[index]?.name === name);
    return op?.status === 'success' ? (op.result ?? {}) : undefined;
  });
  if (!result.ok || jsonBytes(result.input) <= LIMITS.inputBytes) return result;
  const message = `the input has more than ${LIMITS.inputBytes} bytes once its references are resolved`;
  return { ok: false, error: { code: 'InputTooLarge', message } };
}
