import type { Instant } from '../../../core/job/instant.ts';
import type { Random } from './random.ts';

/** Something that will happen, unless it is taken back. */
export interface Scheduled {
  cancel(): void;
}

interface Step {
  readonly at: Instant;
  readonly run: () => void | Promise<void>;
}

/**
 * The virtual clock, and the only one who decides what happens next: of all steps whose time has
 * come, one by the dice; and time advances only when there is none.
 */
export class Scheduler {
  #now: Instant;
  readonly #random: Random;
  readonly #steps = new Set<Step>();
  #taken = 0;

  constructor(start: Instant, random: Random) {
    this.#now = start;
    this.#random = random;
  }

  now(): Instant {
    return this.#now;
  }

  /** Steps taken so far. */
  taken(): number {
    return this.#taken;
  }

  at(at: Instant, run: Step['run']): Scheduled {
    const step = { at: Math.max(at, this.#now), run };
    this.#steps.add(step);
    return { cancel: () => this.#steps.delete(step) };
  }

  after(milliseconds: number, run: Step['run']): Scheduled {
    return this.at(this.#now + Math.round(milliseconds), run);
  }

  /** Takes one step and everything that follows from it without waiting; false if there is none left. */
  async step(): Promise<boolean> {
    const runnable = this.#runnable();
    const step = runnable[Math.floor(this.#random.next() * runnable.length)];
    if (step === undefined) return false;
    this.#now = Math.max(step.at, this.#now);
    this.#steps.delete(step);
    this.#taken += 1;
    await step.run();
    await quiescence();
    return true;
  }

  #runnable(): readonly Step[] {
    let earliest = Number.POSITIVE_INFINITY;
    const due: Step[] = [];
    for (const step of this.#steps) {
      if (step.at <= this.#now) due.push(step);
      else if (step.at < earliest) earliest = step.at;
    }
    if (due.length > 0) return due;
    for (const step of this.#steps) if (step.at === earliest) due.push(step);
    return due;
  }
}

/**
 * Resolves when every promise that can go on has: all promises of a simulation wait for a step or
 * for each other, and those run out before the next turn of the event loop.
 */
function quiescence(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
