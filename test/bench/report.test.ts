import { describe, expect, it } from 'vitest';
import { verdictOf } from './report.ts';

describe('the verdict on a number', () => {
  const figure = (value: number) => ({ name: 'grants', value, unit: 'a second' });

  it('is none without a target', () => {
    expect(verdictOf(figure(1))).toBeNull();
  });

  it('is ok up to a target, and over beyond it', () => {
    expect(verdictOf({ ...figure(5), target: 5 })).toBe('ok');
    expect(verdictOf({ ...figure(6), target: 5 })).toBe('over');
  });

  it('is ok from a least target on, and under below it', () => {
    expect(verdictOf({ ...figure(25), targetAtLeast: 25 })).toBe('ok');
    expect(verdictOf({ ...figure(24), targetAtLeast: 25 })).toBe('under');
  });
});
