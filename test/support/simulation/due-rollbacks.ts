import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { Op } from '../../../core/op/op.ts';

/**
 * Indexes of the rollbacks that a job which undoes has to run. Where POST runs after them, what POST
 * does is not undone.
 */
export function dueRollbacks(spec: JobSpec, ops: ReadonlyMap<number, Op>, post: boolean): readonly number[] {
  return spec.ops.flatMap(({ rollback, step }, index) => {
    const op = ops.get(index);
    if (rollback === undefined || op === undefined || (post && step === 'POST')) return [];
    return op.status === 'success' || rollback.when === 'started' ? [index + spec.ops.length] : [];
  });
}
