import { segmentOfExecution } from '../../../core/contract/execution-ended.ts';
import type { Instant } from '../../../core/job/instant.ts';
import { isLive } from '../../../core/job/job.ts';
import { hold } from './violation.ts';
import type { World } from './world.ts';

/** A wait for the next try, a task that is repeated, two sweeps. */
const STEP_MS = 6 * 60_000;

/**
 * Once nothing goes wrong any more, an execution that no job counts on ends or is stopped: it would keep
 * its tokens, and cost money, for up to a year.
 */
export class SupersededWatch {
  readonly #segments = new Map<string, ReturnType<typeof segmentOfExecution>>();
  readonly #since = new Map<string, Instant>();

  #segmentOf(name: string): ReturnType<typeof segmentOfExecution> {
    const known = this.#segments.get(name);
    if (known !== undefined) return known;
    const segment = segmentOfExecution(name);
    this.#segments.set(name, segment);
    return segment;
  }

  check({ stepFunctions, ledger, scheduler }: World, quietSince: Instant): void {
    const now = scheduler.now();
    for (const { name } of stepFunctions.running()) {
      const segment = this.#segmentOf(name);
      // One that works on children ends by itself.
      if (segment === null) continue;
      const head = ledger.get(segment.jobId)?.head;
      const isServed =
        head !== undefined &&
        isLive(head) &&
        head.attempt === segment.attempt &&
        head.segment.number === segment.number;
      if (isServed) {
        this.#since.delete(name);
        continue;
      }
      const since = this.#since.get(name) ?? now;
      this.#since.set(name, since);
      hold('superseded', now <= Math.max(since, quietSince) + STEP_MS, () => {
        return `execution ${name} runs on, and its job is ${head?.status ?? 'gone'} since ${Math.round((now - since) / 1000)} s`;
      });
    }
  }
}
