import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import type { World } from './world.ts';

/** Records that one invocation of the publisher takes, and how long it waits after a failure. */
const BATCH = 10;
const RETRY_MS = 2_000;
const PUBLISHER_LIMIT_MS = 30_000;

/**
 * The table's stream and the function that publishes the journal from it: in order, at least once, a
 * batch again until the bus has taken it all.
 */
export class JournalStream {
  readonly #world: World;
  readonly #waiting: JournalEntry[] = [];
  readonly #published = new Set<string>();
  #publishes = false;

  constructor(world: World) {
    this.#world = world;
  }

  append(entries: readonly JournalEntry[]): void {
    this.#waiting.push(...entries);
    if (!this.#publishes && this.#waiting.length > 0) this.#world.background(this.#publishAll());
  }

  wasPublished(entry: JournalEntry): boolean {
    return this.#published.has(nameOf(entry));
  }

  publishedCount(): number {
    return this.#published.size;
  }

  async #publishAll(): Promise<void> {
    this.#publishes = true;
    const world = this.#world;
    while (this.#waiting.length > 0) {
      await world.delay(world.random.int(5, 1_000));
      const batch = this.#waiting.slice(0, BATCH);
      const ended = await world.spawn('publish-journal', { limitMs: PUBLISHER_LIMIT_MS }, (_deps, process) =>
        process.call('bus', `publish ${batch.length} entries`, async () => this.#publish(batch)),
      );
      const failed = ended.kind === 'returned' ? ended.value : batch;
      this.#waiting.splice(0, batch.length, ...failed);
      if (failed.length > 0) await world.delay(RETRY_MS);
    }
    this.#publishes = false;
  }

  /** The bus takes an entry, or says that it did not. */
  #publish(batch: readonly JournalEntry[]): readonly JournalEntry[] {
    const failed = batch.filter(() => this.#world.faults.happens('refuse'));
    for (const entry of batch) {
      if (failed.includes(entry)) continue;
      this.#published.add(nameOf(entry));
      this.#world.delivered(entry);
    }
    return failed;
  }
}

function nameOf({ jobId, serial }: JournalEntry): string {
  return `${jobId}#${serial}`;
}
