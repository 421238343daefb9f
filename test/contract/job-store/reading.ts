import { expect, it } from 'vitest';
import { LIMITS } from '../../../core/contract/limits.ts';
import { changeOf } from '../../../core/job/change.ts';
import type { Job } from '../../../core/job/job.ts';
import type { Op } from '../../../core/op/op.ts';
import type { JobStore } from '../../../core/ports/job-store.ts';
import { commit, jobId, plainSpec, RECEIVED_AT, start, submission, wholeJob } from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const ID = jobId(1);
const BEGUN_OPS = 120;
const OPS_A_CHANGE = 60;

export function reading(open: OpenStore): void {
  it('reads entries newer than a serial, oldest first, at most as many as asked', async () => {
    const store = await open();
    const { logSerial } = await wholeJob(store, ID, plainSpec(6));
    const serials = async (newerThan: number, limit: number) =>
      (await store.readJournal(ID, newerThan, limit)).map(({ serial }) => serial);
    expect(await serials(0, 3)).toEqual([1, 2, 3]);
    expect(await serials(3, 3)).toEqual([4, 5, 6]);
    // Serials of one and of two digits: they are numbers, and no text.
    expect(await serials(8, 4)).toEqual([9, 10, 11, 12]);
    expect(await serials(logSerial - 1, 10)).toEqual([logSerial]);
    expect(await serials(logSerial, 10)).toEqual([]);
    expect(await serials(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    expect(await serials(-5, 1)).toEqual([1]);
    expect(await serials(0, 0)).toEqual([]);
  });

  it('reads the entries of one job only', async () => {
    const store = await open();
    await commit(store, submission(ID));
    await wholeJob(store, jobId(2));
    expect(await store.readJournal(ID, 0, 100)).toHaveLength(1);
  });

  it('reads the ops of an attempt that have begun, rollbacks included, by index', async () => {
    const store = await open();
    await beginMany(store);
    const ops = await store.readOps(ID, 1);
    expect(ops.map(({ index }) => index)).toEqual(Array.from({ length: BEGUN_OPS }, (_, index) => index));
    expect(await store.readOps(ID, 2)).toMatchObject([{ attempt: 2, index: 0 }]);
    expect(await store.readOps(ID, 10)).toEqual([]);
  });

  it('reads the ops of all attempts, one attempt after the other, by index', async () => {
    const store = await open();
    await beginMany(store);
    const first = Array.from({ length: BEGUN_OPS }, (_, index) => `1/${index}`);
    const runs = (await store.readOps(ID, 'all')).map(({ attempt, index }) => `${attempt}/${index}`);
    expect(runs).toEqual([...first, '2/0']);
    expect(await store.readOps(jobId(2), 'all')).toEqual([]);
  });

  it('keeps attempts in their order as numbers, and an op with an index of six digits behind the others', async () => {
    const store = await open();
    await commit(store, submission(ID));
    const started = await start(store, ID, 0);
    const job = await commit(store, started);
    const [first] = started.ops;
    if (first === undefined) throw new Error('no op has started');
    const runs = [
      [9, 0],
      [10, 0],
      [LIMITS.attempts, 1],
      [LIMITS.attempts, LIMITS.ops * LIMITS.attempts],
    ] as const;
    await begin(
      store,
      job,
      runs.map(([attempt, index]): Op => ({ ...first.op, attempt, index })),
    );
    const all = await store.readOps(ID, 'all');
    expect(all.map(({ attempt, index }) => [attempt, index])).toEqual([[1, 0], ...runs]);
    expect(await store.readSomeOps(ID, LIMITS.attempts, [LIMITS.ops * LIMITS.attempts])).toHaveLength(1);
  });

  it('reads only the named ops, each once, more of them than one request takes', async () => {
    const store = await open();
    await beginMany(store);
    const indexes = async (asked: readonly number[]) =>
      (await store.readSomeOps(ID, 1, asked)).map(({ index }) => index);
    expect(await indexes([7, 3, 3, 999])).toEqual([3, 7]);
    expect(await indexes([])).toEqual([]);
    const most = Array.from({ length: BEGUN_OPS }, (_, index) => index).slice(5);
    expect(await indexes(most.toReversed())).toEqual(most);
    expect(await store.readSomeOps(ID, 2, [0, 1])).toHaveLength(1);
  });
}

/** Begins many ops of the first attempt and one of the second, all of them like the first op. */
async function beginMany(store: JobStore): Promise<void> {
  await commit(store, submission(ID, { spec: plainSpec(BEGUN_OPS / 2) }));
  const started = await start(store, ID, 0);
  let job = await commit(store, started);
  const [first] = started.ops;
  if (first === undefined) throw new Error('no op has started');
  for (let index = 1; index < BEGUN_OPS; index += OPS_A_CHANGE) {
    const count = Math.min(OPS_A_CHANGE, BEGUN_OPS - index);
    const ops = Array.from({ length: count }, (_, n): Op => ({ ...first.op, index: index + n }));
    job = await begin(store, job, ops);
  }
  await begin(store, job, [{ ...first.op, attempt: 2 }]);
}

async function begin(store: JobStore, job: Job, ops: readonly Op[]): Promise<Job> {
  const writes = ops.map((op) => ({ before: null, op }));
  return commit(store, changeOf('start op', job, job, RECEIVED_AT, { actor: 'jobplane', ops: writes }));
}
