import type { Job } from '../job/job.ts';
import type { Op } from '../op/op.ts';
import type { Deps } from '../ports/deps.ts';

/** The ops that decisions about a job's attempt are made from: its own, or all that a manual rollback undoes. */
export function readOpsOf(
  deps: Pick<Deps, 'store'>,
  { id, attempt, again }: Pick<Job, 'id' | 'attempt' | 'again'>,
): Promise<readonly Op[]> {
  return deps.store.readOps(id, again?.kind === 'rollback' ? 'all' : attempt);
}

/** The ops as a reader sees them: what earlier attempts did and this one does not do again, too. */
export function readOpsSeen(
  deps: Pick<Deps, 'store'>,
  { id, attempt, again }: Pick<Job, 'id' | 'attempt' | 'again'>,
): Promise<readonly Op[]> {
  return deps.store.readOps(id, again === undefined ? attempt : 'all');
}
