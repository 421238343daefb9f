import type { DeclaredQueues } from '../contract/declared-queues.ts';
import type { Deps } from '../ports/deps.ts';
import { changeQueue } from './change-queue.ts';

/**
 * Makes the queues that a deployment declares, or gives them their declared limits. Whether one is paused or
 * draining is for those who operate it, and stays as it is.
 */
export async function declareQueues(deps: Deps, declared: DeclaredQueues): Promise<void> {
  for (const [project, queues] of Object.entries(declared)) {
    for (const [name, limits] of Object.entries(queues)) {
      await changeQueue(deps, { project, name }, (stored) => ({
        ...limits,
        paused: stored?.paused ?? false,
        draining: stored?.draining ?? false,
      }));
    }
  }
}
