import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

/** What we decided on a fact about another system. An adopted case has a check that runs. */
const rulingSchema = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('adopted'), why: z.string().min(1) }),
  z.strictObject({
    verdict: z.literal('overridden'),
    why: z.string().min(1),
    /** `docs/lifecycle.md: <heading>: <what holds instead>` */
    rule: z.string().regex(/^docs\/lifecycle\.md: [^:]+: ./),
  }),
  z.strictObject({ verdict: z.literal('not-applicable'), why: z.string().min(1) }),
]);

const facts = z.record(z.string(), z.json());

const caseSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  given: facts,
  expect: facts,
  source: z.string(),
  basis: z.enum(['test', 'code']),
  note: z.string().optional(),
  ruling: rulingSchema,
});

const fileSchema = z.strictObject({
  system: z.string(),
  repository: z.string(),
  commit: z.string(),
  wording: z.string(),
  cases: z.array(caseSchema).min(1),
});

export type Case = z.infer<typeof caseSchema>;

/** Checks that our behaviour is what the case expects. */
export type Check = (fact: Case) => void;

/**
 * Runs every case that has a check, and holds that every case has a ruling and no adopted one lacks a
 * check.
 *
 * @param checks by the case's id or, for all of a kind, by its kind. A check by id of an overridden
 *   case shows what holds instead.
 */
export function describeCases(file: URL, checks: Readonly<Record<string, Check>>): void {
  const { system, cases } = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

  describe(system, () => {
    it('has one ruling for every case', () => {
      expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    });

    it('has a check for every adopted case', () => {
      const adopted = cases.filter(({ ruling }) => ruling.verdict === 'adopted');
      expect(adopted.filter((fact) => checkOf(fact, checks) === undefined).map(({ id }) => id)).toEqual([]);
    });

    it('has a case for every check', () => {
      const known = new Set(cases.flatMap(({ id, kind }) => [id, kind]));
      expect(Object.keys(checks).filter((key) => !known.has(key))).toEqual([]);
    });

    it('overrides only by a rule under a heading of docs/lifecycle.md', () => {
      const headings = headingsOf(new URL('../../../docs/lifecycle.md', import.meta.url));
      for (const { id, ruling } of cases) {
        if (ruling.verdict !== 'overridden') continue;
        const [, heading] = ruling.rule.split(': ');
        expect(headings, id).toContain(heading);
      }
    });

    for (const fact of cases) {
      const check = checkOf(fact, checks);
      if (check !== undefined) {
        it(`${fact.id} ${fact.ruling.verdict}: ${fact.ruling.why}`, () => check(fact));
      }
    }
  });
}

function checkOf(fact: Case, checks: Readonly<Record<string, Check>>): Check | undefined {
  return checks[fact.id] ?? (fact.ruling.verdict === 'adopted' ? checks[fact.kind] : undefined);
}

function headingsOf(file: URL): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
}
