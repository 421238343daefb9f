import type { Deps } from '../ports/deps.ts';
import type { Queue, QueueLimits } from '../queue/queue.ts';
import { setQueue as decideQueue } from '../queue/set-queue.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readLines } from './read-facts.ts';

/**
 * Makes a queue or changes its limits, and lets in at once what a higher limit lets in.
 *
 * @param limitsOf its limits, by the queue as it is; null where there is none
 */
export async function changeQueue(
  deps: Deps,
  named: { readonly project: string; readonly name: string },
  limitsOf: (stored: Queue | null) => QueueLimits,
): Promise<Queue> {
  const { change, queue } = await changeJob(deps, async () => {
    const keyOf = (kind: 'admission' | 'slot') => ({ scope: named.project, kind, name: named.name });
    const [stored, [admission, slot]] = await Promise.all([
      deps.store.readQueue(named.project, named.name),
      readLines(deps, [keyOf('admission'), keyOf('slot')]),
    ]);
    if (admission === undefined || slot === undefined) throw new Error('a queue has two lines');
    const facts = { now: deps.surroundings.now(), queue: stored, admission, slot };
    return decideQueue(named, limitsOf(stored), facts);
  });
  await carryOut(deps, change);
  return queue;
}
