import type { Scheduled } from './scheduler.ts';
import type { World } from './world.ts';

const INTERVAL_MS = 60_000;
const SWEEP_LIMIT_MS = 55_000;

/** One sweep in so many goes well, whatever the faults but outages: without a bound nothing could be held to one. */
const CLEAN_SWEEP = 4;

/**
 * The schedule that runs the sweeper each minute. Sweeps that would find nothing are left out, so
 * that a history may last a year; and a history is over before its jobs leave.
 */
export class Sweeper {
  readonly #world: World;
  #next: Scheduled | undefined;
  #sweeps = 0;
  #sinceClean = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** To be called when what is due may have changed. */
  arrange(): void {
    this.#next?.cancel();
    this.#next = undefined;
    const { ledger } = this.#world;
    const due = [
      ...ledger
        .present()
        .flatMap(({ head: { dueEntry } }) =>
          dueEntry === undefined || dueEntry.lane === 'retention' ? [] : [dueEntry.at],
        ),
      ...ledger.lines.all().flatMap(([, { head }]) => head.dueAt ?? []),
    ];
    if (due.length === 0) return;
    const { scheduler } = this.#world;
    const at = Math.max(scheduler.now() + 1, Math.min(...due));
    this.#next = scheduler.at(Math.ceil(at / INTERVAL_MS) * INTERVAL_MS, () => {
      this.run();
      this.arrange();
    });
  }

  run(): void {
    const { controlPlane, faults, scheduler } = this.#world;
    this.#sweeps += 1;
    this.#sinceClean += 1;
    const faultless = this.#sinceClean >= CLEAN_SWEEP && !faults.isAnyOut(scheduler.now());
    if (faultless) this.#sinceClean = 0;
    const options = { limitMs: SWEEP_LIMIT_MS, faultless };
    const sweep = this.#world.spawn(`sweep ${this.#sweeps}`, options, (deps) => controlPlane.sweep(deps));
    this.#world.background(sweep);
  }
}
