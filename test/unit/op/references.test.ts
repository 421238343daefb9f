import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, referencedOps, referenceProblems, resolveInput } from '../../../core/op/references.ts';
import { specOf } from '../../support/job-run.ts';

const SPEC = specOf([{ name: 'build' }, { name: 'eu/publish' }, { name: 'report', step: 'POST' }]);

const RESULTS: Readonly<Record<string, Json>> = {
  build: { archive: 's3://a/b', pages: [{ name: 'index' }, { name: 'about' }], none: null, no: false, '': 0 },
  'eu/publish': [1, 2],
};

const resultOf = (op: string) => (Object.hasOwn(RESULTS, op) ? RESULTS[op] : undefined);

const resolved = (input: Json) => {
  const found = resolveInput(input, resultOf);
  return found.ok ? found.input : found.error.code;
};

const problems = (input: Json, position = 1, own = false) =>
  referenceProblems(SPEC, input, { path: 'ops.1.input', position, own }).map(
    ({ path, code }) => `${path} ${code}`,
  );

describe('resolving an input', () => {
  it('replaces a reference by the value it names', () => {
    expect(resolved({ $from: 'ops.build.result.archive' })).toBe('s3://a/b');
    expect(resolved({ $from: 'ops.build.result' })).toEqual(RESULTS['build']);
    expect(resolved({ $from: 'ops.eu/publish.result.1' })).toBe(2);
  });

  it('finds references wherever they are, and leaves the rest as it is', () => {
    const input: Json = {
      deep: [{ er: { $from: 'ops.build.result.pages.1.name' } }, 'ops.build.result', 7, null],
      from: 'ops.build.result',
    };
    expect(resolved(input)).toEqual({
      deep: [{ er: 'about' }, 'ops.build.result', 7, null],
      from: 'ops.build.result',
    });
  });

  it('takes null and false for values', () => {
    expect(resolved({ $from: 'ops.build.result.none' })).toBeNull();
    expect(resolved({ $from: 'ops.build.result.no' })).toBe(false);
  });

  it.each([
    'ops.build.result.missing',
    'ops.build.result.archive.0',
    'ops.build.result.archive.length',
    'ops.build.result.pages.2',
    'ops.build.result.pages.-1',
    'ops.build.result.pages.00',
    'ops.build.result.pages.length',
    'ops.build.result.none.x',
    'ops.build.result.constructor',
    'ops.build.result.__proto__',
    'ops.build.result.pages.map',
    'ops.report.result',
    'ops.toString.result',
  ])('says that %s names nothing', (text) => {
    expect(resolveInput({ a: { $from: text } }, resultOf)).toMatchObject({
      ok: false,
      error: { code: 'ReferenceMissing', message: expect.stringContaining(text) },
    });
  });

  it('does not resolve what a result holds: that is data', () => {
    const found = resolveInput({ a: { $from: 'ops.x.result' } }, () => ({ $from: 'ops.build.result' }));
    expect(found).toEqual({ ok: true, input: { a: { $from: 'ops.build.result' } } });
  });

  it('changes nothing in an input without references', () => {
    const plain = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('$from'));
    fc.assert(
      fc.property(plain, (value) => {
        const input: Json = JSON.parse(JSON.stringify(value));
        expect(resolveInput(input, () => undefined)).toEqual({ ok: true, input });
        expect(referencedOps(input)).toEqual([]);
      }),
    );
  });

  it('finds any part of any result by its path', () => {
    const keys = fc.stringMatching(/^[^.]{1,8}$/).filter((key) => key !== '__proto__');
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 5 }), fc.jsonValue(), (path, value) => {
        const leaf: Json = JSON.parse(JSON.stringify(value));
        const result = path.reduceRight<Json>((inner, key) => ({ [key]: inner }), leaf);
        const $from = ['ops', 'x', 'result', ...path].join('.');
        expect(resolveInput({ $from }, () => result)).toEqual({ ok: true, input: leaf });
      }),
    );
  });
});

describe('the ops that an input needs', () => {
  it('are those it refers to, in the order met', () => {
    const input: Json = [
      { $from: 'ops.eu/publish.result' },
      { a: { $from: 'ops.build.result.x' } },
      { $from: 'nonsense' },
    ];
    expect(referencedOps(input)).toEqual(['eu/publish', 'build']);
  });
});

describe('the references of a specification', () => {
  it('may name the result of an earlier op', () => {
    expect(problems({ a: { $from: 'ops.build.result.archive' } })).toEqual([]);
  });

  it.each([
    'build.result',
    'ops.build',
    'ops.build.results',
    'ops.build.result.',
    'ops.build.result..a',
    'ops..result',
    'ops.build.result.a.',
    'OPS.build.result',
    ' ops.build.result',
    '{{ ops.build.result }}',
    '$.ops.build.result',
    7,
    null,
    ['ops.build.result'],
    {},
  ])('are refused as no reference: %j', (text) => {
    expect(problems({ a: [{ $from: text }] })).toEqual(['ops.1.input.a.0 InvalidReference']);
  });

  it('stand alone', () => {
    expect(problems({ a: { $from: 'ops.build.result', or: 7 } })).toEqual(['ops.1.input.a InvalidReference']);
  });

  it('name an op of the job', () => {
    expect(problems({ $from: 'ops.bulid.result' })).toEqual(['ops.1.input UnknownReference']);
    expect(
      referenceProblems(SPEC, { $from: 'ops.bulid.result' }, { path: 'p', position: 1, own: false })[0]
        ?.message,
    ).toContain('build, eu/publish, report');
  });

  it('name no op that has not run by then', () => {
    expect(problems({ $from: 'ops.report.result' })).toEqual(['ops.1.input ForwardReference']);
    expect(problems({ $from: 'ops.eu/publish.result' })).toEqual(['ops.1.input ForwardReference']);
  });

  it('may name their own op in its rollback, and no later one', () => {
    expect(problems({ $from: 'ops.eu/publish.result' }, 1, true)).toEqual([]);
    expect(problems({ $from: 'ops.report.result' }, 1, true)).toEqual(['ops.1.input ForwardReference']);
  });

  it('are all checked', () => {
    expect(
      problems([{ $from: 'x' }, { $from: 'ops.report.result' }, { a: { $from: 'ops.no.result' } }]),
    ).toEqual([
      'ops.1.input.0 InvalidReference',
      'ops.1.input.1 ForwardReference',
      'ops.1.input.2.a UnknownReference',
    ]);
  });
});
