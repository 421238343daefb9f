import { expect, it } from 'vitest';
import type { JobStore } from '../../../core/ports/job-store.ts';
import { DUE_SHARDS } from '../../../core/ports/job-store.ts';
import type { SemaphoreKey } from '../../../core/semaphore/semaphore.ts';
import { commit, jobId, RECEIVED_AT, submission } from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';
import { changed, commitUsed, holdOf, LOCK, used, waitOf } from '../line-steps.ts';

const MANY = 120;
const SEMAPHORES = 7;
const LARGEST_RANK = 999_999_999_999_999;

export function readingLines(open: OpenStore): void {
  it('reads lines in the order of the keys, used or not, each as often as it is named', async () => {
    const store = await open();
    const free = { ...LOCK, name: 'free' };
    const held = await commitUsed(store, used(LOCK, [holdOf(1)], [waitOf(2)]));
    const line = { semaphore: held, first: [waitOf(2)] };
    const nothing = { semaphore: null, first: [] };
    expect(await store.readLines([free, LOCK, free, LOCK])).toEqual([nothing, line, nothing, line]);
    expect(await store.readLines([])).toEqual([]);
    expect(await store.readHolds(free, 10)).toEqual([]);
    expect(await store.readWaits(free, 10)).toEqual([]);
  });

  it('reads more lines than one request takes', async () => {
    const store = await open();
    const keys = Array.from({ length: MANY }, (_, n) => ({ ...LOCK, name: `lock-${n}` }));
    await commitUsed(store, used({ ...LOCK, name: 'lock-7' }));
    await commitUsed(store, used({ ...LOCK, name: `lock-${MANY - 1}` }));
    const lines = await store.readLines(keys);
    expect(lines.flatMap(({ semaphore }, n) => (semaphore === null ? [] : [n]))).toEqual([7, MANY - 1]);
  });

  it('reads the first two in line, and of those who wait and hold at most as many as asked', async () => {
    const store = await open();
    const [waits, holds] = [[4, 5, 6].map((n) => waitOf(n)), [1, 2, 3].map((n) => holdOf(n))];
    await commitUsed(store, used(LOCK, holds.toReversed(), waits.toReversed()));
    const [line] = await store.readLines([LOCK]);
    expect(line?.first).toEqual(waits.slice(0, 2));
    for (const limit of [0, 1, 2, 3, 4]) {
      expect(await store.readWaits(LOCK, limit)).toEqual(waits.slice(0, limit));
      expect(await store.readHolds(LOCK, limit)).toEqual(holds.slice(0, limit));
    }
  });

  it('orders a line by rank as a number, and those of one rank by their ids', async () => {
    const store = await open();
    const ranks = [9, 10, 10, 1_000, RECEIVED_AT, LARGEST_RANK, 0];
    await commitUsed(
      store,
      used(
        LOCK,
        [],
        ranks.map((rank, n) => waitOf(n, { rank })),
      ),
    );
    const line = await store.readWaits(LOCK, 10);
    expect(line.map((wait) => wait.jobId)).toEqual([6, 0, 1, 2, 3, 4, 5].map(jobId));
  });

  it('refuses a rank that would not sort', async () => {
    const store = await open();
    for (const rank of [-1, 1e17]) {
      const change = used(LOCK, [], [waitOf(1, { rank })]);
      await expect(commitUsed(store, change)).rejects.toThrow(RangeError);
    }
    expect(await store.readLines([LOCK])).toEqual([{ semaphore: null, first: [] }]);
  });

  it('counts those before a place, whether somebody stands there or not, up to a limit', async () => {
    const store = await open();
    const waits = [1, 2, 3, 4, 5].map((n) => waitOf(n, { rank: 100 + Math.ceil(n / 2) }));
    await commitUsed(store, used(LOCK, [holdOf(8), holdOf(9)], waits));
    for (const [position, wait] of waits.entries()) {
      expect(await store.countBefore(LOCK, wait, 10)).toBe(position);
      expect(await store.countBefore(LOCK, wait, 2)).toBe(Math.min(2, position));
      expect(await store.countBefore(LOCK, wait, 0)).toBe(0);
    }
    expect(await store.countBefore(LOCK, { rank: 0, jobId: jobId(1) }, 10)).toBe(0);
    expect(await store.countBefore(LOCK, { rank: 101, jobId: jobId(9) }, 10)).toBe(2);
    expect(await store.countBefore(LOCK, { rank: LARGEST_RANK, jobId: jobId(1) }, 10)).toBe(5);
    expect(await store.countBefore({ ...LOCK, name: 'free' }, { rank: 1, jobId: jobId(1) }, 10)).toBe(0);
  });

  it('lists the semaphores of a kind in a scope by name, page after page', async () => {
    const store = await open();
    const names = Array.from({ length: SEMAPHORES }, (_, n) => `lock/${(n * 3) % SEMAPHORES}`);
    for (const name of names) await commitUsed(store, used({ ...LOCK, name }));
    for (const limit of [1, 2, 3, SEMAPHORES, SEMAPHORES + 1]) {
      const pages = await allPages(store, limit);
      expect(pages.flat()).toEqual(names.toSorted());
      expect(pages).toHaveLength(Math.ceil(SEMAPHORES / limit));
    }
  });

  it('lists each semaphore as it is now', async () => {
    const store = await open();
    const first = await commitUsed(store, used(LOCK, [holdOf(1)], [waitOf(2)], { dueAt: RECEIVED_AT }));
    const change = changed(first, { deleteHolds: [holdOf(1)] });
    await commitUsed(store, change);
    expect(await store.listSemaphores('web', 'lock', { limit: 10 })).toEqual({
      semaphores: [change.semaphore],
    });
  });

  it('lists nothing of another scope or kind, and no jobs of a project, whatever the scope is called', async () => {
    const store = await open();
    const keys: readonly SemaphoreKey[] = [
      LOCK,
      { ...LOCK, scope: '*' },
      { ...LOCK, scope: 'web2' },
      { ...LOCK, scope: 'web#lock' },
      { ...LOCK, kind: 'resource' },
      { scope: 'web', kind: 'slot', name: 'default' },
    ];
    for (const key of keys) await commitUsed(store, used(key));
    const job = await commit(store, submission(jobId(1)));
    for (const { scope, kind, name } of keys) {
      const { semaphores } = await store.listSemaphores(scope, kind, { limit: 10 });
      expect(semaphores).toMatchObject([{ scope, kind, name }]);
    }
    expect(await store.listSemaphores('we', 'lock', { limit: 10 })).toEqual({ semaphores: [] });
    expect((await store.listByClass('web', 'waiting', { limit: 10 })).jobs).toEqual([job]);
  });

  it('finds a semaphore that owes a grant from that moment on, until it does not', async () => {
    const store = await open();
    const odd = { scope: 'a#b', kind: 'resource', name: 'c%23d/é' } as const;
    const owing = await commitUsed(store, used(odd, [], [waitOf(1)], { dueAt: RECEIVED_AT }));
    await commitUsed(store, used(LOCK, [], [waitOf(2)]));
    expect(await due(store, RECEIVED_AT - 1)).toEqual([]);
    expect(await due(store, RECEIVED_AT)).toEqual([odd]);
    expect(await due(store, RECEIVED_AT + 1)).toEqual([odd]);
    const { dueAt: _owed, ...settled } = owing;
    await commitUsed(store, changed(settled));
    expect(await due(store, RECEIVED_AT + 1)).toEqual([]);
  });

  it('finds each semaphore that owes a grant in one shard, earliest first, at most as many as asked', async () => {
    const store = await open();
    const keys = Array.from({ length: 40 }, (_, n) => ({ ...LOCK, name: `lock-${n}` }));
    for (const [n, key] of keys.entries()) {
      await commitUsed(store, used(key, [], [waitOf(1)], { dueAt: RECEIVED_AT + ((n * 17) % 40) }));
    }
    const found: SemaphoreKey[] = [];
    for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
      const all = await store.listDueSemaphores(shard, RECEIVED_AT + 40, 100);
      const lines = await store.readLines(all);
      const moments = lines.map(({ semaphore }) => semaphore?.dueAt ?? 0);
      expect(moments).toEqual(moments.toSorted((one, other) => one - other));
      expect(all.length).toBeGreaterThan(2);
      expect(await store.listDueSemaphores(shard, RECEIVED_AT + 40, 2)).toEqual(all.slice(0, 2));
      expect(await store.listDueSemaphores(shard, RECEIVED_AT + 40, 0)).toEqual([]);
      found.push(...all);
    }
    expect(found.map(({ name }) => name).sort()).toEqual(keys.map(({ name }) => name).sort());
  });
}

async function allPages(store: JobStore, limit: number): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let after: string | undefined;
  do {
    const page = after === undefined ? { limit } : { limit, after };
    const { semaphores, next } = await store.listSemaphores('web', 'lock', page);
    pages.push(semaphores.map(({ name }) => name));
    after = next;
  } while (after !== undefined);
  return pages;
}

/** What is due in all shards. */
async function due(store: JobStore, now: number): Promise<readonly SemaphoreKey[]> {
  const keys: SemaphoreKey[] = [];
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    keys.push(...(await store.listDueSemaphores(shard, now, 10)));
  }
  return keys;
}
