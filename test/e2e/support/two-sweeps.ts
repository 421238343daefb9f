/** What a crowded machine makes fail is owed, and done within two sweeps: so long may anything take. */
export const TWO_SWEEPS_MS = 130_000;
