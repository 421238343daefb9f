import { expect, it } from 'vitest';
import { beginBulk, nextOfBulk } from '../../../core/job/bulk-progress.ts';
import { commit, deletion, jobId, RECEIVED_AT, wholeJob } from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const ID = jobId(1);
const NAMED = { jobId: ID, attempt: 1, op: 0 };
const TARGET = { jobId: jobId(2), attempt: 3 };
const FIRST = beginBulk(NAMED, { place: { at: RECEIVED_AT, id: jobId(3) }, targets: [TARGET] });
const LAST = nextOfBulk(FIRST, [{ jobId: TARGET.jobId, code: 'Forbidden' }], { targets: [] });

export function keepingProgress(open: OpenStore): void {
  it('keeps how far a bulk op has come, each attempt and op for itself', async () => {
    const store = await open();
    expect(await store.readBulk(ID, 1, 0)).toBeNull();
    expect(await store.saveBulk(FIRST)).toBe(true);
    expect(await store.readBulk(ID, 1, 0)).toEqual(FIRST);
    expect(await store.saveBulk(LAST)).toBe(true);
    expect(await store.readBulk(ID, 1, 0)).toEqual(LAST);
    expect(await store.readBulk(ID, 2, 0)).toBeNull();
    expect(await store.readBulk(ID, 1, 1)).toBeNull();
  });

  it('lets only one go on from where both were', async () => {
    const store = await open();
    expect(await store.saveBulk(LAST)).toBe(false);
    const begun = await Promise.all([store.saveBulk(FIRST), store.saveBulk({ ...FIRST, targets: [] })]);
    expect(begun.filter((isSaved) => isSaved)).toHaveLength(1);
    expect(await store.saveBulk(LAST)).toBe(true);
    expect(await store.saveBulk(LAST)).toBe(false);
    expect(await store.readBulk(ID, 1, 0)).toEqual(LAST);
  });

  it('forgets it with the job', async () => {
    const store = await open();
    await wholeJob(store, ID);
    await store.saveBulk(FIRST);
    await store.removeJob(await commit(store, await deletion(store, ID)));
    expect(await store.readBulk(ID, 1, 0)).toBeNull();
  });
}
