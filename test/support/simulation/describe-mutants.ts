import { describe, expect, it } from 'vitest';
import { type Kind, runHistory } from './history.ts';
import type { Mutation } from './mutation.ts';
import type { Invariant } from './violation.ts';

/** A mistake, and the invariant that breaks by it. */
export interface Mutant {
  readonly breaks: Invariant;
  readonly mutation: Mutation;
}

/** Histories in which a mutant must be caught: fewer than every test run tries. */
const HISTORIES: Readonly<Record<Kind, number>> = { jobs: 1_600, contention: 1_600, families: 400 };
const LIMIT_MS = 180_000;

/** The mutants, by name, and that each is caught by what it breaks, and not by just any failure. */
export function describeMutants(kind: Kind, mutants: Readonly<Record<string, Mutant>>): void {
  // A replay of one history (SEED, see describe-histories.ts) is about nothing else.
  describe.runIf(process.env['SEED'] === undefined)(`the simulation of ${kind} catches`, () => {
    it.each(Object.entries(mutants))('%s', { timeout: LIMIT_MS }, async (_name, { breaks, mutation }) => {
      const broken = await brokenBy(kind, mutation, breaks);
      expect(broken, `in ${HISTORIES[kind]} histories`).toContain(breaks);
    });
  });
}

/** The invariants that broke, history after history, until the one that is waited for. */
async function brokenBy(kind: Kind, mutation: Mutation, awaited: Invariant): Promise<readonly Invariant[]> {
  const broken = new Set<Invariant>();
  for (let seed = 1; seed <= HISTORIES[kind] && !broken.has(awaited); seed += 1) {
    const { violation } = await runHistory({ kind, seed, mutation });
    if (violation !== null) broken.add(violation.invariant);
  }
  return [...broken];
}
