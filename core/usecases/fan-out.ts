import type { JobSpec } from '../contract/job-spec.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Outcome } from '../job/complete-op.ts';
import type { Job } from '../job/job.ts';
import type { PlannedCall } from '../job/plan.ts';
import type { RunningOp } from '../op/op.ts';
import { runOf } from '../op/op-index.ts';
import type { Json } from '../op/references.ts';
import type { Dispatched } from '../ports/actions.ts';
import type { Deps } from '../ports/deps.ts';
import type { ResolvedInput } from './read-op-with-input.ts';
import { startFamily } from './start-family.ts';

/** Has the children of a try made, or undone: their group was opened with it, unless there are none. */
export async function fanOut(
  deps: Pick<Deps, 'store' | 'executions'>,
  op: RunningOp,
  input: ResolvedInput,
): Promise<Dispatched> {
  const ref = { jobId: op.jobId, attempt: op.attempt, op: op.index, try: op.try };
  const group = await deps.store.readGroup(ref);
  if (group === null) return { kind: 'settled', outcome: withoutChildren(input) };
  await startFamily(deps, group, group.verb);
  return { kind: 'accepted' };
}

/**
 * How many children an op is to have; 0 where it has none, or where what should be a list of items is none. A
 * rollback undoes those of all tries of the op.
 */
export async function countChildren(
  deps: Pick<Deps, 'store'>,
  job: Job,
  spec: JobSpec,
  planned: PlannedCall,
  input: ResolvedInput,
): Promise<number> {
  if (planned.kind === 'op') return itemsOf(input)?.length ?? 0;
  const { attempt, index } = runOf({ attempt: job.attempt, index: planned.index }, spec.ops.length);
  const groups = await deps.store.listGroups(job.id, { attempt, op: index });
  return groups.reduce((total, group) => total + group.total, 0);
}

/** Undefined: it is no list, or too long. */
function itemsOf(input: ResolvedInput): readonly Json[] | undefined {
  if (!input.ok || !Array.isArray(input.input)) return undefined;
  return input.input.length <= LIMITS.children ? input.input : undefined;
}

function withoutChildren(input: ResolvedInput): Outcome {
  if (!input.ok) return { kind: 'failed', error: input.error };
  if (Array.isArray(input.input) && input.input.length === 0) {
    return { kind: 'succeeded', result: { total: 0, unsuccessful: 0, statuses: {} } };
  }
  const message = `the items of its children must be a list of at most ${LIMITS.children}`;
  return { kind: 'failed', error: { code: 'InvalidItems', message } };
}
