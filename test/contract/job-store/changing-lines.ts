import { expect, it } from 'vitest';
import { acquire, release, type SemaphoreChange } from '../../../core/semaphore/line.ts';
import { newSemaphore, type Semaphore } from '../../../core/semaphore/semaphore.ts';
import { commit, jobId, RECEIVED_AT, submission } from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';
import {
  changed,
  commitUsed,
  holdOf,
  LOCK,
  lineChange,
  noteWith,
  used,
  waitOf,
  wholeLine,
} from '../line-steps.ts';

const ID = jobId(1);
const OTHER_LOCK = { ...LOCK, name: 'mirror' };
const RACERS = 10;
/** Fills a transaction, with the head of the job, its entry and the head of the semaphore. */
const MOST_WAITS = 97;

/** Job 1 holds it under fence 1, job 2 stands in line. */
const HELD = used(LOCK, [holdOf(1)], [waitOf(2)]);

/** Changes that were decided on something else than what is stored, each in one respect only. */
const STALE: readonly (readonly [string, (semaphore: Semaphore) => SemaphoreChange])[] = [
  ['of a version that has passed', (now) => changed(now, { before: now.ver - 1 })],
  ['of a version that has not come', (now) => changed(now, { before: now.ver + 1 })],
  ['that takes it for unused', (now) => changed(now, { before: 0 })],
  ['that takes an unused one for used', () => changed({ ...newSemaphore(OTHER_LOCK, 1), ver: 1 })],
  ['that grants what is held', (now) => changed(now, { putHolds: [holdOf(1, { fence: 9 })] })],
  ['that releases under a later fence', (now) => changed(now, { deleteHolds: [holdOf(1, { fence: 2 })] })],
  ['that releases what is not held', (now) => changed(now, { deleteHolds: [holdOf(2)] })],
  ['that lines up twice', (now) => changed(now, { putWaits: [waitOf(2)] })],
  ['that removes who does not wait', (now) => changed(now, { deleteWaits: [waitOf(1)] })],
  [
    'that removes a waiter from another place',
    (now) => changed(now, { deleteWaits: [waitOf(2, { rank: 1 })] }),
  ],
];

