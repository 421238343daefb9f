import type { Sight } from './coverage.ts';
import { type HistoryOptions, type Kind, runHistory } from './history.ts';

/** What a row of histories came to. */
export interface Histories {
  readonly count: number;
  readonly steps: number;
  /** How many histories saw it. */
  readonly sights: ReadonlyMap<Sight, number>;
}

/** Runs the histories of so many seeds; throws the story of the first that breaks an invariant. */
export async function runHistories(kind: Kind, firstSeed: number, count: number): Promise<Histories> {
  const seen = new Map<Sight, number>();
  let steps = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const history = await runHistory({ kind, seed });
    if (history.violation !== null) throw new Error(await storyOf({ kind, seed }));
    steps += history.steps;
    for (const sight of history.sights) seen.set(sight, (seen.get(sight) ?? 0) + 1);
  }
  return { count, steps, sights: seen };
}

/** One history again, told line by line. */
export async function storyOf(options: HistoryOptions): Promise<string> {
  const { kind, seed, violation, trace } = await runHistory({ ...options, trace: true });
  const end = violation === null ? 'Every invariant held.' : `BROKEN: ${violation.message}`;
  const replay = `Replay it with SEED=${seed} npx vitest run test/simulation/${kind}.simulation`;
  return [`History of ${kind}, seed ${seed}`, ...trace, end, replay].join('\n');
}
