import type { LineChange } from '../../core/job/change.ts';
import type { JobId } from '../../core/job/identifiers.ts';
import type { Instant } from '../../core/job/instant.ts';
import type { SemaphorePage, StoredLine } from '../../core/ports/line-store.ts';
import { type Queue, queueSchema } from '../../core/queue/queue.ts';
import type { Place, SemaphoreChange } from '../../core/semaphore/line.ts';
import {
  type Hold,
  holdSchema,
  type Semaphore,
  type SemaphoreKey,
  semaphoreSchema,
  textOfKey,
  type Wait,
  waitSchema,
} from '../../core/semaphore/semaphore.ts';
import { kindPlace, semaphoreShard, waitKey } from '../../functions/adapters/dynamodb/keys.ts';
import { deepFrozen } from './deep-frozen.ts';

const FIRST_IN_LINE = 2;

/** A semaphore, its holds by job, and its line by the text by which places sort. */
interface Stored {
  head: Semaphore;
  readonly holds: Map<JobId, Hold>;
  readonly waits: Map<string, Wait>;
}

/** Semaphores and queues in memory: the part of {@link InMemoryJobStore} that is not about jobs. */
export class InMemoryLines {
  readonly #semaphores = new Map<string, Stored>();
  readonly #queues = new Map<string, Queue>();

  readLines(keys: readonly SemaphoreKey[]): readonly StoredLine[] {
    return keys.map((key) => ({
      semaphore: this.#stored(key)?.head ?? null,
      first: this.readWaits(key, FIRST_IN_LINE),
    }));
  }

  readHolds(key: SemaphoreKey, limit: number): readonly Hold[] {
    const holds = [...(this.#stored(key)?.holds.values() ?? [])];
    return holds.sort((one, other) => (one.jobId < other.jobId ? -1 : 1)).slice(0, Math.max(0, limit));
  }

  readWaits(key: SemaphoreKey, limit: number): readonly Wait[] {
    return this.#line(key)
      .slice(0, Math.max(0, limit))
      .map(([, wait]) => wait);
  }

  countBefore(key: SemaphoreKey, place: Place, limit: number): number {
    const { sk } = waitKey(key, place);
    const before = this.#line(key).filter(([name]) => name < sk);
    return Math.min(before.length, Math.max(0, limit));
  }

  listSemaphores(
    scope: string,
    kind: SemaphoreKey['kind'],
    page: { readonly after?: string; readonly limit: number },
  ): SemaphorePage {
    const after = page.after === undefined ? undefined : kindPlace(page.after);
    const found = this.#heads()
      .filter((head) => head.scope === scope && head.kind === kind && head.kind !== 'group')
      .filter(({ name }) => after === undefined || kindPlace(name) > after)
      .sort((one, other) => (kindPlace(one.name) < kindPlace(other.name) ? -1 : 1));
    const semaphores = found.slice(0, page.limit);
    const last = semaphores.at(-1);
    if (last === undefined || found.length <= page.limit) return { semaphores };
    return { semaphores, next: last.name };
  }

  listDueSemaphores(shard: number, now: Instant, limit: number): readonly SemaphoreKey[] {
    return this.#heads()
      .flatMap(({ dueAt, scope, kind, name }) =>
        dueAt === undefined || dueAt > now ? [] : [{ dueAt, key: { scope, kind, name } }],
      )
      .filter(({ key }) => semaphoreShard(key) === shard)
      .sort((one, other) => one.dueAt - other.dueAt)
      .slice(0, Math.max(0, limit))
      .map(({ key }) => key);
  }

  readQueue(project: string, name: string): Queue | null {
    return this.#queues.get(queueName({ project, name })) ?? null;
  }

  listQueues(project: string): readonly Queue[] {
    const queues = [...this.#queues.values()].filter((queue) => queue.project === project);
    return queues.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** The first semaphore that is not as it was decided on, by itself, a hold or a place in its line. */
  conflictWith(changes: readonly SemaphoreChange[]): SemaphoreKey | null {
    const conflicting = changes.find((change) => !this.#isAsDecided(change));
    if (conflicting === undefined) return null;
    const { scope, kind, name } = conflicting.semaphore;
    return { scope, kind, name };
  }

  write(changes: readonly SemaphoreChange[]): void {
    for (const { semaphore, putHolds, deleteHolds, putWaits, deleteWaits } of changes) {
      const stored = this.#stored(semaphore) ?? { head: semaphore, holds: new Map(), waits: new Map() };
      stored.head = semaphore;
      for (const { jobId } of deleteHolds) stored.holds.delete(jobId);
      for (const place of deleteWaits) stored.waits.delete(waitKey(semaphore, place).sk);
      for (const hold of putHolds) stored.holds.set(hold.jobId, hold);
      for (const wait of putWaits) stored.waits.set(waitKey(semaphore, wait).sk, wait);
      this.#semaphores.set(textOfKey(semaphore), stored);
    }
  }

  /** With its holds and its line. */
  remove(key: SemaphoreKey): void {
    this.#semaphores.delete(textOfKey(key));
  }

  writeQueue({ queue }: NonNullable<LineChange['queue']>): void {
    this.#queues.set(queueName(queue), queue);
  }

  #isAsDecided({
    before,
    semaphore,
    putHolds,
    deleteHolds,
    putWaits,
    deleteWaits,
  }: SemaphoreChange): boolean {
    const stored = this.#stored(semaphore);
    const stands = (place: Place) => stored?.waits.has(waitKey(semaphore, place).sk) === true;
    return (
      (stored?.head.ver ?? 0) === before &&
      putHolds.every(({ jobId }) => stored?.holds.has(jobId) !== true) &&
      deleteHolds.every(({ jobId, fence }) => stored?.holds.get(jobId)?.fence === fence) &&
      !putWaits.some(stands) &&
      deleteWaits.every(stands)
    );
  }

  #line(key: SemaphoreKey): [string, Wait][] {
    return [...(this.#stored(key)?.waits ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  #heads(): readonly Semaphore[] {
    return [...this.#semaphores.values()].map(({ head }) => head);
  }

  #stored(key: SemaphoreKey): Stored | undefined {
    return this.#semaphores.get(textOfKey(key));
  }
}

/** The changes as they are stored: through their schemas, and frozen. */
export function parsedSemaphores(changes: readonly SemaphoreChange[]): readonly SemaphoreChange[] {
  return changes.map((change) => ({
    ...change,
    semaphore: deepFrozen(semaphoreSchema.parse(change.semaphore)),
    putHolds: change.putHolds.map((hold) => deepFrozen(holdSchema.parse(hold))),
    putWaits: change.putWaits.map((wait) => deepFrozen(waitSchema.parse(wait))),
  }));
}

/** The queue as it is stored. */
export function parsedQueue(write: NonNullable<LineChange['queue']>): NonNullable<LineChange['queue']> {
  return { ...write, queue: deepFrozen(queueSchema.parse(write.queue)) };
}

function queueName({ project, name }: Pick<Queue, 'project' | 'name'>): string {
  return JSON.stringify([project, name]);
}
