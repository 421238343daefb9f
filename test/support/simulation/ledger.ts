import { childSpec } from '../../../core/children/child-spec.ts';
import { groupOfChild } from '../../../core/children/group.ts';
import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { Change, LineChange, Touch } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { Job } from '../../../core/job/job.ts';
import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import { isSettled, type Status } from '../../../core/job/status.ts';
import type { Op } from '../../../core/op/op.ts';
import { type Attempt, FIRST_ATTEMPT } from './expected-attempt.ts';
import { type ExpectedNeed, expectedNeeds, sharedNeeds } from './expected-needs.ts';
import { FamilyLedger, lineOfGroup } from './family-ledger.ts';
import { type HoldRecord, holdAfter, NEVER_HELD } from './hold-record.ts';
import { LineLedger } from './line-ledger.ts';

/** What was committed of one job, as the simulation saw it go into the store. */
export interface LedgerJob {
  head: Job;
  readonly spec: JobSpec;
  /** What it needs, in the one order. */
  readonly needs: readonly ExpectedNeed[];
  /** By `attempt/index`. */
  readonly ops: Map<string, Op>;
  readonly entries: JournalEntry[];
  /** What the current attempt has to do; and all of them, up to that. */
  attempt: Attempt;
  readonly attempts: Attempt[];
  /** When that was committed. */
  attemptSince: Instant;
  /** How each attempt ended that has. */
  readonly ends: Map<number, End>;
  /** What has held it back. */
  hold: HoldRecord;
  /** Every segment that a head has named, as `attempt/number`. */
  readonly segments: Set<string>;
  /** Whether it needs no confirmation, and no approval, any more. */
  confirmed: boolean;
  approved: boolean;
  /** When the head last changed in more than its bookkeeping. */
  movedAt: Instant;
  commits: number;
  removed: boolean;
}

/** How an attempt ended, as it was settled. */
export interface End {
  readonly status: Status;
  readonly rollback: Job['rollback'];
}

/** Every job and every line of a history, by what was committed: what the store should hold. */
export class Ledger {
  readonly lines = new LineLedger();
  readonly families = new FamilyLedger();
  readonly #jobs = new Map<JobId, LedgerJob>();
  readonly #childSpecs = new Map<JobId, JobSpec>();
  readonly #dependents = new Map<JobId, Set<JobId>>();

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

  /** Jobs that are to be told of this one's end. */
  dependentsOf(id: JobId): ReadonlySet<JobId> {
    return this.#dependents.get(id) ?? new Set();
  }

  apply(change: Change, attempt: Attempt, now: Instant): LedgerJob {
    const { job, entries, ops, transition } = change;
    let known = this.#jobs.get(job.id);
    if (known === undefined) {
      const spec = this.specOf(change);
      if (spec === undefined) throw new Error(`job ${job.id} was committed without a specification`);
      known = {
        head: job,
        spec,
        needs: this.needsOf(job, spec),
        ops: new Map(),
        entries: [],
        attempt: FIRST_ATTEMPT,
        attempts: [],
        attemptSince: now,
        ends: new Map(),
        hold: NEVER_HELD,
        segments: new Set(),
        confirmed: !spec.hold,
        approved: spec.approval === undefined,
        movedAt: now,
        commits: 0,
        removed: false,
      };
      this.#jobs.set(job.id, known);
    }
    Object.assign(known, permissionsAfter(known, known.spec, change, attempt));
    const before = known.commits === 0 ? undefined : known.head;
    known.hold = holdAfter(known.hold, before, change, now);
    if (attempt.number !== known.attempt.number) known.attemptSince = now;
    known.attempt = attempt;
    known.attempts[attempt.number - 1] = attempt;
    if (isSettled(job.status) && !known.ends.has(job.attempt)) {
      known.ends.set(job.attempt, { status: job.status, rollback: job.rollback });
    }
    known.head = job;
    known.commits += 1;
    for (const op of ops) known.ops.set(opName(op.op.attempt, op.op.index), op.op);
    known.entries.push(...entries);
    if ('segment' in job) known.segments.add(`${job.attempt}/${job.segment.number}`);
    if (!BOOKKEEPING.has(transition)) known.movedAt = now;
    for (const id of change.dependsOn) {
      this.#dependents.set(id, (this.#dependents.get(id) ?? new Set()).add(job.id));
    }
    this.families.apply(change, now);
    this.#applyBeside(change, now);
    return known;
  }

