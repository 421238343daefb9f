import type { Group } from '../children/group.ts';
import { TASK_CONTRACT } from '../contract/tasks.ts';
import type { Deps } from '../ports/deps.ts';
import type { FamilyVerb } from '../ports/executions.ts';

/**
 * Children of one task: a call that runs out of its 29 s is repeated and goes on with those that are missing,
 * and 10,000 children are 400 transitions.
 */
export const CHILDREN_OF_A_BATCH = 25;

/** Has the children of a group made, undone or cancelled; safe to repeat. */
export async function startFamily(
  deps: Pick<Deps, 'executions'>,
  { jobId, attempt, op, try: number, total }: Group,
  verb: FamilyVerb,
): Promise<'started' | 'exists'> {
  return deps.executions.startFamily({
    contract: TASK_CONTRACT,
    jobId,
    attempt,
    op,
    try: number,
    verb,
    batches: batchesOf(total),
  });
}

/** Positions from `from` up to and without `to`. */
export function batchesOf(total: number): readonly { readonly from: number; readonly to: number }[] {
  const count = Math.ceil(total / CHILDREN_OF_A_BATCH);
  return Array.from({ length: count }, (_each, batch) => ({
    from: batch * CHILDREN_OF_A_BATCH,
    to: Math.min(total, (batch + 1) * CHILDREN_OF_A_BATCH),
  }));
}
