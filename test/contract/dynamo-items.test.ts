import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/contract/limits.ts';
import { deleteJob } from '../../core/job/delete-job.ts';
import { writesOf } from '../../functions/adapters/dynamodb/change-writes.ts';
import type { Item } from '../../functions/adapters/dynamodb/item.ts';
import { entryOf, headItem, jobOf, specItem } from '../../functions/adapters/dynamodb/job-items.ts';
import { InMemoryJobStore } from '../support/in-memory-job-store.ts';
import { itemSize } from '../support/item-size.ts';
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

const ID = jobId(1);
const ITEM_LIMIT_BYTES = 400 * 1024;
const EXPIRES_AT = RECEIVED_AT + 86_400_500;

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
    expect(headItem(job)).not.toHaveProperty('dueKey');
    const deleted = deleteJob(job, 'ada', RECEIVED_AT);
    if (!deleted.ok || deleted.change === null) throw new Error('an ended job can be deleted');
    expect(headItem(deleted.change.job)).not.toHaveProperty('classKey');
    expect(headItem(deleted.change.job)).toHaveProperty('dueKey');
  });

  it('fit into DynamoDB, the largest specification too, whatever it holds most of', () => {
    const spec = plainSpec(4);
    const zeros = Array.from({ length: LIMITS.specBytes / 4 / 2 - 200 }, () => 0);
    const largest = { ...spec, ops: spec.ops.map((op) => ({ ...op, input: zeros })) };
    expect(itemSize(specItem(ID, largest))).toBeLessThan(ITEM_LIMIT_BYTES);
  });
});

/** Every item that the life of a job writes, those of its submission first. */
async function everyItem(): Promise<readonly Item[]> {
  const store = new InMemoryJobStore();
  const record = { project: 'web', owner: 'ada', key: 'k', bodyHash: 'h', expiresAt: EXPIRES_AT };
  const decisions = [
    async () => submission(ID, { idempotency: record }),
    () => start(store, ID, 0),
    () => completion(store, ID, 0, { kind: 'succeeded', result: { nothing: null } }),
    () => finish(store, ID),
  ];
  const items: Item[] = [];
  for (const decide of decisions) {
    const change = await decide();
    await store.commit(change);
    items.push(...writesOf(change).map(({ put }) => put.Item));
  }
  return items;
}