  /** The specification of a job that there is or that comes with the change: a child's is made of its parent's. */
  specOf({ job, spec, childItem }: Change): JobSpec | undefined {
    const known = this.#jobs.get(job.id)?.spec ?? this.#childSpecs.get(job.id);
    if (known !== undefined || childItem === undefined) return known ?? spec;
    const parent = this.#jobs.get(childItem.parent.id);
    const made = parent && childSpec(parent.spec, childItem);
    if (made?.ok !== true) return undefined;
    this.#childSpecs.set(job.id, made.spec);
    return made.spec;
  }

  /** What a job needs: none of what those hold whose child it is. */
  needsOf(job: Job, spec: JobSpec): readonly ExpectedNeed[] {
    const known = this.#jobs.get(job.id);
    if (known !== undefined) return known.needs;
    if (job.parent === undefined) return expectedNeeds(spec);
    const above = this.#jobs.get(job.parent.id);
    const concurrency = above?.spec.ops[job.parent.op]?.children?.concurrency;
    return expectedNeeds(spec, {
      held: this.#heldAbove(job),
      group: concurrency === undefined ? undefined : lineOfGroup(job.project, groupOfChild(job.parent)),
    });
  }

  #heldAbove({ parent }: Job): ReadonlySet<string> {
    const above = parent && this.#jobs.get(parent.id);
    if (parent === undefined || above === undefined) return new Set();
    const isPre = above.spec.ops[parent.op]?.step === 'PRE';
    const own = isPre ? [] : sharedNeeds(above.spec).map(({ name }) => name);
    return new Set([...this.#heldAbove(above.head), ...own]);
  }

  /** Those whose child it is, the nearest first. */
  *ancestors({ parent }: Job): Generator<LedgerJob> {
    const known = parent && this.#jobs.get(parent.id);
    if (known === undefined) return;
    yield known;
    yield* this.ancestors(known.head);
  }

  applyLines(change: LineChange, now: Instant): void {
    this.#applyBeside(change, now);
    if (change.queue !== undefined) this.lines.setQueue(change.queue.queue);
  }

  markDispatched(op: Op): void {
    const name = opName(op.attempt, op.index);
    const ops = this.#jobs.get(op.jobId)?.ops;
    const stored = ops?.get(name);
    if (stored?.status !== 'running') return;
    ops?.set(name, { ...stored, version: stored.version + 1, dispatched: true });
  }

  removeDependent(id: JobId, dependent: JobId): void {
    this.#dependents.get(id)?.delete(dependent);
  }

  remove(id: JobId): void {
    const known = this.#jobs.get(id);
    if (known !== undefined) known.removed = true;
    this.#dependents.delete(id);
    for (const { ref } of this.families.of(id))
      this.lines.remove(lineOfGroup(known?.head.project ?? '', ref));
    this.families.remove(id);
  }

  #applyBeside(change: Change | LineChange, now: Instant): void {
    for (const semaphore of change.semaphores) this.lines.apply(semaphore, now);
    for (const { job } of change.touched) this.#applyTouch(job, now);
  }

  #applyTouch(job: Touch['job'], now: Instant): void {
    const known = this.#jobs.get(job.id);
    if (known === undefined) throw new Error(`job ${job.id} was touched, and there is none`);
    known.head = job;
    known.commits += 1;
    known.movedAt = now;
  }
}

/**
 * Whether the job may start as far as people go, with this change. One that is given another date is
 * asked for approval again; one that is given none waits to be confirmed. A rerun asks for approval
 * again if it passes its gates again, and confirms the job.
 */
export function permissionsAfter(
  known: Readonly<LedgerJob> | undefined,
  spec: JobSpec,
  change: Change,
  attempt: Attempt,
): { readonly confirmed: boolean; readonly approved: boolean } {
  const permissions = {
    confirmed: known?.confirmed ?? !spec.hold,
    approved: known?.approved ?? spec.approval === undefined,
  };
  switch (change.transition) {
    case 'confirm job':
      return { ...permissions, confirmed: true };
    case 'approve job':
      return { ...permissions, approved: true };
    case 'reschedule job':
      return { confirmed: change.job.status !== 'CREATED', approved: spec.approval === undefined };
    case 'rerun job':
      return { confirmed: true, approved: attempt.gatesPassed || spec.approval === undefined };
    default:
      return permissions;
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
  'refuse answer',
]);

function opName(attempt: number, index: number): string {
  return `${attempt}/${index}`;
}
