import type { JobSpec, OpSpec, RollbackSpec } from '../../../core/contract/job-spec.ts';
import type { Op } from '../../../core/op/op.ts';

/** One run of an op: in which attempt, and which op of the specification. */
export interface Run {
  readonly attempt: number;
  readonly index: number;
}

/** What was stored of the ops of a job, by `attempt/index`. */
export type StoredOps = ReadonlyMap<string, Op>;

export function nameOfRun({ attempt, index }: Run): string {
  return `${attempt}/${index}`;
}

/** Whether a try of it ever began: an op may be stored for the token alone that it keeps. */
export function hasRun(op: Op | undefined): op is Exclude<Op, { status: 'queued' }> {
  return op !== undefined && op.status !== 'queued';
}

/**
 * The rules of what is left to undo, written a second time from the design: the rollback of op `i` of
 * `n` that ran in attempt `k` has, in attempt `a`, the index `n(1 + a − k) + i`.
 */
export class Runs {
  readonly #spec: JobSpec;
  readonly #ops: StoredOps;
  readonly #attempts: number;

  constructor(spec: JobSpec, ops: StoredOps, attempts: number) {
    this.#spec = spec;
    this.#ops = ops;
    this.#attempts = attempts;
  }

  /** The latest attempt in which the op ran, and how that went. */
  latest(index: number): Exclude<Op, { status: 'queued' }> | undefined {
    for (let attempt = this.#attempts; attempt > 0; attempt -= 1) {
      const op = this.#ops.get(nameOfRun({ attempt, index }));
      if (hasRun(op)) return op;
    }
    return undefined;
  }

  isUndone(run: Run): boolean {
    for (let attempt = run.attempt; attempt <= this.#attempts; attempt += 1) {
      const op = this.#ops.get(nameOfRun({ attempt, index: indexOfUndoing(run, attempt, this.#total) }));
      if (op?.status === 'success' && op.skipped !== true) return true;
    }
    return false;
  }

  /** Whether later ops may count on it: it went well, or was allowed to fail, and is not undone. */
  isDone(index: number): boolean {
    const op = this.latest(index);
    return op !== undefined && !this.isUndone(op) && (op.status === 'success' || this.isForgiven(index));
  }

  /** Whether it failed and was allowed to, or some of its children did. */
  isForgiven(index: number): boolean {
    const op = this.latest(index);
    if (op?.status === 'success') return op.tolerated === true;
    return op?.status === 'error' && this.#spec.ops[index]?.onError === 'continue';
  }

  /** What the runs up to an attempt have done that can be undone and is not, the latest first. */
  leftToUndo(): readonly Run[] {
    const left: Run[] = [];
    for (let attempt = this.#attempts; attempt > 0; attempt -= 1) {
      for (let index = this.#total - 1; index >= 0; index -= 1) {
        const run = { attempt, index };
        if (hasEffect(this.#spec, this.#ops.get(nameOfRun(run)), index) && !this.isUndone(run))
          left.push(run);
      }
    }
    return left;
  }

  get #total(): number {
    return this.#spec.ops.length;
  }
}

/** What undoes an op: what it declares; or, of children that declare something, that each of them is undone. */
export function undoingOf(
  op: OpSpec | undefined,
): { readonly when: RollbackSpec['when']; readonly call: RollbackSpec | undefined } | undefined {
  if (op?.children !== undefined) {
    const isAny = op.children.job.ops.some((of) => undoingOf(of) !== undefined);
    return isAny ? { when: 'started', call: undefined } : undefined;
  }
  return op?.rollback === undefined ? undefined : { when: op.rollback.when, call: op.rollback };
}

/** Whether there is something to undo: it declared a rollback, and completed or, where that is enough, began. */
export function hasEffect(spec: JobSpec, op: Op | undefined, index: number): boolean {
  const undoing = undoingOf(spec.ops[index]);
  if (undoing === undefined || !hasRun(op)) return false;
  return undoing.when === 'started' || (op.status === 'success' && op.skipped !== true);
}

/** The index under which an attempt undoes a run. */
export function indexOfUndoing(run: Run, attempt: number, total: number): number {
  return total * (1 + attempt - run.attempt) + run.index;
}

/** Which run the op of this index undoes; undefined for one that is no rollback. */
export function undoneBy({ attempt, index }: Run, total: number): Run | undefined {
  if (index < total) return undefined;
  const rounds = Math.floor(index / total);
  return { attempt: attempt + 1 - rounds, index: index - rounds * total };
}
