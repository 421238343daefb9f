import { expect, it } from 'vitest';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { DueLane } from '../../../core/job/job.ts';
import { EFFECT_OWED_MS } from '../../../core/job/owed-effect.ts';
import { moveDueEntry } from '../../../core/job/settle-debts.ts';
import { DUE_SHARDS, type DuePlace, type JobStore } from '../../../core/ports/job-store.ts';
import {
  cancel,
  commit,
  completion,
  deletion,
  jobId,
  LIVENESS,
  plainSpec,
  RECEIVED_AT,
  rerun,
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
      shards.push(await idsOf(store.listDue('owed', shard, { now: START_OWED_BY, limit: JOBS })));
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
    // Received in another order than that of their ids.
    for (let n = 0; n < JOBS; n += 1) {
      await commit(store, submission(jobId(n), { at: RECEIVED_AT + ((n * 17) % JOBS) }));
    }
    const shard = await shardOf(store, jobId(0));
    const all = await store.listDue('owed', shard, { now: FIRST_LOOK_AT, limit: JOBS });
    const places = await Promise.all(
      all.map(async ({ id }) => ({ at: (await stored(store, id)).job.dueEntry?.at, id })),
    );
    expect(all).toEqual(places);
    expect(all).toEqual(all.toSorted((one, other) => one.at - other.at));
    expect(await store.listDue('owed', shard, { now: FIRST_LOOK_AT, limit: 3 })).toEqual(all.slice(0, 3));
    expect(await store.listDue('owed', shard, { now: FIRST_LOOK_AT, limit: 0 })).toEqual([]);
  });

  it('goes on behind the place it had come to, among many of one moment too, and misses and repeats none', async () => {
    const store = await open();
    // A few moments, each of several jobs.
    for (let n = 0; n < JOBS; n += 1) {
      await commit(store, submission(jobId(n), { at: RECEIVED_AT + ((n * 17) % 4) }));
    }
    for (const limit of [1, 2, 3, JOBS]) {
      const found: DuePlace[] = [];
      for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
        for (const page of await allPages(store, shard, limit)) found.push(...page);
      }
      expect(found.map(({ id }) => id).sort()).toEqual(Array.from({ length: JOBS }, (_, n) => jobId(n)));
    }
  });

  it('goes on behind a place whose job is due no more, and finds nothing beyond now', async () => {
    const store = await open();
    for (let n = 0; n < JOBS; n += 1) await commit(store, submission(jobId(n), { at: RECEIVED_AT + n }));
    const shard = await shardOf(store, jobId(0));
    const [first, second, third] = await store.listDue('owed', shard, { now: FIRST_LOOK_AT, limit: JOBS });
    if (first === undefined || second === undefined || third === undefined) {
      throw new Error('no shard has three jobs');
    }
    await commit(store, await cancel(store, second.id));
    expect(await store.listDue('owed', shard, { after: second, now: FIRST_LOOK_AT, limit: 1 })).toEqual([
      third,
    ]);
    expect(await store.listDue('owed', shard, { after: second, now: second.at, limit: 1 })).toEqual([]);
    expect(await store.listDue('owed', shard, { after: second, now: first.at, limit: 1 })).toEqual([]);
  });

  it('keeps the places it is told, the last ones only', async () => {
    const store = await open();
    expect(await store.readSweepPlaces()).toEqual({});
    const one = { 'owed#0': { at: RECEIVED_AT, id: jobId(1) }, 'dates#3': { at: 0, id: jobId(2) } };
    await store.saveSweepPlaces(one);
    expect(await store.readSweepPlaces()).toEqual(one);
    const other = { 'owed#1': { at: RECEIVED_AT + 1, id: jobId(3) } };
    await store.saveSweepPlaces(other);
    expect(await store.readSweepPlaces()).toEqual(other);
    await store.saveSweepPlaces({});
    expect(await store.readSweepPlaces()).toEqual({});
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

  it('has a job that has settled and owes nothing among those that leave, and at once for its removal', async () => {
    const store = await open();
    const { retainUntil } = await wholeJob(store, ID);
    expect(await due(store, 'owed', retainUntil)).toEqual([]);
    expect(await due(store, 'liveness', retainUntil)).toEqual([]);
    expect(await due(store, 'retention', retainUntil - 1)).toEqual([]);
    expect(await due(store, 'retention', retainUntil)).toEqual([ID]);
    await commit(store, await deletion(store, ID));
    expect(await due(store, 'owed', FIRST_LOOK_AT)).toEqual([ID]);
    expect(await due(store, 'retention', retainUntil)).toEqual([]);
  });

  it('has a job that runs again no more among those that leave', async () => {
    const store = await open();
    const { retainUntil } = await wholeJob(store, ID);
    await commit(store, await rerun(store, ID));
    expect(await due(store, 'retention', retainUntil)).toEqual([]);
    expect(await due(store, 'owed', FIRST_LOOK_AT)).toEqual([ID]);
  });
}

/** What is due in all shards of the lane. */
async function due(store: JobStore, lane: DueLane, now: Instant): Promise<readonly JobId[]> {
  const ids: JobId[] = [];
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    ids.push(...(await idsOf(store.listDue(lane, shard, { now, limit: JOBS }))));
  }
  return ids;
}

async function idsOf(places: Promise<readonly DuePlace[]>): Promise<readonly JobId[]> {
  return (await places).map(({ id }) => id);
}

async function shardOf(store: JobStore, id: JobId): Promise<number> {
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    const ids = await idsOf(store.listDue('owed', shard, { now: FIRST_LOOK_AT, limit: JOBS }));
    if (ids.includes(id)) return shard;
  }
  throw new Error(`job ${id} is due in no shard`);
}

/** All that is due in a shard, page after page; each is shorter only if it is the last. */
async function allPages(
  store: JobStore,
  shard: number,
  limit: number,
): Promise<readonly (readonly DuePlace[])[]> {
  const pages: (readonly DuePlace[])[] = [];
  let after: DuePlace | undefined;
  do {
    const page = { now: FIRST_LOOK_AT, limit, ...(after === undefined ? {} : { after }) };
    const places = await store.listDue('owed', shard, page);
    pages.push(places);
    after = places.length < limit ? undefined : places.at(-1);
  } while (after !== undefined);
  return pages;
}