export function changingLines(open: OpenStore): void {
  it('keeps who holds a semaphore and who waits for it', async () => {
    const store = await open();
    const holds = [holdOf(1, { units: 3 }), holdOf(2)];
    const waits = [waitOf(3), waitOf(4, { units: 10, project: 'api', owner: 'bob' })];
    const semaphore = await commitUsed(store, used(LOCK, holds, waits, { dueAt: RECEIVED_AT, paused: true }));
    expect(await wholeLine(store, LOCK)).toEqual({ semaphore, holds, waits });
  });

  it('forgets by when a grant was owed, once it is not', async () => {
    const store = await open();
    const owing = await commitUsed(store, used(LOCK, [], [waitOf(1)], { dueAt: RECEIVED_AT }));
    const { dueAt: _owed, ...settled } = owing;
    const { semaphore } = changed(settled);
    await commitUsed(store, changed(settled));
    expect((await wholeLine(store, LOCK)).semaphore).toEqual(semaphore);
  });

  it('hands a lock on as it was decided', async () => {
    const store = await open();
    const ask = (n: number) => ({
      jobId: jobId(n),
      project: 'web',
      owner: 'ada',
      units: 1,
      priority: 0,
    });
    const free = { semaphore: newSemaphore(LOCK, 1), own: null, front: null };
    const first = acquire(free, ask(1), RECEIVED_AT);
    if (first.kind !== 'granted' || first.change === null) throw new Error('the lock was free');
    await commitUsed(store, first.change);
    const second = acquire({ ...free, semaphore: first.change.semaphore }, ask(2), RECEIVED_AT);
    if (second.change === null) throw new Error('the lock was taken');
    await commitUsed(store, second.change);
    const [line] = await store.readLines([LOCK]);
    const [own] = await store.readHolds(LOCK, 1);
    const [front] = line?.first ?? [];
    if (!line?.semaphore || own === undefined || front === undefined) throw new Error('both were stored');
    const handed = release({ semaphore: line.semaphore, own, front }, own, RECEIVED_AT);
    if (handed?.granted === undefined || handed.granted === null) throw new Error('the waiter fits');
    await commitUsed(store, handed.change);
    expect(await wholeLine(store, LOCK)).toEqual({
      semaphore: { ...handed.change.semaphore, held: 1, waiting: 0, fence: 2, ver: 3 },
      holds: [handed.granted.hold],
      waits: [],
    });
    expect(handed.granted.hold).toMatchObject({ jobId: jobId(2), fence: 2 });
  });

  it.each(STALE)('refuses a change %s, and writes nothing of it', async (_what, change) => {
    const store = await open();
    const semaphore = await commitUsed(store, HELD);
    const before = await wholeLine(store, LOCK);
    const stale = change(semaphore);
    const { scope, kind, name } = stale.semaphore;
    const refusal = { ok: false, conflict: { kind: 'semaphore', key: { scope, kind, name } } };
    const third = used({ ...LOCK, name: 'third' }, [holdOf(5)], [waitOf(6)]);
    expect(await store.commitLines(lineChange([stale]))).toEqual(refusal);
    expect(await store.commitLines(lineChange([third, stale]))).toEqual(refusal);
    const job = await commit(store, submission(ID));
    expect(await store.commit(noteWith(job, { semaphores: [third, stale] }))).toEqual(refusal);
    expect(await wholeLine(store, LOCK)).toEqual(before);
    expect(await wholeLine(store, OTHER_LOCK)).toMatchObject({ semaphore: null });
    expect(await wholeLine(store, third.semaphore)).toEqual({ semaphore: null, holds: [], waits: [] });
    expect(await store.readJob(ID)).toEqual(job);
    expect(await store.readJournal(ID, 1, 10)).toEqual([]);
  });

  it('names the semaphore that is in the way, and not those beside it', async () => {
    const store = await open();
    const semaphore = await commitUsed(store, HELD);
    const stale = changed(semaphore, { before: 7 });
    const fine = used(OTHER_LOCK);
    for (const changes of [
      [fine, stale],
      [stale, fine],
    ]) {
      expect(await store.commitLines(lineChange(changes))).toEqual({
        ok: false,
        conflict: { kind: 'semaphore', key: LOCK },
      });
    }
  });

  it('moves a waiter to another place in its line', async () => {
    const store = await open();
    const semaphore = await commitUsed(store, HELD);
    const moved = waitOf(2, { rank: RECEIVED_AT - 1_800_000 });
    await commitUsed(store, changed(semaphore, { putWaits: [moved], deleteWaits: [waitOf(2)] }));
    expect(await store.readWaits(LOCK, 10)).toEqual([moved]);
  });

  it('changes several semaphores with a job, all of them or none', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const changes = [used(LOCK, [holdOf(1)]), used(OTHER_LOCK, [], [waitOf(1)])];
    const next = await commit(store, noteWith(job, { semaphores: changes }));
    expect(await store.readJob(ID)).toEqual(next);
    expect((await wholeLine(store, LOCK)).holds).toEqual([holdOf(1)]);
    expect((await wholeLine(store, OTHER_LOCK)).waits).toEqual([waitOf(1)]);
    // The job has moved on, so this says nothing of the lines that it would have left.
    const late = noteWith(job, { semaphores: changes });
    expect(await store.commit(late)).toEqual({ ok: false, conflict: { kind: 'version', current: next } });
  });

  it('keeps semaphores apart whose names only look the same when joined', async () => {
    const store = await open();
    const keys = [
      LOCK,
      { ...LOCK, scope: '*' },
      { ...LOCK, kind: 'resource' as const },
      { ...LOCK, name: 'SITE' },
      { ...LOCK, scope: 'web#lock', name: 'site' },
      { ...LOCK, scope: 'web', name: 'lock#site' },
      { ...LOCK, scope: 'web%23lock' },
    ];
    for (const [n, key] of keys.entries()) await commitUsed(store, used(key, [holdOf(n + 1)]));
    const lines = await store.readLines(keys);
    expect(lines.map(({ semaphore }) => semaphore)).toMatchObject(keys);
    for (const [n, key] of keys.entries()) expect(await store.readHolds(key, 10)).toEqual([holdOf(n + 1)]);
  });

  it('lets exactly one of several win who change the same version', async () => {
    const store = await open();
    const semaphore = await commitUsed(store, used(LOCK));
    const changes = Array.from({ length: RACERS }, (_, n) =>
      lineChange([changed(semaphore, { putHolds: [holdOf(n + 1)] })]),
    );
    const answers = await Promise.all(changes.map((change) => store.commitLines(change)));
    const winner = answers.findIndex(({ ok }) => ok);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await store.readHolds(LOCK, RACERS)).toEqual([holdOf(winner + 1)]);
    for (const answer of answers) {
      if (!answer.ok && answer.conflict.kind !== 'contention') {
        expect(answer.conflict).toEqual({ kind: 'semaphore', key: LOCK });
      }
    }
  });

  it('lets exactly one win who change the head alone, and in the same way', async () => {
    const store = await open();
    const change = lineChange([changed(await commitUsed(store, used(LOCK)))]);
    const answers = await Promise.all(Array.from({ length: RACERS }, () => store.commitLines(change)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await wholeLine(store, LOCK)).semaphore?.ver).toBe(2);
  });

  it('counts everything that a change writes, and refuses more than a transaction takes as a bug', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const withWaits = (count: number) => {
      const waits = Array.from({ length: count }, (_, n) => waitOf(n));
      return noteWith(job, { semaphores: [used(LOCK, [], waits)] });
    };
    await expect(store.commit(withWaits(MOST_WAITS + 1))).rejects.toThrow(
      'add note: a change of 101 items; one transaction takes 100',
    );
    const tooMany = used(
      LOCK,
      [holdOf(1)],
      Array.from({ length: 99 }, (_, n) => waitOf(n)),
    );
    await expect(store.commitLines(lineChange([tooMany]))).rejects.toThrow('a change of 101 items');
    await commit(store, withWaits(MOST_WAITS));
    expect(await store.readWaits(LOCK, 1_000)).toHaveLength(MOST_WAITS);
  });

  it('refuses a change that writes an item twice, or nothing, as a bug', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const touch = { before: job.version, job: { ...job, version: job.version + 1 } };
    await expect(store.commit(noteWith(job, { touched: [touch] }))).rejects.toThrow(/HEAD twice$/);
    const twice = used(LOCK, [holdOf(1)]);
    await expect(store.commitLines(lineChange([twice, twice]))).rejects.toThrow(/HEAD twice$/);
    const samePlace = changed(twice.semaphore, { putWaits: [waitOf(2)], deleteWaits: [waitOf(2)] });
    await expect(store.commitLines(lineChange([samePlace]))).rejects.toThrow('twice');
    await expect(store.commitLines(lineChange([]))).rejects.toThrow('set resource: a change of nothing');
    expect(await store.readJob(ID)).toEqual(job);
  });
}
