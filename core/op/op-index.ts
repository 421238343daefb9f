/** A run of an op: the attempt in which it ran, and its position in the specification. */
export interface OpRun {
  readonly attempt: number;
  readonly index: number;
}

/**
 * Indexes count on behind a job's ops: the rollback of op `i` of `n` is `n + i`; and in a manual
 * rollback, which undoes what earlier attempts ran, that of the attempt before is `2n + i`, and so on.
 *
 * @param attempt the attempt that undoes
 * @param total how many ops the job has
 */
export function rollbackIndex(run: OpRun, attempt: number, total: number): number {
  return total * (1 + attempt - run.attempt) + run.index;
}

/** Whether the index is a rollback's. */
export function isRollback(index: number, total: number): boolean {
  return index >= total;
}

/** Which run the op of this index undoes; an op that is no rollback is its own run. */
export function runOf({ attempt, index }: OpRun, total: number): OpRun {
  const rounds = Math.floor(index / total);
  return { attempt: attempt - Math.max(0, rounds - 1), index: index % total };
}
