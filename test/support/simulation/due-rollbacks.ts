import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { Op } from '../../../core/op/op.ts';
import { hasEffect } from './runs.ts';

/**
 * Indexes of the rollbacks that a job which undoes what its attempt did has to run. Where POST runs
 * after them, what POST does is not undone.
 */
export function dueRollbacks(spec: JobSpec, ops: ReadonlyMap<number, Op>, post: boolean): readonly number[] {
  return spec.ops.flatMap(({ step }, index) =>
    (post && step === 'POST') || !hasEffect(spec, ops.get(index), index) ? [] : [index + spec.ops.length],
  );
}
