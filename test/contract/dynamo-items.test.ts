import { describe, expect, it } from 'vitest';
import { type Group, groupSemaphore, newGroup } from '../../core/children/group.ts';
import { LIMITS } from '../../core/contract/limits.ts';
import type { Change, LineChange } from '../../core/job/change.ts';
import { deleteJob } from '../../core/job/delete-job.ts';
import { SETTLED_STATUSES } from '../../core/job/status.ts';
import { writesOf } from '../../functions/adapters/dynamodb/change-writes.ts';
import {
  groupItem,
  groupOf,
  linkItem,
  linkOf as storedLinkOf,
} from '../../functions/adapters/dynamodb/child-items.ts';
import type { Item } from '../../functions/adapters/dynamodb/item.ts';
import {
  childSpecItem,
  entryOf,
  headItem,
  jobOf,
  specItem,
  storedSpecOf,
} from '../../functions/adapters/dynamodb/job-items.ts';
import {
  dependentItem,
  dependentOf,
  holdItem,
  queueItem,
  queueOf,
  semaphoreItem,
  semaphoreOf,
  holdOf as storedHoldOf,
  waitOf as storedWaitOf,
  sweepPlacesItem,
  sweepPlacesOf,
  waitItem,
} from '../../functions/adapters/dynamodb/line-items.ts';
import { InMemoryJobStore } from '../support/in-memory-job-store.ts';
import { itemSize } from '../support/item-size.ts';
import { CLOSED, GROUP, linkOf } from './family-steps.ts';
import {
  completion,
  finish,
  jobId,
  plainSpec,
  RECEIVED_AT,
  start,
  submission,
  wholeJob,
} from './job-steps.ts';
import { holdOf, LOCK, lineChange, used, waitOf } from './line-steps.ts';

const ID = jobId(1);
const ITEM_LIMIT_BYTES = 400 * 1024;
const EXPIRES_AT = RECEIVED_AT + 86_400_500;
const UNIT_BYTES = 1024;
/** Name and value of the mark that a single write leaves. */
const WRITE_MARK_BYTES = 32;
const OWNER_CHARACTERS = 256;
const OWING = used(LOCK, [], [waitOf(1)], { dueAt: RECEIVED_AT }).semaphore;
const CHILD_ITEM = {
  parent: { id: jobId(2), attempt: 1, op: 0, try: 1, child: 0, depth: 1 },
  item: null,
};
const QUEUE_WRITE = {
  before: null,
  queue: { schema: 1, project: 'web', name: 'default', version: 1, paused: false, draining: false },
} as const;

