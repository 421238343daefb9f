import type { JobSpec } from '../../core/contract/job-spec.ts';
import { type AdvanceFacts, advanceJob } from '../../core/job/advance-job.ts';
import type { Change, LineChange } from '../../core/job/change.ts';
import { dueOf } from '../../core/job/due.ts';
import { touchedBy } from '../../core/job/grant.ts';
import type { JobId } from '../../core/job/identifiers.ts';
import type { Instant } from '../../core/job/instant.ts';
import { isRegaining, type Job, jobSchema } from '../../core/job/job.ts';
import { type JournalEntry, journalEntrySchema } from '../../core/job/journal-entry.ts';
import type { LineFacts } from '../../core/job/line-facts.ts';
import { needsOf } from '../../core/job/needs.ts';
import { windUp } from '../../core/job/wind-up.ts';
import { grantNext } from '../../core/queue/grant-next.ts';
import { type Queue, type QueueLimits, queueSchema } from '../../core/queue/queue.ts';
import { setQueue } from '../../core/queue/set-queue.ts';
import { setResource } from '../../core/queue/set-resource.ts';
import { acquire, release, type SemaphoreChange } from '../../core/semaphore/line.ts';
import {
  type Hold,
  holdSchema,
  LOCK_UNITS,
  newSemaphore,
  type Semaphore,
  type SemaphoreKey,
  semaphoreSchema,
  textOfKey,
  UNLIMITED,
  type Wait,
  waitSchema,
} from '../../core/semaphore/semaphore.ts';
import { deepFrozen } from './deep-frozen.ts';
import { LIVENESS } from './liveness.ts';

/** One semaphore with everything that is stored of it. */
interface StoredLine {
  semaphore: Semaphore;
  readonly holds: Map<JobId, Hold>;
  readonly waits: Map<JobId, Wait>;
}

/** Commits that may follow from one another before something is going round in circles. */
const MAX_FOLLOWERS = 10_000;

/**
 * Heads, queues and semaphores in memory, for decisions that concern more than one job. Each commit is
 * checked as a store would, and so is what must hold of every semaphore after it.
 */
export class LineWorld {
  readonly #heads = new Map<JobId, Job>();
  readonly #journals = new Map<JobId, readonly JournalEntry[]>();
  readonly #specs = new Map<JobId, JobSpec>();
  readonly #lines = new Map<string, StoredLine>();
  readonly #queues = new Map<string, Queue>();
  readonly #dependents = new Map<JobId, Set<JobId>>();

  head(id: JobId): Job {
    const job = this.#heads.get(id);
    if (job === undefined) throw new Error(`job ${id} is not stored`);
    return job;
  }

