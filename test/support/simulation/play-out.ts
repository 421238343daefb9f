import type { Instant } from '../../../core/job/instant.ts';
import { checkEnd } from './end-checks.ts';
import { checkGrantsOwed } from './line-checks.ts';
import { checkClosedFamilies, checkDispatched, checkProgress } from './progress-checks.ts';
import { SupersededWatch } from './superseded-watch.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** No history of the generator needs as many; one that does goes round in circles. */
const MAX_STEPS = 400_000;

/** What is bounded by time is bounded by minutes. */
const CHECK_EVERY_MS = 1_000;

/** How long a family may wait for operators once nothing goes wrong. */
const PATIENCE_MS = 20 * 60_000;

/**
 * Plays a world to its end, holding every invariant after every step; null: all of them held.
 *
 * @param quietAfterMs virtual milliseconds from the start after which nothing goes wrong any more
 */
export async function playOut(world: World, quietAfterMs: number): Promise<Violation | null> {
  const { scheduler, faults, trace } = world;
  const quiet: { since: Instant | null } = { since: null };
  scheduler.after(quietAfterMs, () => {
    faults.end();
    quiet.since = scheduler.now();
    trace.add('', () => '———— from here on nothing goes wrong ————');
  });
  // A parent is looked at for as long as it lives, so that there is always something left to happen.
  const tidyForFamilies = async () => {
    const isWaitedFor = world.ledger.present().some(({ head }) => head.children !== undefined);
    if (isWaitedFor && (await world.settings.tidy())) scheduler.after(PATIENCE_MS, tidyForFamilies);
  };
  scheduler.after(quietAfterMs + PATIENCE_MS, tidyForFamilies);
  const superseded = new SupersededWatch();
  let checkedAt = 0;
  try {
    while ((await scheduler.step()) || (await world.settings.tidy())) {
      world.check();
      const now = scheduler.now();
      if (now - checkedAt < CHECK_EVERY_MS) continue;
      checkedAt = now;
      const amid = { quietSince: quiet.since, outagesMs: faults.outagesMs };
      world.debts.check(now, amid);
      if (quiet.since !== null) {
        checkProgress(world, quiet.since);
        checkDispatched(world, quiet.since);
        checkClosedFamilies(world, quiet.since);
        superseded.check(world, quiet.since);
      }
      checkGrantsOwed(world.ledger.lines, now, amid);
      if (scheduler.taken() > MAX_STEPS) throw new Violation('liveness', `not over after ${MAX_STEPS} steps`);
    }
    await checkEnd(world);
    return null;
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
}
