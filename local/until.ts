import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/**
 * Looks again and again until there is something else than `undefined` or `false`, and answers it.
 * Past the time limit it fails, naming what was waited for.
 */
export async function until<T>(
  what: string,
  timeLimitMs: number,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = Date.now() + timeLimitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= deadline) throw new Error(`after ${timeLimitMs / 1000} s still not so: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
