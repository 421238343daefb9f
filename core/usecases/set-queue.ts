import type { Deps } from '../ports/deps.ts';
import type { Queue, QueueLimits } from '../queue/queue.ts';
import { changeQueue } from './change-queue.ts';

/** Makes a queue or sets all of its limits. */
export function setQueue(
  deps: Deps,
  named: { readonly project: string; readonly name: string },
  limits: QueueLimits,
): Promise<Queue> {
  return changeQueue(deps, named, () => limits);
}
