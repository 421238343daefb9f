import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/contract/limits.ts';
import { DUE_LANES } from '../../core/job/job.ts';
import { STATUS_CLASSES } from '../../core/job/status.ts';
import { scheduleIdSchema } from '../../core/schedule/schedule.ts';
import { SEMAPHORE_KINDS, type SemaphoreKey } from '../../core/semaphore/semaphore.ts';
import {
  childKey,
  childPlace,
  childRange,
  classKey,
  classPlace,
  dueShard,
  entryKey,
  entryRange,
  groupKey,
  groupPrefix,
  holdKey,
  idempotencyKey,
  jobIdOf,
  jobPartition,
  kindKey,
  kindPlace,
  opKey,
  placeOf,
  queueKey,
  runKey,
  SEMAPHORE_LANE,
  scheduleIdOf,
  schedulesKey,
  semaphoreHeadKey,
  semaphoreKeyOf,
  semaphorePartition,
  semaphoreShard,
  sessionJobKey,
  waitKey,
} from '../../functions/adapters/dynamodb/keys.ts';
import { GROUP } from './family-steps.ts';
import { jobId } from './job-steps.ts';

const ID = jobId(1);
const SCHEDULE = scheduleIdSchema.parse(ID);

/** Text in which everything occurs often that means something in a key or in the encoding of one. */
const part = fc.string({ unit: fc.constantFrom('#', '%', '2', '3', 'u', 'a', '\n', '\0', '\x85', '\uD800') });

