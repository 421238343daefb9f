import { setTimeout as delay } from 'node:timers/promises';

/** Often at first, and then less: many who wait side by side keep two cores busy with looking. */
const LOOK_AGAIN_MS = { first: 50, most: 400, growth: 1.2 };

/** Looks until there is something to return; says what it waited for when there never is. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | null>,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let pause = LOOK_AGAIN_MS.first;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await delay(pause);
    pause = Math.min(LOOK_AGAIN_MS.most, pause * LOOK_AGAIN_MS.growth);
  }
}
