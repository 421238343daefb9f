import { setTimeout as delay } from 'node:timers/promises';
import type { StackFile } from '../../../local/stack-file.ts';
import { signalAll, workersOf } from './function-workers.ts';

/** How long the processes run on between two looks at the stored state. */
const RUN_ON_MS = 1;

/** A moment that has not come by then is not going to. */
const WITHIN_MS = 20_000;

/**
 * Kills a function's processes at a moment that the stored state names: stops them, looks, and either
 * kills them or lets them run on. No hook in the product is needed, and the moment is exact.
 *
 * @param look `now`: kill; `notYet`: look again; `missed`: the moment has passed
 * @returns whether the moment was met
 */
export async function killBetween(
  stack: StackFile,
  entry: string,
  look: () => Promise<'now' | 'notYet' | 'missed'>,
): Promise<boolean> {
  const pids = await workersOf(stack, entry);
  if (pids.length === 0) throw new Error(`no process of ${entry} runs: invoke it once before`);
  const deadline = Date.now() + WITHIN_MS;
  while (Date.now() < deadline) {
    signalAll(pids, 'SIGSTOP');
    const seen = await look();
    if (seen === 'now') {
      signalAll(pids, 'SIGKILL');
      return true;
    }
    signalAll(pids, 'SIGCONT');
    if (seen === 'missed') return false;
    await delay(RUN_ON_MS);
  }
  return false;
}