describe('the items of a job', () => {
  it('carry their schema version, and null only where it says that there was no job before', async () => {
    for (const { from, ...item } of await everyItem()) {
      expect(item['schema']).toEqual({ N: '1' });
      expect(JSON.stringify(item)).not.toContain('"NULL"');
    }
  });

  it('are left to no clock but the records of idempotency keys, which go when they have expired', async () => {
    const items = await everyItem();
    const leaving = items.filter((item) => 'ttl' in item);
    expect(leaving.map((item) => item['ttl'])).toEqual([{ N: String(Math.ceil(EXPIRES_AT / 1000)) }]);
    expect(leaving[0]?.['pk']?.S).toMatch(/^IDEMPOTENCY#/);
  });

  it('are refused when they are of another schema version, or hold what nobody knows', async () => {
    const [head, entry] = await everyItem();
    if (head === undefined || entry === undefined) throw new Error('a submission writes a head and an entry');
    expect(jobOf(head).id).toBe(ID);
    expect(() => jobOf({ ...head, schema: { N: '2' } })).toThrow();
    expect(() => jobOf({ ...head, surprise: { S: '!' } })).toThrow();
    expect(() => entryOf({ ...entry, schema: { N: '2' } })).toThrow();
  });

  it('put a job into the index of its class until it is marked for deletion', async () => {
    const job = await wholeJob(new InMemoryJobStore(), ID);
    expect(headItem(job)).toMatchObject({
      classKey: { S: 'web#ended' },
      classPlace: { S: `${RECEIVED_AT}#${ID}` },
    });
    expect(headItem(job)).toMatchObject({
      dueKey: { S: expect.stringMatching(/^retention#[0-3]$/) },
      dueAt: { N: String(job.retainUntil) },
    });
    const deleted = deleteJob(job, 'ada', RECEIVED_AT);
    if (!deleted.ok || deleted.change === null) throw new Error('an ended job can be deleted');
    expect(headItem(deleted.change.job)).not.toHaveProperty('classKey');
    expect(headItem(deleted.change.job)).toMatchObject({ dueKey: { S: expect.stringMatching(/^owed#/) } });
  });

  it('fit into DynamoDB, the largest specification too, whatever it holds most of', () => {
    const spec = plainSpec(4);
    const zeros = Array.from({ length: LIMITS.specBytes / 4 / 2 - 200 }, () => 0);
    const largest = { ...spec, ops: spec.ops.map((op) => ({ ...op, input: zeros })) };
    expect(itemSize(specItem(ID, largest))).toBeLessThan(ITEM_LIMIT_BYTES);
  });
});

describe('the items of a semaphore', () => {
  it('carry their schema version, and are left to no clock', () => {
    const items = itemsOf(lineChange([used(LOCK, [holdOf(1)], [waitOf(2)])], { queue: QUEUE_WRITE }));
    expect(items.map((item) => item['sk']?.S?.split('#')[0])).toEqual(['QUEUE', 'HEAD', 'HOLD', 'WAIT']);
    for (const item of [...items, dependentItem(ID, jobId(2)), sweepPlacesItem({})]) {
      expect(item['schema']).toEqual({ N: '1' });
      expect(item).not.toHaveProperty('ttl');
    }
  });

  it('stand in the index of their kind by name, and in that of what is due only while a grant is owed', () => {
    const { dueAt: _owed, ...settled } = OWING;
    expect(semaphoreItem(settled)).toMatchObject({
      classKey: { S: 'web#lock' },
      classPlace: { S: 'site' },
    });
    expect(semaphoreItem(settled)).not.toHaveProperty('dueKey');
    expect(semaphoreItem(settled)).not.toHaveProperty('dueAt');
    expect(semaphoreItem(OWING)).toMatchObject({
      dueKey: { S: expect.stringMatching(/^semaphores#[0-3]$/) },
      dueAt: { N: String(RECEIVED_AT) },
    });
    expect(semaphoreOf(semaphoreItem(OWING))).toEqual(OWING);
    expect(semaphoreOf(semaphoreItem(settled))).toEqual(settled);
    for (const item of [holdItem(LOCK, holdOf(1)), waitItem(LOCK, waitOf(1))]) {
      expect(item).not.toHaveProperty('classKey');
      expect(item).not.toHaveProperty('dueKey');
    }
  });

  it('are refused when they are of another schema version, or hold what nobody knows', () => {
    const stored: readonly (readonly [Item, (item: Item) => unknown])[] = [
      [semaphoreItem(OWING), semaphoreOf],
      [holdItem(LOCK, holdOf(1)), storedHoldOf],
      [waitItem(LOCK, waitOf(1)), storedWaitOf],
      [queueItem(QUEUE_WRITE.queue), queueOf],
      [dependentItem(ID, jobId(2)), dependentOf],
      [sweepPlacesItem({ 'owed#0': { at: 1, id: ID } }), sweepPlacesOf],
    ];
    for (const [item, parse] of stored) {
      expect(() => parse(item)).not.toThrow();
      expect(() => parse({ ...item, schema: { N: '2' } })).toThrow();
      expect(() => parse({ ...item, surprise: { S: '!' } })).toThrow();
    }
    expect(() => semaphoreOf({ ...semaphoreItem(OWING), dueAt: { N: '-1' } })).toThrow();
  });

  it('cost one write unit each, with the longest names that they may have', () => {
    const name = 'n'.repeat(LIMITS.nameCharacters);
    const key = { scope: name, kind: 'admission', name } as const;
    const largest = Number.MAX_SAFE_INTEGER;
    const who = { project: name, owner: 'o'.repeat(OWNER_CHARACTERS), units: largest, since: largest };
    const semaphore = { ...OWING, ...key, capacity: largest, held: largest, fence: largest, clock: largest };
    expect(itemSize(semaphoreItem(semaphore))).toBeLessThan(UNIT_BYTES - WRITE_MARK_BYTES);
    expect(itemSize(holdItem(key, holdOf(1, { ...who, fence: largest })))).toBeLessThan(UNIT_BYTES);
    expect(itemSize(waitItem(key, waitOf(1, who)))).toBeLessThan(UNIT_BYTES);
  });
});

describe('the items of a group of children', () => {
  it('carry their schema version, and stand in no index', () => {
    for (const item of [
      groupItem(newGroup(GROUP, 'run', 3)),
      linkItem(linkOf(0)),
      childSpecItem(ID, CHILD_ITEM),
    ]) {
      expect(item['schema']).toEqual({ N: '1' });
      for (const name of ['ttl', 'classKey', 'dueKey']) expect(item).not.toHaveProperty(name);
    }
    const semaphore = { ...OWING, ...groupSemaphore('web', GROUP) };
    expect(semaphoreItem(semaphore)).not.toHaveProperty('classKey');
    expect(semaphoreItem(semaphore)).toHaveProperty('dueKey');
    expect(semaphoreOf(semaphoreItem(semaphore))).toEqual(semaphore);
  });

  it('are refused when they are of another schema version, or hold what nobody knows', () => {
    const group: Group = {
      ...newGroup(GROUP, 'run', 3),
      counts: { COMPLETED_OK: 2, FAILED: 1 },
      closed: CLOSED,
    };
    expect(groupOf(groupItem(group))).toEqual(group);
    const stored: readonly (readonly [Item, (item: Item) => unknown])[] = [
      [groupItem(group), groupOf],
      [linkItem(linkOf(0)), storedLinkOf],
      [childSpecItem(ID, CHILD_ITEM), storedSpecOf],
      [specItem(ID, plainSpec()), storedSpecOf],
    ];
    for (const [item, parse] of stored) {
      expect(() => parse(item)).not.toThrow();
      expect(() => parse({ ...item, schema: { N: '2' } })).toThrow();
      expect(() => parse({ ...item, surprise: { S: '!' } })).toThrow();
    }
    expect(() => groupOf({ ...groupItem(group), 'count/RUNNING': { N: '1' } })).toThrow();
  });

  it('tell a specification from a child’s item', () => {
    expect(storedSpecOf(childSpecItem(ID, CHILD_ITEM))).toEqual({ childItem: CHILD_ITEM });
    expect(storedSpecOf(specItem(ID, plainSpec()))).toEqual({ spec: plainSpec() });
  });

  it('cost one write unit each, whatever they have counted', () => {
    const largest = LIMITS.children;
    const counts = Object.fromEntries(SETTLED_STATUSES.map((status) => [status, largest]));
    const numbers = { created: largest, settled: largest, unsuccessful: largest };
    const group: Group = { ...newGroup(GROUP, 'undo', largest), ...numbers, counts, closed: CLOSED };
    expect(itemSize(groupItem(group))).toBeLessThan(UNIT_BYTES);
    expect(itemSize(linkItem(linkOf(largest, { counted: 'CANCELED_BEFORE_START' })))).toBeLessThan(
      UNIT_BYTES,
    );
    const name = groupSemaphore('n'.repeat(LIMITS.nameCharacters), GROUP);
    expect(itemSize(semaphoreItem({ ...OWING, ...name }))).toBeLessThan(UNIT_BYTES - WRITE_MARK_BYTES);
  });
});

function itemsOf(change: Change | LineChange): readonly Item[] {
  return writesOf(change).flatMap((write) => ('put' in write ? [write.put.Item] : []));
}

/** Every item that the life of a job writes, those of its submission first. */
async function everyItem(): Promise<readonly Item[]> {
  const store = new InMemoryJobStore();
  const record = { project: 'web', owner: 'ada', key: 'k', bodyHash: 'h', expiresAt: EXPIRES_AT };
  const decisions = [
    async () => submission(ID, { spec: { ...plainSpec(), sessionId: 'ada-7' }, idempotency: record }),
    () => start(store, ID, 0),
    () => completion(store, ID, 0, { kind: 'succeeded', result: { nothing: null } }),
    () => finish(store, ID),
  ];
  const items: Item[] = [];
  for (const decide of decisions) {
    const change = await decide();
    await store.commit(change);
    items.push(...itemsOf(change));
  }
  return items;
}
