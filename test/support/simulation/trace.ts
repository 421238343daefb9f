import type { Instant } from '../../../core/job/instant.ts';

/**
 * What happened in a history, line by line. Most histories go well and nobody reads them, so lines
 * are only worded when they are kept: a history that breaks an invariant is run again to tell it.
 */
export class Trace {
  readonly #lines: string[] = [];
  readonly #keeps: boolean;
  readonly #now: () => Instant;
  readonly #start: Instant;

  constructor(keeps: boolean, now: () => Instant) {
    this.#keeps = keeps;
    this.#now = now;
    this.#start = now();
  }

  add(who: string, words: () => string): void {
    if (!this.#keeps) return;
    const seconds = ((this.#now() - this.#start) / 1000).toFixed(3);
    this.#lines.push(`${seconds.padStart(12)}  ${who.padEnd(34)} ${words()}`);
  }

  lines(): readonly string[] {
    return this.#lines;
  }
}
