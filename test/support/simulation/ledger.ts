import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { Change } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { Job } from '../../../core/job/job.ts';
import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import type { Op } from '../../../core/op/op.ts';

/** What was committed of one job, as the simulation saw it go into the store. */
export interface LedgerJob {
  head: Job;
  readonly spec: JobSpec;
  readonly ops: Map<string, Op>;
  readonly entries: JournalEntry[];
  /** Every segment that a head has named, as `attempt/number`. */
  readonly segments: Set<string>;
  /** When the head last changed in more than its bookkeeping. */
  movedAt: Instant;
  commits: number;
  removed: boolean;
}

/** Every job of a history, by what was committed: what the store should hold. */
export class Ledger {
  readonly #jobs = new Map<JobId, LedgerJob>();

  get(id: JobId): LedgerJob | undefined {
    return this.#jobs.get(id);
  }

  all(): readonly LedgerJob[] {
    return [...this.#jobs.values()];
  }

  /** Jobs that have not been removed. */
  present(): readonly LedgerJob[] {
    return this.all().filter(({ removed }) => !removed);
  }

  op(id: JobId, attempt: number, index: number): Op | undefined {
    return this.#jobs.get(id)?.ops.get(opName(attempt, index));
  }

  ops(id: JobId, attempt: number): readonly Op[] {
    const ops = [...(this.#jobs.get(id)?.ops.values() ?? [])];
    return ops.filter((op) => op.attempt === attempt).sort((one, other) => one.index - other.index);
  }

  apply({ job, entries, ops, spec, transition }: Change, now: Instant): LedgerJob {
    let known = this.#jobs.get(job.id);
    if (known === undefined) {
      if (spec === undefined) throw new Error(`job ${job.id} was committed without a specification`);
      known = {
        head: job,
        spec,
        ops: new Map(),
        entries: [],
        segments: new Set(),
        movedAt: now,
        commits: 0,
        removed: false,
      };
      this.#jobs.set(job.id, known);
    }
    known.head = job;
    known.commits += 1;
    for (const op of ops) known.ops.set(opName(op.op.attempt, op.op.index), op.op);
    known.entries.push(...entries);
    if ('segment' in job) known.segments.add(`${job.attempt}/${job.segment.number}`);
    if (!BOOKKEEPING.has(transition)) known.movedAt = now;
    return known;
  }

  markDispatched(op: Op): void {
    const name = opName(op.attempt, op.index);
    const ops = this.#jobs.get(op.jobId)?.ops;
    const stored = ops?.get(name);
    if (stored?.status !== 'running') return;
    ops?.set(name, { ...stored, version: stored.version + 1, dispatched: true });
  }

  remove(id: JobId): void {
    const known = this.#jobs.get(id);
    if (known !== undefined) known.removed = true;
  }
}

/** Changes that move no job on. */
const BOOKKEEPING: ReadonlySet<Change['transition']> = new Set([
  'look at execution',
  'record repair',
  'clear effect',
  'move due entry',
  'add note',
  'add log',
  'record late answer',
]);

function opName(attempt: number, index: number): string {
  return `${attempt}/${index}`;
}
