import type { JobId } from '../../../core/job/identifiers.ts';
import type { TrapAnswer } from '../../../core/job/job.ts';
import type { JobPlan } from './job-plan.ts';
import type { LedgerJob } from './ledger.ts';
import type { World } from './world.ts';

/** So many times somebody tries again; then he gives up. */
const MAX_RETRIES = 3;
const AT_ONCE_MS = 1_000;

/**
 * Who comes at last to a job that would wait for somebody for ever: a trap without a timeout, or one whose
 * countdown stands still. So histories end.
 */
export class Operators {
  readonly #world: World;
  readonly #answer: (jobId: JobId, answer: TrapAnswer) => Promise<void>;
  readonly #onTheirWay = new Set<JobId>();
  readonly #retries = new Map<JobId, number>();

  constructor(world: World, answer: (jobId: JobId, answer: TrapAnswer) => Promise<void>) {
    this.#world = world;
    this.#answer = answer;
  }

  /** A job was committed: somebody sets out if it waits for that. */
  sawCommit(known: LedgerJob, plan: JobPlan): void {
    const { head } = known;
    if (!waitsForSomebody(known) || this.#onTheirWay.has(head.id)) return;
    this.#onTheirWay.add(head.id);
    this.#world.background(this.#come(known, plan.operatorAfterMs ?? AT_ONCE_MS));
  }

  /** Comes again until somebody has answered, as when nobody could be reached. */
  async #come(known: LedgerJob, afterMs: number): Promise<void> {
    const { id } = known.head;
    await this.#world.delay(afterMs);
    while (waitsForSomebody(known)) {
      const retries = this.#retries.get(id) ?? 0;
      const answer =
        retries < MAX_RETRIES
          ? this.#world.random.pick(['retry', 'retry', 'skip', 'abort'] as const)
          : 'abort';
      if (answer === 'retry') this.#retries.set(id, retries + 1);
      await this.#answer(id, answer);
      await this.#world.delay(AT_ONCE_MS);
    }
    this.#onTheirWay.delete(id);
  }
}

function waitsForSomebody({ head, removed }: LedgerJob): boolean {
  if (removed) return false;
  return head.status === 'TRAP_PAUSED' || (head.status === 'TRAPPED' && head.trap.until === undefined);
}
