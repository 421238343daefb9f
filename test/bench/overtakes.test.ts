import { describe, expect, it } from 'vitest';
import { overtakes } from './overtakes.ts';

describe('overtakes', () => {
  it('are none where everybody is let in as they came', () => {
    expect(overtakes([])).toBe(0);
    expect(overtakes([3, 7, 8])).toBe(0);
  });

  it('are counted once for each who came earlier and was let in later', () => {
    expect(overtakes([2, 1])).toBe(1);
    expect(overtakes([3, 1, 2])).toBe(2);
    expect(overtakes([3, 2, 1])).toBe(3);
  });
});
