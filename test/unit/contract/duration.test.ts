import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationOf, durationSchema, secondsOf } from '../../../core/contract/duration.ts';

const accepts = (text: unknown) => durationSchema.safeParse(text).success;

describe('a duration', () => {
  it.each([
    ['PT1S', 1],
    ['PT90S', 90],
    ['PT10M', 600],
    ['PT1H30M', 5_400],
    ['P1D', 86_400],
    ['P1DT12H', 129_600],
    ['P2W', 1_209_600],
    ['P1W2DT3H4M5S', 788_645],
    ['PT0S', 0],
    ['P36500D', 3_153_600_000],
  ])('%s is %i seconds', (text, seconds) => {
    expect(accepts(text)).toBe(true);
    expect(secondsOf(text)).toBe(seconds);
  });

  it.each(['P1M', 'P1Y', 'P1Y2M', 'P1MT1S'])('%s is refused: its length depends on the date', (text) => {
    expect(accepts(text)).toBe(false);
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    '-PT1S',
    'PT-1S',
    '+PT1S',
    'PT1.5S',
    'PT1',
    'P1',
    '1H',
    'pt1s',
    'PT1S ',
    ' PT1S',
    'PT1S\n',
    'PT1S1M',
    'P1D1W',
    'PT1M1M',
    'P1H',
    'T1S',
    'PT1d',
    'PT٣S',
    60,
    null,
  ])('%j is refused', (text) => {
    expect(accepts(text)).toBe(false);
  });

  it.each(['P36501D', 'P5215W', `PT${'9'.repeat(400)}S`, 'P99999999999999999D'])(
    '%s is refused: more than a hundred years is a mistake',
    (text) => {
      expect(accepts(text)).toBe(false);
    },
  );

  const parts = fc.record(
    {
      W: fc.nat({ max: 50 }),
      D: fc.nat({ max: 400 }),
      H: fc.nat({ max: 100 }),
      M: fc.nat({ max: 1_000 }),
      S: fc.nat({ max: 100_000 }),
    },
    { requiredKeys: [] },
  );

  it('has the sum of its parts, in whatever units it is written', () => {
    fc.assert(
      fc.property(parts, ({ W, D, H, M, S }) => {
        const part = (amount: number | undefined, unit: string) =>
          amount === undefined ? '' : `${amount}${unit}`;
        const time = part(H, 'H') + part(M, 'M') + part(S, 'S');
        const text = `P${part(W, 'W')}${part(D, 'D')}${time === '' ? '' : `T${time}`}`;
        fc.pre(text !== 'P');
        expect(accepts(text)).toBe(true);
        const minutes = (((W ?? 0) * 7 + (D ?? 0)) * 24 + (H ?? 0)) * 60 + (M ?? 0);
        expect(secondsOf(text)).toBe(minutes * 60 + (S ?? 0));
      }),
    );
  });

  it('is a whole, safe number of milliseconds whenever it is accepted', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.stringMatching(/^-?P[0-9WDTHMSY.]{0,30}$/),
      fc.nat().map((seconds) => `PT${seconds}S`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        if (!accepts(text)) return;
        expect(Number.isSafeInteger(secondsOf(text) * 1000)).toBe(true);
        expect(secondsOf(text)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is held to its bounds, both included', () => {
    const bounded = durationOf({ minSeconds: 1, maxSeconds: 60 });
    const within = ['PT0S', 'PT1S', 'PT60S', 'PT1M', 'PT61S'].map((text) => bounded.safeParse(text).success);
    expect(within).toEqual([false, true, true, true, false]);
    expect(bounded.safeParse('P1M').success).toBe(false);
  });
});
