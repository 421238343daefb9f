import type { JobId } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { Scheduled } from './scheduler.ts';
import type { World } from './world.ts';

/** A one-time schedule fires within its minute, mostly at once. */
const PRECISION_MS = 60_000;
const PROMPT_MS = 1_500;
const LATE_MS = 600_000;

/**
 * EventBridge Scheduler with one-time schedules that are gone once they have fired. Each fires on
 * time, late, twice, a little early by the clock of who made it, or never.
 */
export class Schedules {
  readonly #world: World;
  readonly #waiting = new Map<string, Scheduled>();
  readonly #made = new Set<string>();
  readonly #removedAt = new Map<string, Instant>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A schedule of this name that there is already is the same schedule. */
  create(jobId: JobId, at: Instant): void {
    const name = nameOf(jobId, at);
    this.#made.add(name);
    if (this.#waiting.has(name)) return;
    const { scheduler, random, faults, coverage } = this.#world;
    const early = faults.rates.skewMs === 0 ? 0 : random.int(0, faults.rates.skewMs);
    const late = this.#lateness();
    const scheduled = scheduler.at(at + late - early, () => {
      this.#waiting.delete(name);
      if (faults.happens('loseEvent')) {
        coverage.saw('schedule lost');
        return;
      }
      coverage.saw('schedule fired');
      this.#fire(jobId);
      if (!faults.happens('duplicate')) return;
      coverage.saw('schedule fired twice');
      scheduler.after(random.int(0, LATE_MS), () => this.#fire(jobId));
    });
    this.#waiting.set(name, scheduled);
  }

  remove(jobId: JobId, at: Instant): void {
    const name = nameOf(jobId, at);
    this.#removedAt.set(name, this.#world.scheduler.now());
    this.#waiting.get(name)?.cancel();
    this.#waiting.delete(name);
  }

  has(jobId: JobId, at: Instant): boolean {
    return this.#waiting.has(nameOf(jobId, at));
  }

  /** Whether there ever was one. */
  wasMade(jobId: JobId, at: Instant): boolean {
    return this.#made.has(nameOf(jobId, at));
  }

  /** Whether it was removed since; one that was still being made then comes after that, and does no harm. */
  wasRemoved(jobId: JobId, at: Instant, since: Instant): boolean {
    return (this.#removedAt.get(nameOf(jobId, at)) ?? Number.NEGATIVE_INFINITY) >= since;
  }

  waiting(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  #lateness(): number {
    const { random, faults } = this.#world;
    if (faults.happens('late')) return random.int(0, LATE_MS);
    return random.int(0, random.chance(0.1) ? PRECISION_MS : PROMPT_MS);
  }

  #fire(jobId: JobId): void {
    const { controlPlane } = this.#world;
    const look = this.#world.invokeAsync(`on-due ${jobId.slice(-4)}`, async (deps) => {
      await controlPlane.lookAtJob(deps, jobId);
    });
    this.#world.background(look);
  }
}

function nameOf(jobId: JobId, at: Instant): string {
  return `${jobId}@${at}`;
}
