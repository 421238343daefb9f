import { setTimeout as delay } from 'node:timers/promises';
import type { StackFile } from '../../../local/stack-file.ts';
import { signalAll, workersOf } from './function-workers.ts';

const BETWEEN_KILLS_MS = 700;

/**
 * Kills a process of one of these functions now and then, until it is told to stop.
 *
 * @returns how many processes were killed
 */
export async function killAtRandom(
  stack: StackFile,
  entries: readonly string[],
  until: Promise<unknown>,
): Promise<number> {
  let isOver = false;
  const over = until.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  let killed = 0;
  while (!isOver) {
    const entry = entries[Math.floor(Math.random() * entries.length)];
    const pids = entry === undefined ? [] : await workersOf(stack, entry);
    const pid = pids[Math.floor(Math.random() * pids.length)];
    if (pid !== undefined) {
      signalAll([pid], 'SIGKILL');
      killed += 1;
    }
    await Promise.race([over, delay(BETWEEN_KILLS_MS * (0.5 + Math.random()))]);
  }
  return killed;
}
