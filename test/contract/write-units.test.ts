import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newGroup } from '../../core/children/group.ts';
import { type JobSpec, jobSpecSchema } from '../../core/contract/job-spec.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { dynamoJobStore } from '../../functions/adapters/dynamodb/dynamo-job-store.ts';
import type { Item } from '../../functions/adapters/dynamodb/item.ts';
import type { JobTable } from '../../functions/adapters/dynamodb/job-table.ts';
import { headKey } from '../../functions/adapters/dynamodb/keys.ts';
import { itemSize } from '../support/item-size.ts';
import {
  LOCAL_DYNAMODB_START_LIMIT_MS,
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '../support/local-dynamodb.ts';
import { WriteMeter, type WriteUnits } from '../support/write-meter.ts';
import { childSubmission, GROUP, linkOf, opening, ROOT_SPEC } from './family-steps.ts';
import { commit, completion, deletion, finish, jobId, RECEIVED_AT, start, submission } from './job-steps.ts';
import { changed, commitUsed, holdOf, LOCK, noteWith, used } from './line-steps.ts';

const ID = jobId(1);
const HEAD_LIMIT_BYTES = 1024;
const UNIT_BYTES = 1024;
const OPS = 5;

let dynamoDb: LocalDynamoDb;
let table: JobTable;
let meter: WriteMeter;
let store: JobStore;

beforeAll(async () => {
  dynamoDb = await startLocalDynamoDb();
}, LOCAL_DYNAMODB_START_LIMIT_MS);

beforeEach(async () => {
  table = await dynamoDb.newTable();
  meter = new WriteMeter(table.client);
  store = dynamoJobStore(table);
});

afterAll(() => dynamoDb.close());

describe('a plain job of five ops', () => {
  it('costs the write units of its few items, and rewrites no index entry at a step', async () => {
    const steps: { name: string; units: WriteUnits }[] = [];
    const taken = async (name: string, step: Promise<unknown>) => {
      await step;
      steps.push({ name, units: meter.take() });
      expect(itemSize(meter.item(headKey(ID)) ?? {}), `head after ${name}`).toBeLessThan(HEAD_LIMIT_BYTES);
    };
    await taken('submit', commit(store, submission(ID, { spec: fiveOps() })));
    for (let op = 0; op < OPS; op += 1) {
      const started = await start(store, ID, op);
      await taken(`start ${op}`, commit(store, started));
      for (const write of started.ops) await taken(`mark ${op}`, store.markDispatched(write.op));
      const outcome = { kind: 'succeeded', result: { archive: 's3://sites/docs.tgz' } } as const;
      await taken(`complete ${op}`, commit(store, await completion(store, ID, op, outcome)));
    }
    const ended = finish(store, ID);
    await taken('finish', commit(store, await ended));
    await taken('mark for deletion', commit(store, await deletion(store, ID)));
    await store.removeJob((await ended).job);
    steps.push({ name: 'remove', units: meter.take() });

    expect((await ended).job.status).toBe('COMPLETED_OK');
    expect(await store.readJob(ID)).toBeNull();
    expect(steps).toEqual([
      // Head, specification, entry; both index entries.
      { name: 'submit', units: { table: 6, indexes: 2 } },
      // Head, two entries (the job starts too), the op of two kilobytes; from waiting to running.
      { name: 'start 0', units: { table: 10, indexes: 2 } },
      { name: 'mark 0', units: { table: 2, indexes: 0 } },
      { name: 'complete 0', units: { table: 8, indexes: 0 } },
      ...[1, 2, 3, 4].flatMap((op) => [
        { name: `start ${op}`, units: { table: 8, indexes: 0 } },
        { name: `mark ${op}`, units: { table: 2, indexes: 0 } },
        { name: `complete ${op}`, units: { table: 8, indexes: 0 } },
      ]),
      // Head, entry; from running to ended, and due when its retention is over.
      { name: 'finish', units: { table: 4, indexes: 4 } },
      // Head, entry; in no class any more, and its removal is due.
      { name: 'mark for deletion', units: { table: 4, indexes: 3 } },
      // Head, specification, 14 entries, five ops of two kilobytes; nothing is due any more.
      { name: 'remove', units: { table: 26, indexes: 1 } },
    ]);
  });
});

describe('a lock', () => {
  it('costs two items where it is free, and its index entry once only', async () => {
    const job = await commit(store, submission(ID));
    const first = await commitUsed(store, used(LOCK, [holdOf(1)]));
    expect(meter.take().indexes).toBe(2 + 1);
    await commit(store, noteWith(job, { semaphores: [changed(first, { putHolds: [holdOf(2)] })] }));
    // Head and entry of the job, head and hold of the lock.
    expect(meter.take()).toEqual({ table: 8, indexes: 0 });
    const semaphore = { ...first, ver: 3, dueAt: RECEIVED_AT };
    await commitUsed(store, changed({ ...first, ver: 2 }, { semaphore }));
    // The head alone, outside a transaction; a grant is owed from now on.
    expect(meter.take()).toEqual({ table: 1, indexes: 1 });
  });
});

describe('a child', () => {
  it('costs two small items more than another job, and two to count its end', async () => {
    const root = await commit(store, submission(ID, { spec: ROOT_SPEC }));
    await commit(store, opening(root, newGroup(GROUP, 'run', 1)));
    meter.take();
    const updated = updatedKeys(table);
    const parent = { id: ID, attempt: 1, op: 0, try: 1, child: 0, depth: 1 };
    const childItem = { parent, item: { name: 'docs', pages: [] } };
    await commit(store, { ...childSubmission(ROOT_SPEC, 100, childItem), child: linkOf(0) });
    // Head, item, entry, link; both index entries. Then the group.
    expect(meter.take()).toEqual({ table: 8, indexes: 2 });
    expect(await unitsOf(updated.splice(0))).toEqual([2]);
    await store.countChild(GROUP, 0, { status: 'COMPLETED_OK', unsuccessful: false });
    // Link and group.
    expect(meter.take()).toEqual({ table: 0, indexes: 0 });
    expect(await unitsOf(updated.splice(0))).toEqual([2, 2]);
  });
});

/** Keys of the items that are updated from now on: the meter sees what is put. */
function updatedKeys({ client }: JobTable): Item[] {
  const keys: Item[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const writes = 'TransactItems' in args.input ? (args.input.TransactItems ?? []) : [];
      for (const write of writes) if ('Update' in write && write.Update?.Key) keys.push(write.Update.Key);
      return result;
    },
    { step: 'initialize', name: 'updated keys' },
  );
  return keys;
}

/** Units of an update of each in a transaction, which leaves none of them smaller. */
async function unitsOf(keys: readonly Item[]): Promise<readonly number[]> {
  return Promise.all(
    keys.map(async (Key) => {
      const { Item = {} } = await table.client.send(new GetItemCommand({ TableName: table.tableName, Key }));
      return 2 * Math.ceil(itemSize(Item) / UNIT_BYTES);
    }),
  );
}

function fiveOps(): JobSpec {
  return jobSpecSchema.parse({
    name: 'publish-site',
    project: 'web',
    labels: { site: 'docs' },
    ops: ['build', 'check', 'publish', 'mirrors', 'notify'].map((name) => ({
      name,
      action: `site-${name}`,
      input: { source: 'pages' },
    })),
  });
}
