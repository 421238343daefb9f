/** How values of one kind lie: never a single figure for something that varies from run to run. */
export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** Percentiles by nearest rank: each is a value that was really seen. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  return {
    count: sorted.length,
    min: atRank(sorted, 0),
    median: atRank(sorted, 0.5),
    p95: atRank(sorted, 0.95),
    max: atRank(sorted, 1),
  };
}

function atRank(sorted: readonly number[], fraction: number): number {
  const value = sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)];
  if (value === undefined) throw new Error('nothing was measured, so it has no spread');
  return value;
}
