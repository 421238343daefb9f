import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type ChildrenCrowd, childrenCrowd } from './support/children-crowd.ts';

const stack = inject('stack');

/** A thousand are the bench's (`npm run bench -- children`), which nobody waits for on each change. */
const CHILDREN = 50;

const WITHIN_MS = 280_000;

describe(`${CHILDREN} children, while processes are killed at random`, () => {
  let crowd: ChildrenCrowd;

  beforeAll(async () => {
    crowd = await childrenCrowd(stack, CHILDREN, WITHIN_MS);
  }, WITHIN_MS + 60_000);

  test('fan out and join, none lost and none doubled', () => {
    expect(crowd.parent.status).toBe('COMPLETED_OK');
    expect(crowd.listed.map(({ status }) => status)).toEqual(
      Array.from({ length: CHILDREN }, () => 'COMPLETED_OK'),
    );
    const ids = crowd.listed.map(({ id }) => id);
    expect(new Set(ids).size).toBe(CHILDREN);
    expect([...crowd.stored].sort()).toEqual([...ids].sort());
  });

  test('cost their parent no more transitions than a batch each, and four', () => {
    expect(crowd.transitions.childJobs).toBeLessThanOrEqual(CHILDREN / 25 + 4);
    expect(crowd.transitions.job).toBe(3);
  });

  test('lost processes meanwhile', () => {
    expect(crowd.killed).toBeGreaterThan(0);
  });
});
