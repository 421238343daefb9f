import {
  type ChildLink,
  type ChildOutcome,
  type Group,
  type GroupRef,
  groupSemaphore,
} from '../../core/children/group.ts';
import { type JobSpec, jobSpecSchema } from '../../core/contract/job-spec.ts';
import { type BulkProgress, bulkProgressSchema } from '../../core/job/bulk-progress.ts';
import type { Change, IdempotencyRecord, LineChange, Touch } from '../../core/job/change.ts';
import { classTime } from '../../core/job/class-time.ts';
import { isDeleted } from '../../core/job/delete-job.ts';
import type { JobId } from '../../core/job/identifiers.ts';
import type { Instant } from '../../core/job/instant.ts';
import { type DueLane, type Job, jobSchema } from '../../core/job/job.ts';
import { type JournalEntry, journalEntrySchema } from '../../core/job/journal-entry.ts';
import { classOf, type StatusClass } from '../../core/job/status.ts';
import { type Op, opSchema } from '../../core/op/op.ts';
import type {
  Committed,
  Conflict,
  DuePlace,
  JobPage,
  JobStore,
  SweepPlaces,
} from '../../core/ports/job-store.ts';
import type { SemaphorePage, StoredLine } from '../../core/ports/line-store.ts';
import type { SessionJob } from '../../core/ports/session-store.ts';
import type { Queue } from '../../core/queue/queue.ts';
import type { Place, SemaphoreChange } from '../../core/semaphore/line.ts';
import type { Hold, SemaphoreKey, Wait } from '../../core/semaphore/semaphore.ts';
import { classPlace, dueShard, submissionsKey } from '../../functions/adapters/dynamodb/keys.ts';
import { type StoredSpec, specThrough } from '../../functions/adapters/dynamodb/spec-through.ts';
import { checkFitsTransaction } from '../../functions/adapters/dynamodb/transaction-limit.ts';
import { deepFrozen } from './deep-frozen.ts';
import { InMemoryChildren, parsedFamily } from './in-memory-children.ts';
import { InMemoryLines, parsedQueue, parsedSemaphores } from './in-memory-lines.ts';

/** Everything that is stored of one job. */
interface StoredJob {
  head: Job;
  readonly spec: StoredSpec | null;
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
  readonly #dependents = new Map<JobId, Set<JobId>>();
  readonly #sessions = new Map<string, Map<JobId, SessionJob>>();
  readonly #bulk = new Map<JobId, Map<string, BulkProgress>>();
  readonly #submissions = new Map<string, number>();
  readonly #lines = new InMemoryLines();
  readonly #children = new InMemoryChildren();
  #sweepPlaces: SweepPlaces = {};
  readonly #checksShapes: boolean;

  /** @param options.checksShapes false: values are taken as they come, which thousands of histories save by */
  constructor({ checksShapes }: { readonly checksShapes: boolean } = { checksShapes: true }) {
    this.#checksShapes = checksShapes;
  }

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
    const spec = await specThrough(async (each) => this.#jobs.get(each)?.spec ?? null, id);
    return spec && deepFrozen(spec);
  }

