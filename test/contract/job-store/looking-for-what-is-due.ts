import { expect, it } from 'vitest';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { DueLane } from '../../../core/job/job.ts';
import { EFFECT_OWED_MS } from '../../../core/job/owed-effect.ts';
import { moveDueEntry } from '../../../core/job/settle-debts.ts';
import { DUE_SHARDS, type JobStore } from '../../../core/ports/job-store.ts';
import {
  commit,
  completion,
  deletion,
  jobId,
  LIVENESS,
  plainSpec,
  RECEIVED_AT,
  start,
  stored,
  submission,
  wholeJob,
} from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const JOBS = 40;
const ID = jobId(1);
const START_OWED_BY = RECEIVED_AT + EFFECT_OWED_MS;
const FIRST_LOOK_AT = RECEIVED_AT + LIVENESS.firstSeconds * 1000;

export function lookingForWhatIsDue(open: OpenStore): void {
  it('finds each job in one shard of its lane, and in every shard some', async () => {
    const store = await open();
    for (let n = 0; n < JOBS; n += 1) await commit(store, submission(jobId(n)));
    const shards: (readonly JobId[])[] = [];
    for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
      shards.push(await store.listDue('owed', shard, START_OWED_BY, JOBS));
    }
    expect(shards.flat().sort()).toEqual(Array.from({ length: JOBS }, (_, n) => jobId(n)));
    for (const shard of shards) expect(shard.length).toBeGreaterThan(0);
    expect(await due(store, 'dates', START_OWED_BY)).toEqual([]);
    expect(await due(store, 'liveness', FIRST_LOOK_AT)).toEqual([]);
  });

  it('finds a job when its time has come, and not before', async () => {
    const store = await open();
    await commit(store, submission(ID));
    expect(await due(store, 'owed', START_OWED_BY - 1)).toEqual([]);
    expect(await due(store, 'owed', START_OWED_BY)).toEqual([ID]);
    expect(await due(store, 'owed', START_OWED_BY + 1)).toEqual([ID]);
  });

  it('finds what is due earliest first, at most as many as asked', async () => {
    const store = await open();
    const shardOf = async (id: JobId) => {
      for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
        if ((await store.listDue('owed', shard, FIRST_LOOK_AT, JOBS)).includes(id)) return shard;
      }
      throw new Error(`job ${id} is due in no shard`);
    };
    // Received in another order than that of their ids.
    for (let n = 0; n < JOBS; n += 1) {
      await commit(store, submission(jobId(n), { at: RECEIVED_AT + ((n * 17) % JOBS) }));
    }
    const shard = await shardOf(jobId(0));
    const all = await store.listDue('owed', shard, FIRST_LOOK_AT, JOBS);
    const receivedAt = await Promise.all(all.map(async (id) => (await stored(store, id)).job.receivedAt));
    expect(receivedAt).toEqual(receivedAt.toSorted((one, other) => one - other));
    expect(await store.listDue('owed', shard, FIRST_LOOK_AT, 3)).toEqual(all.slice(0, 3));
    expect(await store.listDue('owed', shard, FIRST_LOOK_AT, 0)).toEqual([]);
  });

  it('leaves an entry whose time moved later where it is, until it is moved', async () => {
    const store = await open();
    await commit(store, submission(ID, { spec: plainSpec(2) }));
    // The op's start proves the execution started, so that only the look at it is due: later.
    const job = await commit(store, await start(store, ID, 0));
    expect(await due(store, 'owed', START_OWED_BY)).toEqual([ID]);
    const moved = moveDueEntry(job, START_OWED_BY);
    if (moved === null) throw new Error('the entry stands where it belongs');
    await commit(store, moved);
    expect(await due(store, 'owed', FIRST_LOOK_AT)).toEqual([]);
    expect(await due(store, 'liveness', FIRST_LOOK_AT - 1)).toEqual([]);
    expect(await due(store, 'liveness', FIRST_LOOK_AT)).toEqual([ID]);
  });

  it('moves an entry whose time moved earlier at once', async () => {
    const store = await open();
    await commit(store, submission(ID, { spec: plainSpec(2) }));
    const job = await commit(store, await start(store, ID, 0));
    const moved = moveDueEntry(job, START_OWED_BY);
    if (moved === null) throw new Error('the entry stands where it belongs');
    await commit(store, moved);
    const done = await completion(store, ID, 0, { kind: 'succeeded' }, START_OWED_BY);
    await commit(store, done);
    expect(await due(store, 'owed', START_OWED_BY + EFFECT_OWED_MS)).toEqual([ID]);
    expect(await due(store, 'liveness', FIRST_LOOK_AT)).toEqual([]);
  });

  it('has no entry for a job that has settled and owes nothing, and one again for its removal', async () => {
    const store = await open();
    const job = await wholeJob(store, ID);
    expect(job.dueEntry).toBeUndefined();
    expect(await due(store, 'owed', FIRST_LOOK_AT)).toEqual([]);
    await commit(store, await deletion(store, ID));
    expect(await due(store, 'owed', FIRST_LOOK_AT)).toEqual([ID]);
  });
}

/** What is due in all shards of the lane. */
async function due(store: JobStore, lane: DueLane, now: Instant): Promise<readonly JobId[]> {
  const ids: JobId[] = [];
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    ids.push(...(await store.listDue(lane, shard, now, JOBS)));
  }
  return ids;
}
