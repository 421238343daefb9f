import { beforeAll, describe, expect, it } from 'vitest';
import type { Sight } from './coverage.ts';
import { type Kind, runHistory } from './history.ts';
import { type Histories, runHistories, storyOf } from './run-histories.ts';

/** What a test file tries: so many histories from a seed on, and what they must have seen between them. */
export interface Trial {
  readonly kind: Kind;
  readonly firstSeed: number;
  readonly count: number;
  readonly sights: readonly Sight[];
}

/**
 * What is played on each change: a sixteenth of the histories, which sees nearly everything. `npm run simulate`
 * plays them all (10,000) and asserts each sight.
 */
const IS_WHOLE = process.env['SIMULATION'] === 'whole';
const SAMPLE_SHARE = 1 / 16;
const SAMPLE_SEES_SHARE = 0.8;

/** Runs and tells this history alone. */
const SEED = process.env['SEED'];

const SETUP_MS = 60_000;
const HISTORY_MS = 200;

/**
 * The tests over a row of histories. More are tried by SIMULATED_HISTORIES, others by FIRST_SEED, and
 * SEED tells one.
 */
export function describeHistories(title: string, trial: Trial): void {
  const { kind, sights } = trial;
  const usual = IS_WHOLE ? trial.count : Math.round(trial.count * SAMPLE_SHARE);
  const count = Number(process.env['SIMULATED_HISTORIES'] ?? usual);
  const firstSeed = Number(process.env['FIRST_SEED'] ?? trial.firstSeed);

  describe.runIf(SEED === undefined)(title, () => {
    let histories: Histories;

    beforeAll(
      async () => {
        histories = await runHistories(kind, firstSeed, count);
      },
      SETUP_MS + count * HISTORY_MS,
    );

    it('hold every invariant after every step of every history', () => {
      expect(histories.count).toBe(count);
      console.log(wordsOf(histories, sights));
    });

    it.runIf(!IS_WHOLE)('have met nearly all that they are to meet', () => {
      const met = sights.filter((sight) => (histories.sights.get(sight) ?? 0) > 0);
      expect(met.length).toBeGreaterThanOrEqual(sights.length * SAMPLE_SEES_SHARE);
    });

    it.runIf(IS_WHOLE).each(sights)('have met: %s', (sight) => {
      expect(histories.sights.get(sight)).toBeGreaterThan(0);
    });

    it('happen again in the same way by the same seed', async () => {
      const first = await runHistory({ kind, seed: firstSeed, trace: true });
      const second = await runHistory({ kind, seed: firstSeed, trace: true });
      expect(second.trace).toEqual(first.trace);
    });
  });

  describe.runIf(SEED !== undefined)(`the history of ${kind}, seed ${SEED}`, () => {
    it('holds every invariant', async () => {
      console.log(await storyOf({ kind, seed: Number(SEED) }));
      const { violation } = await runHistory({ kind, seed: Number(SEED) });
      expect(violation).toBeNull();
    });
  });
}

function wordsOf({ count, steps, sights }: Histories, wanted: readonly Sight[]): string {
  const lines = wanted.map((sight) => `${String(sights.get(sight) ?? 0).padStart(7)}  ${sight}`);
  return [`${count} histories, ${steps} steps; of the histories, so many saw`, ...lines].join('\n');
}