const semaphoreKey: fc.Arbitrary<SemaphoreKey> = fc.record({
  scope: part,
  kind: fc.constantFrom(...SEMAPHORE_KINDS),
  name: part,
});

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

  it('belongs to one session only', () => {
    fc.assert(
      fc.property(part, part, (one, other) => {
        expect(sessionJobKey(one, ID).pk === sessionJobKey(other, ID).pk).toBe(one === other);
      }),
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
    expect(opKey(ID, 2, 9_999).sk < opKey(ID, 2, 500_499).sk).toBe(true);
    expect(opKey(ID, 9, 999).sk < opKey(ID, 10, 0).sk).toBe(true);
    expect(classPlace(999, ID) < classPlace(1_000, ID)).toBe(true);
    expect(classPlace(999, ID) < childPlace(999, ID)).toBe(true);
    expect(childPlace(999, ID) < classPlace(1_000, ID)).toBe(true);
  });

  it('of a group and of its children sorts as their numbers do', () => {
    const few = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 99_999 }));
    const place = fc.tuple(few, few, few, few);
    const comesBefore = (one: readonly number[], other: readonly number[]) => {
      const position = one.findIndex((number, n) => number !== other[n]);
      return position !== -1 && (one[position] ?? 0) < (other[position] ?? 0);
    };
    const refOf = ([attempt, op, number]: readonly [number, number, number, number]) =>
      ({ jobId: ID, attempt, op, try: number }) as const;
    fc.assert(
      fc.property(place, place, (one, other) => {
        const isBefore = childKey(refOf(one), one[3]).sk < childKey(refOf(other), other[3]).sk;
        expect(isBefore).toBe(comesBefore(one, other));
        const isGroupBefore = groupKey(refOf(one)).sk < groupKey(refOf(other)).sk;
        expect(isGroupBefore).toBe(comesBefore(one.slice(0, 3), other.slice(0, 3)));
      }),
    );
    expect(() => childKey(GROUP, LIMITS.children * 10)).toThrow(RangeError);
  });

  it('of a group begins as those of its op, and of no other', () => {
    const prefix = groupPrefix({ attempt: 1, op: 2 });
    expect(groupKey({ ...GROUP, op: 2 }).sk.startsWith(prefix)).toBe(true);
    expect(groupKey({ ...GROUP, op: 20 }).sk.startsWith(prefix)).toBe(false);
    expect(groupKey({ ...GROUP, attempt: 12, op: 2 }).sk.startsWith(prefix)).toBe(false);
    expect(childKey(GROUP, 0).sk.startsWith(groupPrefix('all'))).toBe(false);
  });

  it('takes in the children of a group from a place up to another', () => {
    const range = childRange(GROUP, 3, 10);
    expect(range).toEqual({ first: childKey(GROUP, 3).sk, last: childKey(GROUP, 9).sk });
    expect(childRange(GROUP, 0, Number.POSITIVE_INFINITY)?.last).toBe(childKey(GROUP, 99_999).sk);
    expect(childRange(GROUP, 3, 3)).toBeNull();
    expect(childRange(GROUP, 100_000, 100_001)).toBeNull();
    expect((childRange(GROUP, 0, 99_999)?.last ?? '') < childKey({ ...GROUP, try: 2 }, 0).sk).toBe(true);
  });

  it('is refused where a number would not sort', () => {
    expect(() => opKey(ID, 1, 1_000_000)).toThrow(RangeError);
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
    for (const place of [classPlace(1_764_000_000_000, ID), childPlace(1_764_000_000_000, ID)]) {
      expect(placeOf(place)).toEqual({ at: 1_764_000_000_000, id: ID });
    }
    expect(() => jobIdOf('SEM#web')).toThrow();
  });

  it('of a semaphore gives back what it was made from, whatever its names hold', () => {
    const anyText = fc.record({
      scope: fc.string({ unit: 'binary' }),
      kind: fc.constantFrom(...SEMAPHORE_KINDS),
      name: fc.string({ unit: 'binary' }),
    });
    fc.assert(
      fc.property(fc.oneof(semaphoreKey, anyText), (key) => {
        expect(semaphoreKeyOf(semaphorePartition(key))).toEqual(key);
      }),
      { numRuns: 2_000 },
    );
    expect(semaphorePartition({ scope: '*', kind: 'lock', name: 'a/b.c' })).toBe('SEM#*#lock#a/b.c');
  });

  it('of a semaphore belongs to one scope, kind and name only', () => {
    fc.assert(
      fc.property(semaphoreKey, semaphoreKey, (one, other) => {
        const isSame = semaphorePartition(one) === semaphorePartition(other);
        const names = ({ scope, kind, name }: SemaphoreKey) => JSON.stringify([scope, kind, name]);
        expect(isSame).toBe(names(one) === names(other));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is no semaphore’s if it is another’s, or half of one', () => {
    for (const partition of ['JOB#a#lock#b', 'SEM#a#lock', 'SEM#a#lock#b#c', 'SEM#a#door#b', 'SEM#', '']) {
      expect(() => semaphoreKeyOf(partition), partition).toThrow();
    }
  });

  it('of a place in line sorts by rank and then by job', () => {
    const key: SemaphoreKey = { scope: 'web', kind: 'lock', name: 'site' };
    const place = fc.record({
      rank: fc.oneof(fc.integer({ min: 0, max: 999_999_999_999_999 }), fc.integer({ min: 0, max: 20 })),
      jobId: fc.integer({ min: 0, max: 20 }).map(jobId),
    });
    fc.assert(
      fc.property(place, place, (one, other) => {
        const isBefore = one.rank < other.rank || (one.rank === other.rank && one.jobId < other.jobId);
        expect(waitKey(key, one).sk < waitKey(key, other).sk).toBe(isBefore);
      }),
    );
    expect(() => waitKey(key, { rank: -1, jobId: ID })).toThrow(RangeError);
    expect(() => waitKey(key, { rank: 0.5, jobId: ID })).toThrow(RangeError);
  });

  it('keeps a semaphore’s head, holds and line apart in its partition', () => {
    const key: SemaphoreKey = { scope: 'web', kind: 'slot', name: 'default' };
    const keys = [semaphoreHeadKey(key), holdKey(key, ID), waitKey(key, { rank: 7, jobId: ID })];
    expect(keys).toEqual([
      { pk: 'SEM#web#slot#default', sk: 'HEAD' },
      { pk: 'SEM#web#slot#default', sk: `HOLD#${ID}` },
      { pk: 'SEM#web#slot#default', sk: `WAIT#0000000000000007#${ID}` },
    ]);
  });

  it('of a queue belongs to one project and name only', () => {
    fc.assert(
      fc.property(fc.tuple(part, part), fc.tuple(part, part), (one, other) => {
        const isSame = JSON.stringify(queueKey(...one)) === JSON.stringify(queueKey(...other));
        expect(isSame).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
    expect(queueKey('a#b', 'c')).toEqual({ pk: 'PROJECT#a%23b', sk: 'QUEUE#c' });
  });

  it('tells the semaphores of a scope from the jobs of a project, since no kind is called as a class', () => {
    const classes: ReadonlySet<string> = new Set(STATUS_CLASSES);
    expect(SEMAPHORE_KINDS.filter((kind) => classes.has(kind))).toEqual([]);
    expect(new Set<string>(DUE_LANES).has(SEMAPHORE_LANE)).toBe(false);
    const kind = fc.constantFrom(...SEMAPHORE_KINDS);
    const statusClass = fc.constantFrom(...STATUS_CLASSES);
    fc.assert(
      fc.property(part, kind, part, statusClass, (scope, ofKind, project, ofClass) => {
        expect(kindKey(scope, ofKind)).not.toBe(classKey(project, ofClass));
      }),
    );
  });

  it('keeps the schedules of a project apart from its jobs and semaphores', () => {
    const kind = fc.constantFrom(...SEMAPHORE_KINDS);
    const statusClass = fc.constantFrom(...STATUS_CLASSES);
    fc.assert(
      fc.property(part, part, kind, statusClass, (project, other, ofKind, ofClass) => {
        expect([kindKey(other, ofKind), classKey(other, ofClass)]).not.toContain(schedulesKey(project));
        expect(schedulesKey(project) === schedulesKey(other)).toBe(project === other);
      }),
    );
  });

  it('sorts the runs of a schedule by their times', () => {
    const at = fc.integer({ min: 0, max: Date.UTC(2199, 0, 1) });
    fc.assert(
      fc.property(at, at, (one, other) => {
        const [first, second] = [one, other].map((each) => runKey(SCHEDULE, { at: each, trigger: 'time' }));
        expect((first?.sk ?? '') < (second?.sk ?? '')).toBe(one < other);
      }),
    );
    const ofUser = runKey(SCHEDULE, { at: 1, trigger: 'user' });
    expect(ofUser).not.toEqual(runKey(SCHEDULE, { at: 1, trigger: 'time' }));
    expect(scheduleIdOf(ofUser.pk)).toBe(SCHEDULE);
  });

  it('sorts semaphores of a kind as their names do', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'B', '9', '.', '_', '/', '-'),
      minLength: 1,
    });
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(kindPlace(one) < kindPlace(other)).toBe(one < other);
      }),
    );
  });

  it.each([
    ['jobs', (n: number) => dueShard(jobId(n))],
    ['semaphores', (n: number) => semaphoreShard({ scope: 'web', kind: 'lock', name: `lock-${n}` })],
  ])('spreads %s evenly over the shards of what is due', (_what, shardOf) => {
    const many = 4_000;
    const counts = new Map<number, number>();
    for (let n = 0; n < many; n += 1) {
      const shard = shardOf(n);
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3]);
    for (const count of counts.values()) expect(Math.abs(count - many / 4)).toBeLessThan(many / 20);
  });
});
