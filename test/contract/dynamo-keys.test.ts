import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classKey,
  classPlace,
  dueShard,
  entryKey,
  entryRange,
  idempotencyKey,
  jobIdOf,
  jobPartition,
  opKey,
  placeOf,
} from '../../functions/adapters/dynamodb/keys.ts';
import { jobId } from './job-steps.ts';

const ID = jobId(1);

/** Text in which everything occurs often that means something in a key or in the encoding of one. */
const part = fc.string({ unit: fc.constantFrom('#', '%', '2', '3', 'u', 'a', '\n', '\0', '\x85', '\uD800') });

describe('a key', () => {
  it('belongs to one project, owner and key only', () => {
    fc.assert(
      fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (one, other) => {
        const isSame = idempotencyKey(...one).pk === idempotencyKey(...other).pk;
        expect(isSame).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      { numRuns: 2_000 },
    );
  });

  it('holds no separator, no control character and no half a character that a name brought in', () => {
    fc.assert(
      fc.property(part, (project) => {
        expect(classKey(project, 'waiting')).toMatch(/^[^#\p{Cc}\p{Cs}]*#waiting$/u);
      }),
    );
  });

  it('keeps ordinary names readable', () => {
    expect(idempotencyKey('web', 'ada@example.com', 'order 66/é').pk).toBe(
      'IDEMPOTENCY#web#ada@example.com#order 66/é',
    );
    expect(idempotencyKey('a#b', 'c%d', 'e\n').pk).toBe('IDEMPOTENCY#a%23b#c%25d#e%0A');
  });

  it('sorts as its numbers do', () => {
    const serial = fc.integer({ min: 0, max: 9_999_999_999 });
    fc.assert(
      fc.property(serial, serial, (one, other) => {
        expect(entryKey(ID, one).sk < entryKey(ID, other).sk).toBe(one < other);
      }),
    );
    expect(opKey(ID, 2, 9).sk < opKey(ID, 2, 10).sk).toBe(true);
    expect(opKey(ID, 9, 999).sk < opKey(ID, 10, 0).sk).toBe(true);
    expect(classPlace(999, ID) < classPlace(1_000, ID)).toBe(true);
  });

  it('is refused where a number would not sort', () => {
    expect(() => opKey(ID, 1, 10_000)).toThrow(RangeError);
    expect(() => opKey(ID, 1, -1)).toThrow(RangeError);
    expect(() => opKey(ID, 1, 1.5)).toThrow(RangeError);
    expect(() => opKey(ID, 1e21, 1)).toThrow(RangeError);
    expect(() => entryKey(ID, Number.NaN)).toThrow(RangeError);
  });

  it('takes in every entry that may follow, and no item of another kind', () => {
    const range = entryRange(41);
    expect(range?.first).toBe(entryKey(ID, 42).sk);
    expect(range?.last).toBe(entryKey(ID, 9_999_999_999).sk);
    expect((range?.last ?? '') < opKey(ID, 1, 0).sk).toBe(true);
    expect(entryRange(9_999_999_999)).toBeNull();
  });

  it('gives back what it was made from', () => {
    expect(jobIdOf(jobPartition(ID))).toBe(ID);
    expect(placeOf(classPlace(1_764_000_000_000, ID))).toEqual({ at: 1_764_000_000_000, id: ID });
    expect(() => jobIdOf('SEM#web')).toThrow();
  });

  it('spreads jobs evenly over the shards of what is due', () => {
    const jobs = 4_000;
    const counts = new Map<number, number>();
    for (let n = 0; n < jobs; n += 1) {
      const shard = dueShard(jobId(n));
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3]);
    for (const count of counts.values()) expect(Math.abs(count - jobs / 4)).toBeLessThan(jobs / 20);
  });
});
