import { beforeAll, describe, expect, it } from 'vitest';
import { SIGHTS } from '../support/simulation/coverage.ts';
import { runHistory } from '../support/simulation/history.ts';
import { type Histories, runHistories, storyOf } from '../support/simulation/run-histories.ts';

/** Two thousand take about a minute of one core; more by SIMULATED_HISTORIES, others by FIRST_SEED. */
const COUNT = Number(process.env['SIMULATED_HISTORIES'] ?? 2_000);
const FIRST_SEED = Number(process.env['FIRST_SEED'] ?? 1);
/** Runs and tells this history alone. */
const SEED = process.env['SEED'];

const LIMIT_MS = 60_000 + COUNT * 200;

describe.runIf(SEED === undefined)('jobs under faults', () => {
  let histories: Histories;

  beforeAll(async () => {
    histories = await runHistories(FIRST_SEED, COUNT);
  }, LIMIT_MS);

  it('hold every invariant after every step of every history', () => {
    expect(histories.count).toBe(COUNT);
    console.log(wordsOf(histories));
  });

  it.each(SIGHTS)('have met: %s', (sight) => {
    expect(histories.sights.get(sight)).toBeGreaterThan(0);
  });

  it('happen again in the same way by the same seed', async () => {
    const first = await runHistory({ seed: FIRST_SEED, trace: true });
    const second = await runHistory({ seed: FIRST_SEED, trace: true });
    expect(second.trace).toEqual(first.trace);
  });
});

describe.runIf(SEED !== undefined)(`the history of seed ${SEED}`, () => {
  it('holds every invariant', async () => {
    console.log(await storyOf({ seed: Number(SEED) }));
    const { violation } = await runHistory({ seed: Number(SEED) });
    expect(violation).toBeNull();
  });
});

function wordsOf({ count, steps, sights }: Histories): string {
  const lines = [...sights].map(([sight, times]) => `${String(times).padStart(7)}  ${sight}`);
  return [`${count} histories, ${steps} steps; of the histories, so many saw`, ...lines].join('\n');
}
