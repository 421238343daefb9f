import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Kind, runHistory } from './history.ts';
import type { Mutation } from './mutation.ts';
import type { Invariant } from './violation.ts';

/** A mistake, and the invariant that breaks by it. */
export interface Mutant {
  readonly breaks: Invariant;
  readonly mutation: Mutation;
}

/**
 * Seeds of histories that have caught a mutant before, by its name: tried first, since looking for one anew takes
 * most of the time. One that catches it no longer only makes the test look again.
 */
const KNOWN_SEEDS = z
  .record(z.string(), z.int().min(1))
  .parse(JSON.parse(readFileSync(new URL('./mutants-caught-by.json', import.meta.url), 'utf8')));

/** Histories in which a mutant must be caught: fewer than every test run tries. */
const HISTORIES: Readonly<Record<Kind, number>> = { jobs: 1_600, contention: 1_600, families: 400 };
const LIMIT_MS = 180_000;

/** The mutants, by name, and that each is caught by what it breaks, and not by just any failure. */
export function describeMutants(kind: Kind, mutants: Readonly<Record<string, Mutant>>): void {
  // A replay of one history (SEED, see describe-histories.ts) is about nothing else.
  describe.runIf(process.env['SEED'] === undefined)(`the simulation of ${kind} catches`, () => {
    it.each(Object.entries(mutants))('%s', { timeout: LIMIT_MS }, async (name, { breaks, mutation }) => {
      const { broken, seed } = await brokenBy(kind, mutation, breaks, KNOWN_SEEDS[name]);
      if (seed !== KNOWN_SEEDS[name]) console.log(`for mutants-caught-by.json: "${name}": ${seed},`);
      expect(broken, `in ${HISTORIES[kind]} histories`).toContain(breaks);
    });
  });
}

/** The invariants that broke, history after history, until the one that is waited for. */
async function brokenBy(kind: Kind, mutation: Mutation, awaited: Invariant, known: number | undefined) {
  const broken = new Set<Invariant>();
  const others = Array.from({ length: HISTORIES[kind] }, (_, before) => before + 1);
  for (const seed of known === undefined ? others : [known, ...others]) {
    const { violation } = await runHistory({ kind, seed, mutation });
    if (violation !== null) broken.add(violation.invariant);
    if (broken.has(awaited)) return { broken: [...broken], seed };
  }
  return { broken: [...broken], seed: undefined };
}
