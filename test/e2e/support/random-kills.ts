import { setTimeout as delay } from 'node:timers/promises';
import type { StackFile } from '../../../local/stack-file.ts';
import { signalAll, workersOf } from './function-workers.ts';
import { sweepNow } from './sweep.ts';

/** A killed function starts anew with its next call, which takes a second or two: most calls must live. */
const BETWEEN_KILLS_MS = 3_000;

/** Each may cost a minute, until what its process left undone is overdue. */
const KILLS_MAX = 6;

/**
 * Kills a process of one of these functions now and then while the work goes on, and has the sweeper
 * look each time, which would come by itself within a minute.
 *
 * @returns how many processes were killed, and what the work returned
 */
export async function killAtRandom<Done>(
  stack: StackFile,
  entries: readonly string[],
  work: Promise<Done>,
): Promise<{ readonly killed: number; readonly done: Done }> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  // Told to whoever awaits the work; here it only ends the killing.
  const ended = over.then(
    () => null,
    () => null,
  );
  let killed = 0;
  while (!isOver) {
    const entry = entries[Math.floor(Math.random() * entries.length)];
    const pids = entry === undefined || killed >= KILLS_MAX ? [] : await workersOf(stack, entry);
    const pid = pids[Math.floor(Math.random() * pids.length)];
    if (pid !== undefined) {
      signalAll([pid], 'SIGKILL');
      killed += 1;
    }
    await Promise.race([ended, delay(BETWEEN_KILLS_MS * (0.5 + Math.random()))]);
    // A sweep that meets the end of the test is nobody's loss.
    await sweepNow(stack).catch(() => {});
  }
  return { killed, done: await over };
}