  async readOps(id: JobId, attempt: number | 'all'): Promise<readonly Op[]> {
    return this.#ops(id).filter((op) => attempt === 'all' || op.attempt === attempt);
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

  async commitLines(change: LineChange): Promise<Committed> {
    checkFitsTransaction(change);
    const conflict = this.#conflictWithQueue(change) ?? this.#conflictBeside(change);
    if (conflict !== null) return { ok: false, conflict };
    const beside = parsedBeside(change);
    const queue = change.queue && parsedQueue(change.queue);
    this.#writeBeside(beside);
    if (queue !== undefined) this.#lines.writeQueue(queue);
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
    for (const group of this.#children.listGroups(id)) {
      if (head !== undefined) this.#lines.remove(groupSemaphore(head.project, group));
    }
    this.#jobs.delete(id);
    this.#dependents.delete(id);
    this.#children.remove(id);
    this.#bulk.delete(id);
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

  async listDue(
    lane: DueLane,
    shard: number,
    { after, now, limit }: { readonly after?: DuePlace; readonly now: Instant; readonly limit: number },
  ): Promise<readonly DuePlace[]> {
    return this.heads()
      .flatMap(({ id, dueEntry }) => (dueEntry === undefined ? [] : [{ id, ...dueEntry }]))
      .filter((due) => due.lane === lane && due.at <= now && dueShard(due.id) === shard)
      .filter((due) => after === undefined || isLater(due, after))
      .sort((one, other) => (isLater(one, other) ? 1 : -1))
      .slice(0, Math.max(0, limit))
      .map(({ at, id }) => ({ at, id }));
  }

  async readSweepPlaces(): Promise<SweepPlaces> {
    return this.#sweepPlaces;
  }

  async saveSweepPlaces(places: SweepPlaces): Promise<void> {
    this.#sweepPlaces = deepFrozen(structuredClone(places));
  }

  async readLines(keys: readonly SemaphoreKey[]): Promise<readonly StoredLine[]> {
    return this.#lines.readLines(keys);
  }

  async readHolds(key: SemaphoreKey, limit: number): Promise<readonly Hold[]> {
    return this.#lines.readHolds(key, limit);
  }

  async readWaits(key: SemaphoreKey, limit: number): Promise<readonly Wait[]> {
    return this.#lines.readWaits(key, limit);
  }

  async countBefore(key: SemaphoreKey, place: Place, limit: number): Promise<number> {
    return this.#lines.countBefore(key, place, limit);
  }

  async listSemaphores(
    scope: string,
    kind: SemaphoreKey['kind'],
    page: { readonly after?: string; readonly limit: number },
  ): Promise<SemaphorePage> {
    return this.#lines.listSemaphores(scope, kind, page);
  }

  async listDueSemaphores(shard: number, now: Instant, limit: number): Promise<readonly SemaphoreKey[]> {
    return this.#lines.listDueSemaphores(shard, now, limit);
  }

  async readQueue(project: string, name: string): Promise<Queue | null> {
    return this.#lines.readQueue(project, name);
  }

  async listQueues(project: string): Promise<readonly Queue[]> {
    return this.#lines.listQueues(project);
  }

  async listDependents(id: JobId, limit: number): Promise<readonly JobId[]> {
    return [...(this.#dependents.get(id) ?? [])].sort().slice(0, Math.max(0, limit));
  }

  async removeDependent(id: JobId, dependent: JobId, attempt: number): Promise<boolean> {
    if ((await this.readJob(id))?.attempt !== attempt) return false;
    this.#dependents.get(id)?.delete(dependent);
    return true;
  }

  async readGroup(ref: GroupRef): Promise<Group | null> {
    return this.#children.readGroup(ref);
  }

  async listGroups(id: JobId, of?: Pick<GroupRef, 'attempt' | 'op'>): Promise<readonly Group[]> {
    return this.#children.listGroups(id, of);
  }

  async readChildren(ref: GroupRef, from: number, to: number): Promise<readonly ChildLink[]> {
    return this.#children.readChildren(ref, from, to);
  }

  async countChild(ref: GroupRef, child: number, outcome: ChildOutcome): Promise<Group | null> {
    return this.#children.countChild(ref, child, outcome);
  }

  async passChild(link: ChildLink, outcome: ChildOutcome): Promise<'noted' | 'closed'> {
    return this.#children.passChild(link, outcome);
  }

  async listSession(
    sessionId: string,
    { after, limit }: { readonly after?: JobId | undefined; readonly limit: number },
  ): Promise<readonly SessionJob[]> {
    return [...(this.#sessions.get(sessionId)?.values() ?? [])]
      .filter(({ jobId }) => after === undefined || jobId > after)
      .sort((one, other) => (one.jobId < other.jobId ? -1 : 1))
      .slice(0, Math.max(0, limit));
  }

  async readBulk(id: JobId, attempt: number, op: number): Promise<BulkProgress | null> {
    return this.#bulk.get(id)?.get(`${attempt}/${op}`) ?? null;
  }

  async saveBulk(progress: BulkProgress): Promise<boolean> {
    const { jobId, attempt, op, version } = progress;
    const known = this.#bulk.get(jobId) ?? new Map<string, BulkProgress>();
    if ((known.get(`${attempt}/${op}`)?.version ?? 0) !== version - 1) return false;
    known.set(`${attempt}/${op}`, deepFrozen(bulkProgressSchema.parse(progress)));
    this.#bulk.set(jobId, known);
    return true;
  }

  async countWaiting(project: string, upTo: number): Promise<number> {
    const waiting = this.heads().filter(
      (job) => job.project === project && classOf(job.status) === 'waiting' && !isDeleted(job),
    );
    return Math.min(waiting.filter(({ parent }) => parent === undefined).length, upTo);
  }

  async countSubmission(project: string, minute: Instant, limit: number): Promise<boolean> {
    const { pk, sk } = submissionsKey(project, minute);
    const submitted = this.#submissions.get(`${pk} ${sk}`) ?? 0;
    if (submitted >= limit) return false;
    this.#submissions.set(`${pk} ${sk}`, submitted + 1);
    return true;
  }

  #ops(id: JobId): Op[] {
    return [...(this.#jobs.get(id)?.ops.values() ?? [])].sort(
      (one, other) => one.attempt - other.attempt || one.index - other.index,
    );
  }

  /** In the order of precedence that the DynamoDB store has. */
  #conflictWith(change: Change): Conflict | null {
    const { before, job, entries, ops, idempotency } = change;
    const record = idempotency && this.#records.get(recordKey(idempotency));
    if (record !== undefined && record.expiresAt > job.receivedAt) return { kind: 'idempotencyKey', record };
    const stored = this.#jobs.get(job.id);
    const current = stored?.head ?? null;
    if ((current?.version ?? null) !== before) return { kind: 'version', current };
    if (entries.some(({ serial }) => stored?.entries.has(serial))) return { kind: 'version', current };
    const ref = this.#children.conflictWith(change);
    if (ref !== null) return { kind: 'group', ref };
    for (const { before: version, op } of ops) {
      const storedOp = stored?.ops.get(opName(op)) ?? null;
      if ((storedOp?.version ?? null) !== version) return { kind: 'op', current: storedOp };
    }
    return this.#conflictBeside(change);
  }

  #conflictWithQueue({ queue: write }: LineChange): Conflict | null {
    if (write === undefined) return null;
    const current = this.#lines.readQueue(write.queue.project, write.queue.name);
    return (current?.version ?? null) === write.before ? null : { kind: 'queue', current };
  }

  /** What changes beside a job or a queue. */
  #conflictBeside({ semaphores, touched }: Beside): Conflict | null {
    const key = this.#lines.conflictWith(semaphores);
    if (key !== null) return { kind: 'semaphore', key };
    const stale = touched.find(({ before, job }) => this.#jobs.get(job.id)?.head.version !== before);
    return stale === undefined ? null : { kind: 'touched', jobId: stale.job.id };
  }

  /** Parses everything before it writes anything. */
  #write(change: Change): void {
    const parses = this.#checksShapes;
    const head = deepFrozen(parses ? jobSchema.parse(change.job) : change.job);
    const entries = change.entries.map((entry) =>
      deepFrozen(parses ? journalEntrySchema.parse(entry) : entry),
    );
    const ops = change.ops.map(({ op }) => deepFrozen(parses ? opSchema.parse(op) : op));
    const spec = deepFrozen(storedSpec(change, parses));
    const family = parses ? parsedFamily(change) : change;
    const beside = parses ? parsedBeside(change) : change;
    const stored = this.#jobs.get(head.id) ?? {
      head,
      spec,
      ops: new Map(),
      entries: new Map(),
    };
    stored.head = head;
    for (const entry of entries) stored.entries.set(entry.serial, entry);
    for (const op of ops) stored.ops.set(opName(op), op);
    this.#jobs.set(head.id, stored);
    this.#children.write(family);
    if (change.idempotency !== undefined) {
      this.#records.set(recordKey(change.idempotency), deepFrozen({ ...change.idempotency }));
    }
    this.#writeBeside(beside);
    for (const id of change.dependsOn) {
      this.#dependents.set(id, (this.#dependents.get(id) ?? new Set()).add(head.id));
    }
    if (change.session !== undefined) this.#writeSession(head, change.session);
  }

  #writeSession({ id: jobId, project, owner }: Job, session: NonNullable<Change['session']>): void {
    const jobs = this.#sessions.get(session.id) ?? new Map<JobId, SessionJob>();
    if (session.isLive) jobs.set(jobId, { jobId, project, owner });
    else jobs.delete(jobId);
    this.#sessions.set(session.id, jobs);
  }

  #writeBeside({ semaphores, touched }: Beside): void {
    this.#lines.write(semaphores);
    for (const { job } of touched) {
      const stored = this.#jobs.get(job.id);
      if (stored !== undefined) stored.head = job;
    }
  }
}

/** What changes with a job, or by itself. */
interface Beside {
  readonly semaphores: readonly SemaphoreChange[];
  readonly touched: readonly Touch[];
}

function storedSpec({ spec, childItem }: Change, parses: boolean): StoredSpec | null {
  if (childItem !== undefined) return { childItem };
  return spec === undefined ? null : { spec: parses ? jobSpecSchema.parse(spec) : spec };
}

function parsedBeside({ semaphores, touched }: Beside): Beside {
  return {
    semaphores: parsedSemaphores(semaphores),
    touched: touched.map((touch) => ({ ...touch, job: deepFrozen(jobSchema.parse(touch.job)) })),
  };
}

/** The order among what is due; of one moment, by id. */
function isLater(one: DuePlace, other: DuePlace): boolean {
  return one.at > other.at || (one.at === other.at && one.id > other.id);
}

function opName({ attempt, index }: Op): string {
  return `${attempt}/${index}`;
}

function recordKey({ project, owner, key }: Pick<IdempotencyRecord, 'project' | 'owner' | 'key'>): string {
  return JSON.stringify([project, owner, key]);
}