  heads(): readonly Job[] {
    return [...this.#heads.values()];
  }

  journal(id: JobId): readonly JournalEntry[] {
    return this.#journals.get(id) ?? [];
  }

  /** Puts a head there as it is, for tests that begin in the middle of a job's life. */
  put(job: Job, spec: JobSpec): void {
    this.#heads.set(job.id, deepFrozen(jobSchema.parse(job)));
    this.#specs.set(job.id, spec);
  }

  /** The job is gone, as after a delete. */
  forget(id: JobId): void {
    this.#heads.delete(id);
  }

  semaphore(key: SemaphoreKey): Semaphore {
    return this.#lines.get(textOfKey(key))?.semaphore ?? unused(key);
  }

  holders(key: SemaphoreKey): readonly JobId[] {
    return [...(this.#lines.get(textOfKey(key))?.holds.keys() ?? [])];
  }

  /** Every semaphore that was ever used. */
  semaphores(): readonly Semaphore[] {
    return [...this.#lines.values()].map(({ semaphore }) => semaphore);
  }

  /** Who stands in line, by rank. */
  waiters(key: SemaphoreKey): readonly JobId[] {
    return this.#waits(key).map(({ jobId }) => jobId);
  }

  /** What a decision about a job of this specification is told. */
  facts(spec: JobSpec, now: Instant, rollback: Job['rollback'] = 'none'): AdvanceFacts {
    const needs = needsOf(spec);
    return {
      now,
      liveness: LIVENESS,
      spec,
      needs,
      rollback,
      queue: this.#queues.get(queueName(spec.project, spec.queue)) ?? null,
      lines: new Map(needs.map(({ index, key }) => [index, this.line(key)])),
      dependencies: new Map(spec.dependsOn.map(({ job }) => [job, this.#heads.get(job) ?? null])),
    };
  }

  line(key: SemaphoreKey): LineFacts {
    const first = this.#waits(key).slice(0, 2);
    const heads = first.flatMap(({ jobId }): [JobId, Job][] => {
      const head = this.#heads.get(jobId);
      return head === undefined ? [] : [[jobId, head]];
    });
    return { semaphore: this.semaphore(key), first, heads: new Map(heads) };
  }

  setQueue(limits: Partial<QueueLimits>, now: Instant, name = 'default', project = 'web'): void {
    const keyOf = (kind: 'admission' | 'slot') => ({ scope: project, kind, name });
    const { change } = setQueue(
      { project, name },
      { paused: false, draining: false, ...limits },
      {
        now,
        queue: this.#queues.get(queueName(project, name)) ?? null,
        admission: this.line(keyOf('admission')),
        slot: this.line(keyOf('slot')),
      },
    );
    this.commit(change);
  }

  setResource(name: string, capacity: number, now: Instant, scope = 'web'): void {
    const line = this.line({ scope, kind: 'resource', name });
    this.commit(setResource(line, { capacity, paused: false }, now));
  }

  /** Units that some job takes, or lines up for, of which a test wants nothing else. */
  occupy(key: SemaphoreKey, units: number, by: JobId, now: Instant): void {
    const { semaphore, first } = this.line(key);
    const ask = { jobId: by, project: 'web', owner: 'grace', units, priority: 0 };
    const { change } = acquire({ semaphore, own: null, front: first[0] ?? null }, ask, now);
    this.commit({ transition: 'grant next', semaphores: change === null ? [] : [change], touched: [] });
  }

  /** Gives back what {@link occupy} took; whoever is first is granted what fits. */
  vacate(key: SemaphoreKey, by: JobId, now: Instant): void {
    const line = this.line(key);
    const own = this.#lines.get(textOfKey(key))?.holds.get(by);
    must(own !== undefined, 'only what is held is given back');
    const released =
      own === undefined
        ? null
        : release({ semaphore: line.semaphore, own, front: line.first[0] ?? null }, own, now);
    if (released === null) throw new Error('nothing was released');
    const touched = touchedBy(released, line, now);
    this.commit({ transition: 'grant next', semaphores: [released.change], touched });
  }

  commit(change: Change | LineChange | null): void {
    if (change === null) return;
    for (const part of change.semaphores) this.#commitLine(part);
    for (const { before, job } of change.touched) this.#commitHead(before, job);
    if ('job' in change) {
      this.#commitEntries(change);
      this.#commitHead(change.before, change.job);
      if (change.spec !== undefined) this.#specs.set(change.job.id, change.spec);
      for (const id of change.dependsOn) {
        must(
          change.touched.some(({ job }) => job.id === id),
          'who is depended on changes too',
        );
        this.#dependents.set(id, new Set([...(this.#dependents.get(id) ?? []), change.job.id]));
      }
    } else if (change.queue !== undefined) {
      const { project, name } = change.queue.queue;
      const stored = this.#queues.get(queueName(project, name));
      must((stored?.version ?? null) === change.queue.before, 'a queue is guarded by its version');
      this.#queues.set(queueName(project, name), deepFrozen(queueSchema.parse(change.queue.queue)));
    }
  }

  /** Does what jobs and lines owe each other, until nothing of that is owed. */
  settle(now: Instant): void {
    for (let followers = 0; followers < MAX_FOLLOWERS; followers += 1) {
      if (!this.settleOne(now)) return;
    }
    throw new Error('the world does not come to rest');
  }

  /** Does one of the things that are owed. False: none is. */
  settleOne(now: Instant): boolean {
    const next = this.#next(now);
    this.commit(next);
    return next !== null;
  }

  #next(now: Instant): Change | LineChange | null {
    for (const job of this.#heads.values()) {
      const spec = this.#specs.get(job.id);
      if (spec === undefined) continue;
      const facts = this.facts(spec, now, job.rollback);
      const owes = (kind: string) => job.owed.some((effect) => effect.kind === kind);
      if (owes('release')) return windUp(job, facts);
      // Whoever gave back its slot regains it with its children, which this world does not have.
      if (owes('advance') && !isRegaining(job)) {
        const advanced = advanceJob(job, facts);
        must(advanced !== null, 'an advance that is owed clears what is owed');
        return advanced;
      }
      if (owes('tell')) return this.#told(job, now);
    }
    for (const { semaphore } of this.#lines.values()) {
      if (semaphore.dueAt !== undefined) return grantNext(this.line(keyOf(semaphore)), now);
    }
    return null;
  }

  #told(job: Job, now: Instant): Change | LineChange | null {
    const [dependent] = this.#dependents.get(job.id) ?? [];
    if (dependent === undefined) {
      const { hasDependents: _told, ...rest } = job;
      this.#heads.set(job.id, { ...rest, owed: job.owed.filter(({ kind }) => kind !== 'tell') });
      return this.#next(now);
    }
    this.#dependents.get(job.id)?.delete(dependent);
    const spec = this.#specs.get(dependent);
    const advanced =
      spec === undefined ? null : advanceJob(this.head(dependent), this.facts(spec, now, 'none'));
    return advanced ?? this.#next(now);
  }

  #waits(key: SemaphoreKey): readonly Wait[] {
    const waits = [...(this.#lines.get(textOfKey(key))?.waits.values() ?? [])];
    return waits.sort((one, other) => one.rank - other.rank || (one.jobId < other.jobId ? -1 : 1));
  }

  #commitHead(before: number | null, job: Job): void {
    must(before === (this.#heads.get(job.id)?.version ?? null), 'guarded by the version that was read');
    must(job.version === (before ?? 0) + 1, 'versions count up');
    const stored = deepFrozen(jobSchema.parse(job));
    const due = dueOf(stored);
    must((due === undefined) === (job.dueEntry === undefined), 'due is who owes or is owed, and nobody else');
    must((job.dueEntry?.at ?? 0) <= (due?.at ?? 0), 'the due entry is never later than the real due time');
    this.#heads.set(job.id, stored);
  }

  #commitEntries({ job, entries }: Change): void {
    const last = this.#heads.get(job.id)?.logSerial ?? 0;
    const journal = [...this.journal(job.id)];
    for (const [position, entry] of entries.entries()) {
      must(entry.serial === last + 1 + position, 'serials have no gaps');
      journal.push(deepFrozen(journalEntrySchema.parse(entry)));
    }
    must(job.logSerial === last + entries.length, 'the head knows its last serial');
    this.#journals.set(job.id, journal);
  }

  #commitLine(change: SemaphoreChange): void {
    const key = keyOf(change.semaphore);
    const line = this.#lines.get(textOfKey(key)) ?? {
      semaphore: unused(key),
      holds: new Map<JobId, Hold>(),
      waits: new Map<JobId, Wait>(),
    };
    must(change.before === line.semaphore.ver, 'a semaphore is guarded by its version');
    must(change.semaphore.ver === change.before + 1, 'versions of semaphores count up');
    for (const { jobId, rank } of change.deleteWaits) {
      must(line.waits.get(jobId)?.rank === rank, 'only who stands in line leaves it');
      line.waits.delete(jobId);
    }
    for (const { jobId, fence } of change.deleteHolds) {
      must(line.holds.get(jobId)?.fence === fence, 'a hold is given back under its own fence');
      line.holds.delete(jobId);
    }
    for (const hold of change.putHolds) {
      must(hold.fence > line.semaphore.fence, 'fences grow');
      line.holds.set(hold.jobId, deepFrozen(holdSchema.parse(hold)));
    }
    for (const wait of change.putWaits) line.waits.set(wait.jobId, deepFrozen(waitSchema.parse(wait)));
    line.semaphore = deepFrozen(semaphoreSchema.parse(change.semaphore));
    this.#lines.set(textOfKey(key), line);
    const { held, waiting, capacity } = line.semaphore;
    const units = [...line.holds.values()].reduce((sum, hold) => sum + hold.units, 0);
    must(held === units, 'the head counts the units that are held');
    must(waiting === line.waits.size, 'the head counts those in line');
    must(change.putHolds.length === 0 || held <= capacity, 'nothing is granted beyond the capacity');
    must(![...line.holds.keys()].some((id) => line.waits.has(id)), 'nobody holds what they wait for');
  }
}

/** What nobody has used: a resource that nobody has defined has no units. */
function unused(key: SemaphoreKey): Semaphore {
  const capacity = { lock: LOCK_UNITS, resource: 0, admission: UNLIMITED, slot: UNLIMITED, group: UNLIMITED };
  return newSemaphore(key, capacity[key.kind]);
}

function keyOf({ scope, kind, name }: SemaphoreKey): SemaphoreKey {
  return { scope, kind, name };
}

function queueName(project: string, name: string): string {
  return JSON.stringify([project, name]);
}

/** What holds of every change: said by the name it is broken by. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`);
}
