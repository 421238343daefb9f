import { type JobSpec, jobSpecSchema } from '../../core/contract/job-spec.ts';
import type { Change, IdempotencyRecord } from '../../core/job/change.ts';
import { classTime } from '../../core/job/class-time.ts';
import { isDeleted } from '../../core/job/delete-job.ts';
import type { JobId } from '../../core/job/identifiers.ts';
import type { Instant } from '../../core/job/instant.ts';
import { type DueLane, type Job, jobSchema } from '../../core/job/job.ts';
import { type JournalEntry, journalEntrySchema } from '../../core/job/journal-entry.ts';
import { classOf, type StatusClass } from '../../core/job/status.ts';
import { type Op, opSchema } from '../../core/op/op.ts';
import type { Committed, Conflict, JobPage, JobStore } from '../../core/ports/job-store.ts';
import { classPlace, dueShard } from '../../functions/adapters/dynamodb/keys.ts';
import { checkFitsTransaction } from '../../functions/adapters/dynamodb/transaction-limit.ts';
import { deepFrozen } from './deep-frozen.ts';

/** Everything that is stored of one job. */
interface StoredJob {
  head: Job;
  readonly spec: JobSpec | null;
  readonly ops: Map<string, Op>;
  readonly entries: Map<number, JournalEntry>;
}

/**
 * Jobs in memory, with the semantics of the DynamoDB store. No method waits for anything, so each
 * call is atomic; values pass the schemas and are frozen, so nobody changes what is stored.
 */
export class InMemoryJobStore implements JobStore {
  readonly #jobs = new Map<JobId, StoredJob>();
  readonly #records = new Map<string, IdempotencyRecord>();

  /** Every head, those of jobs marked for deletion included, in the order they were received. */
  heads(): readonly Job[] {
    return [...this.#jobs.values()].map(({ head }) => head);
  }

  /** The whole journal of a job, by serial. */
  journal(id: JobId): readonly JournalEntry[] {
    const entries = [...(this.#jobs.get(id)?.entries.values() ?? [])];
    return entries.sort((one, other) => one.serial - other.serial);
  }

  async readJob(id: JobId): Promise<Job | null> {
    return this.#jobs.get(id)?.head ?? null;
  }

  async readSpec(id: JobId): Promise<JobSpec | null> {
    return this.#jobs.get(id)?.spec ?? null;
  }

  async readOps(id: JobId, attempt: number): Promise<readonly Op[]> {
    return this.#ops(id).filter((op) => op.attempt === attempt);
  }

  async readSomeOps(id: JobId, attempt: number, indexes: readonly number[]): Promise<readonly Op[]> {
    return this.#ops(id).filter((op) => op.attempt === attempt && indexes.includes(op.index));
  }

  async readJournal(id: JobId, newerThan: number, limit: number): Promise<readonly JournalEntry[]> {
    const newer = this.journal(id).filter(({ serial }) => serial > newerThan);
    return newer.slice(0, Math.max(0, limit));
  }

  async readIdempotency(project: string, owner: string, key: string): Promise<IdempotencyRecord | null> {
    return this.#records.get(recordKey({ project, owner, key })) ?? null;
  }

  async commit(change: Change): Promise<Committed> {
    checkFitsTransaction(change);
    const conflict = this.#conflictWith(change);
    if (conflict !== null) return { ok: false, conflict };
    this.#write(change);
    return { ok: true };
  }

  async markDispatched(op: Op): Promise<boolean> {
    const ops = this.#jobs.get(op.jobId)?.ops;
    const stored = ops?.get(opName(op));
    if (op.status !== 'running' || ops === undefined || stored?.version !== op.version) return false;
    const marked = deepFrozen(opSchema.parse({ ...op, dispatched: true, version: op.version + 1 }));
    ops.set(opName(marked), marked);
    return true;
  }

  async removeJob({ id }: Job): Promise<void> {
    const head = this.#jobs.get(id)?.head;
    if (head !== undefined && !isDeleted(head)) {
      throw new Error(`job ${id} is not marked for deletion and cannot be removed`);
    }
    this.#jobs.delete(id);
  }

  async listByClass(
    project: string,
    statusClass: StatusClass,
    page: { readonly after?: { readonly at: Instant; readonly id: JobId }; readonly limit: number },
  ): Promise<JobPage> {
    const after = page.after === undefined ? undefined : classPlace(page.after.at, page.after.id);
    const places = this.heads()
      .filter((job) => job.project === project && classOf(job.status) === statusClass && !isDeleted(job))
      .map((job) => ({ job, place: classPlace(classTime(job), job.id) }))
      .filter(({ place }) => after === undefined || place < after)
      .sort((one, other) => (one.place < other.place ? 1 : -1));
    const jobs = places.slice(0, page.limit).map(({ job }) => job);
    const last = jobs.at(-1);
    if (last === undefined || places.length <= page.limit) return { jobs };
    return { jobs, next: { at: classTime(last), id: last.id } };
  }

  async listDue(lane: DueLane, shard: number, now: Instant, limit: number): Promise<readonly JobId[]> {
    return this.heads()
      .flatMap(({ id, dueEntry }) => (dueEntry === undefined ? [] : [{ id, ...dueEntry }]))
      .filter((due) => due.lane === lane && due.at <= now && dueShard(due.id) === shard)
      .sort((one, other) => one.at - other.at)
      .slice(0, Math.max(0, limit))
      .map(({ id }) => id);
  }

  #ops(id: JobId): Op[] {
    return [...(this.#jobs.get(id)?.ops.values() ?? [])].sort((one, other) => one.index - other.index);
  }

  /** In the order of precedence that the DynamoDB store has. */
  #conflictWith({ before, job, entries, ops, idempotency }: Change): Conflict | null {
    const record = idempotency && this.#records.get(recordKey(idempotency));
    if (record !== undefined && record.expiresAt > job.receivedAt) return { kind: 'idempotencyKey', record };
    const stored = this.#jobs.get(job.id);
    const current = stored?.head ?? null;
    if ((current?.version ?? null) !== before) return { kind: 'version', current };
    if (entries.some(({ serial }) => stored?.entries.has(serial))) return { kind: 'version', current };
    for (const { before: version, op } of ops) {
      const storedOp = stored?.ops.get(opName(op)) ?? null;
      if ((storedOp?.version ?? null) !== version) return { kind: 'op', current: storedOp };
    }
    return null;
  }

  /** Parses everything before it writes anything. */
  #write({ job, entries, ops, spec, idempotency }: Change): void {
    const head = deepFrozen(jobSchema.parse(job));
    const newEntries = entries.map((entry) => deepFrozen(journalEntrySchema.parse(entry)));
    const newOps = ops.map(({ op }) => deepFrozen(opSchema.parse(op)));
    const stored = this.#jobs.get(head.id) ?? {
      head,
      spec: spec === undefined ? null : deepFrozen(jobSpecSchema.parse(spec)),
      ops: new Map(),
      entries: new Map(),
    };
    stored.head = head;
    for (const entry of newEntries) stored.entries.set(entry.serial, entry);
    for (const op of newOps) stored.ops.set(opName(op), op);
    this.#jobs.set(head.id, stored);
    if (idempotency !== undefined) {
      this.#records.set(recordKey(idempotency), deepFrozen({ ...idempotency }));
    }
  }
}

function opName({ attempt, index }: Op): string {
  return `${attempt}/${index}`;
}

function recordKey({ project, owner, key }: Pick<IdempotencyRecord, 'project' | 'owner' | 'key'>): string {
  return JSON.stringify([project, owner, key]);
}
