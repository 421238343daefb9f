import type { Instant } from '../../../core/job/instant.ts';
import { isWaiting } from '../../../core/job/job.ts';
import type { QueueLimits } from '../../../core/queue/queue.ts';
import type { World } from './world.ts';

/** What an operator sets, and when. */
export interface PlannedSetting {
  /** Since the start; at 0 it is there before anything else happens. */
  readonly afterMs: number;
  readonly set:
    | { readonly kind: 'queue'; readonly name: string; readonly limits: QueueLimits }
    | {
        readonly kind: 'resource';
        readonly scope: string;
        readonly name: string;
        readonly capacity: number;
        readonly paused: boolean;
      };
}

const PROJECT = 'web';
const TRIES = 8;
const RETRY_MS = 2_000;
/** What is tidied up this often and still does not let every job end is a deadlock. */
const TIDY_MAX = 5;

/** Operators: who sets the limits of queues and resources, and at last lets everything through. */
export class Settings {
  readonly #world: World;
  #tidied = 0;

  constructor(world: World, planned: readonly PlannedSetting[]) {
    this.#world = world;
    for (const { afterMs, set } of planned) {
      world.scheduler.after(afterMs, () => world.background(this.#set(set, afterMs === 0)));
    }
  }

  /**
   * Nothing is left to happen: whatever waits for an operator or a user now gets it. False: nobody
   * waits for them, so what has not ended by now never will.
   */
  async tidy(): Promise<boolean> {
    const { ledger } = this.#world;
    if (this.#tidied >= TIDY_MAX) return false;
    if (!ledger.present().some(({ head }) => isWaiting(head))) return false;
    this.#tidied += 1;
    this.#world.trace.add('', () => '———— operators let everything through ————');
    this.#world.background(this.#letThrough());
    return true;
  }

  async #letThrough(): Promise<void> {
    const { ledger, users } = this.#world;
    for (const { name, maxRunning, maxAdmitted, paused, draining } of ledger.lines.queues()) {
      if (!paused && !draining) continue;
      await this.#set(
        {
          kind: 'queue',
          name,
          limits: {
            paused: false,
            draining: false,
            ...(maxRunning === undefined ? {} : { maxRunning }),
            ...(maxAdmitted === undefined ? {} : { maxAdmitted }),
          },
        },
        false,
      );
    }
    // No more than is asked for: what is in each other's way must get on by itself.
    for (const [, { head, waits }] of ledger.lines.all()) {
      if (head.kind !== 'resource') continue;
      const { scope, name } = head;
      const capacity = Math.max(head.capacity, ...[...waits.values()].map(({ units }) => units));
      if (capacity === head.capacity && !head.paused) continue;
      await this.#set({ kind: 'resource', scope, name, capacity, paused: false }, false);
    }
    await users.confirmAll();
  }

  async #set(set: PlannedSetting['set'], faultless: boolean): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const ended = await this.#world.api(
        `set ${set.kind} ${set.name}`,
        async (deps): Promise<Instant> => {
          const { controlPlane } = this.#world;
          if (set.kind === 'queue') {
            await controlPlane.setQueue(deps, { project: PROJECT, name: set.name }, set.limits);
          } else {
            const { scope, name, capacity, paused } = set;
            await controlPlane.setResource(deps, { scope, name }, { capacity, paused });
          }
          return deps.surroundings.now();
        },
        { faultless },
      );
      if (ended.kind === 'returned') return;
      await this.#world.delay(RETRY_MS);
    }
  }
}
