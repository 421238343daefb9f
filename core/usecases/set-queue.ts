import type { Deps } from '../ports/deps.ts';
import type { Queue, QueueLimits } from '../queue/queue.ts';
import { setQueue as decideQueue } from '../queue/set-queue.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readLines } from './read-facts.ts';

/** Makes a queue or changes its limits, and lets in at once what a higher limit lets in. */
export async function setQueue(
  deps: Deps,
  named: { readonly project: string; readonly name: string },
  limits: QueueLimits,
): Promise<Queue> {
  const { change, queue } = await changeJob(deps, async () => {
    const keyOf = (kind: 'admission' | 'slot') => ({ scope: named.project, kind, name: named.name });
    const [stored, [admission, slot]] = await Promise.all([
      deps.store.readQueue(named.project, named.name),
      readLines(deps, [keyOf('admission'), keyOf('slot')]),
    ]);
    if (admission === undefined || slot === undefined) throw new Error('a queue has two lines');
    return decideQueue(named, limits, { now: deps.surroundings.now(), queue: stored, admission, slot });
  });
  await carryOut(deps, change);
  return queue;
}
