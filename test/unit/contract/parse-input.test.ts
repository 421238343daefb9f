import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ERRORS } from '../../../core/contract/error-codes.ts';
import { jsonBytes, utf8Bytes } from '../../../core/contract/limits.ts';
import { parseInput } from '../../../core/contract/parse-input.ts';

const schema = z.strictObject({
  size: z.int().max(9),
  kind: z.enum(['a', 'b']),
  text: z.string().refine((text) => text !== 'odd', { error: 'is odd', params: { code: 'InvalidName' } }),
});

function refusal(input: unknown) {
  const parsed = parseInput(schema, input);
  if (parsed.ok) throw new Error('it was accepted');
  return parsed.refusal;
}

const GOOD = { size: 1, kind: 'a', text: 'even' };

describe('input from outside', () => {
  it('is returned as parsed', () => {
    expect(parseInput(schema, GOOD)).toEqual({ ok: true, value: GOOD });
  });

  it('is refused with the code of its one problem', () => {
    expect(refusal({ ...GOOD, size: '1' }).code).toBe('WrongType');
    expect(refusal({ ...GOOD, size: 10 }).code).toBe('InvalidValue');
    expect(refusal({ ...GOOD, kind: 'c' }).code).toBe('InvalidValue');
    expect(refusal({ ...GOOD, text: 'odd' })).toMatchObject({ code: 'InvalidName', detail: 'text: is odd' });
    expect(refusal({ ...GOOD, more: 1 })).toMatchObject({
      code: 'UnknownKey',
      detail: 'there is no key "more" here',
    });
  });

  it('is refused with all its problems, each with its own code', () => {
    const { code, detail, errors } = refusal({ size: 'x', kind: 'c', text: 'odd', more: 1 });
    expect(code).toBe('InvalidInput');
    expect(errors?.map((problem) => [problem.path, problem.code])).toEqual([
      ['size', 'WrongType'],
      ['kind', 'InvalidValue'],
      ['text', 'InvalidName'],
      ['', 'UnknownKey'],
    ]);
    expect(detail.split('; ')).toHaveLength(3);
  });

  it('is refused with one code when its problems agree', () => {
    expect(refusal({ size: 'x', kind: 'a', text: 7 }).code).toBe('WrongType');
  });

  it('has the first few unknown keys named and the rest counted', () => {
    const unknown = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 1]));
    expect(refusal({ ...GOOD, ...unknown }).detail).toBe(
      'there is no key "k0", "k1", "k2", "k3", "k4" (nor 995 more) here',
    );
  });

  it('never meets a code that is not in the closed set', () => {
    const odd = z.string().refine(() => false, { params: { code: 'constructor' } });
    const parsed = parseInput(odd, 'x');
    expect(parsed).toMatchObject({ ok: false, refusal: { code: 'InvalidValue' } });
    expect(Object.keys(ERRORS)).not.toContain('constructor');
  });
});

describe('sizes', () => {
  it('are those of UTF-8, as stored and sent', () => {
    expect(utf8Bytes('aé€😀')).toBe(1 + 2 + 3 + 4);
    expect(jsonBytes({ a: 'é' })).toBe('{"a":"é"}'.length + 1);
    expect(jsonBytes(undefined)).toBe(0);
  });
});
