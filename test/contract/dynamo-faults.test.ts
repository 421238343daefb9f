import { setTimeout as pause } from 'node:timers/promises';
import {
  type CancellationReason,
  DynamoDBServiceException,
  PutItemCommand,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ChildOutcome, groupSemaphore, newGroup } from '../../core/children/group.ts';
import { addNote } from '../../core/job/journal-notes.ts';
import { clearEffects, recordRepair } from '../../core/job/settle-debts.ts';
import type { RunningOp } from '../../core/op/op.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { dynamoJobStore } from '../../functions/adapters/dynamodb/dynamo-job-store.ts';
import type { JobTable } from '../../functions/adapters/dynamodb/job-table.ts';
import { entryKey, waitKey } from '../../functions/adapters/dynamodb/keys.ts';
import {
  type Fault,
  FaultyDynamoClient,
  followedBy,
  loseAnswer,
  loseRequest,
  pass,
  precededBy,
  refuse,
} from '../support/faulty-dynamo-client.ts';
import {
  LOCAL_DYNAMODB_START_LIMIT_MS,
  type LocalDynamoDb,
  startLocalDynamoDb,
} from '../support/local-dynamodb.ts';
import { closingOf, GROUP, joining, linkOf, opening, parentOf } from './family-steps.ts';
import {
  cancel,
  commit,
  completion,
  deletion,
  jobId,
  plainSpec,
  RECEIVED_AT,
  start,
  stored,
  submission,
  wholeJob,
} from './job-steps.ts';
import { changed, commitUsed, holdOf, LOCK, lineChange, used, waitOf, wholeLine } from './line-steps.ts';

const ID = jobId(1);
/** Requests that the SDK sends for one call: one retry shows what every retry does. */
const SDK_ATTEMPTS = 2;
/** Ops enough for more items than one request deletes. */
const OPS = 20;
/** Children of one group that end at once. */
const MANY = 25;
/** What a transaction takes on AWS. */
const TRANSACTION_MS = 25;

let dynamoDb: LocalDynamoDb;
let table: JobTable;
let faults: FaultyDynamoClient;
let store: JobStore;

beforeAll(async () => {
  dynamoDb = await startLocalDynamoDb();
}, LOCAL_DYNAMODB_START_LIMIT_MS);

beforeEach(async () => {
  table = await dynamoDb.newTable({ maxAttempts: SDK_ATTEMPTS });
  faults = new FaultyDynamoClient(table.client);
  store = dynamoJobStore(table);
});

// A fault that no request met would let a test pass that tests nothing.
afterEach(() => expect(faults.unmet()).toBe(0));

afterAll(() => dynamoDb.close());

describe('when the answer to a write is lost', () => {
  it('commits a transaction once, though the SDK sends it twice', async () => {
    faults.plan('TransactWriteItemsCommand', loseAnswer);
    const job = await commit(store, submission(ID));
    expect(faults.sent('TransactWriteItemsCommand')).toBe(2);
    expect(await store.readJob(ID)).toEqual(job);
    expect(await store.readJournal(ID, 0, 10)).toHaveLength(1);
  });

  it('commits a change of the head alone once, and does not take itself for another', async () => {
    const job = await commit(store, submission(ID));
    faults.plan('PutItemCommand', loseAnswer);
    const { job: cleared } = await commitCleared();
    expect(faults.sent('PutItemCommand')).toBe(2);
    expect(cleared.version).toBe(job.version + 1);
    expect(await store.readJob(ID)).toEqual(cleared);
  });

  it('marks a try as dispatched once, and says that it did', async () => {
    const op = await begin();
    faults.plan('PutItemCommand', loseAnswer);
    expect(await store.markDispatched(op)).toBe(true);
    expect(await store.readOps(ID, 1)).toMatchObject([{ dispatched: true, version: op.version + 1 }]);
  });

  it('grants once, though the SDK sends the release twice', async () => {
    const semaphore = await commitUsed(store, used(LOCK, [holdOf(1)], [waitOf(2)]));
    const handed = changed(semaphore, {
      deleteHolds: [holdOf(1)],
      deleteWaits: [waitOf(2)],
      putHolds: [holdOf(2)],
    });
    const sentBefore = faults.sent('TransactWriteItemsCommand');
    faults.plan('TransactWriteItemsCommand', loseAnswer);
    await commitUsed(store, handed);
    expect(faults.sent('TransactWriteItemsCommand') - sentBefore).toBe(2);
    expect(await wholeLine(store, LOCK)).toEqual({
      semaphore: handed.semaphore,
      holds: [holdOf(2)],
      waits: [],
    });
  });

  it('changes the head of a semaphore alone once, without a transaction', async () => {
    const semaphore = await commitUsed(store, used(LOCK));
    faults.plan('PutItemCommand', loseAnswer);
    const change = changed(semaphore);
    await commitUsed(store, change);
    expect(faults.sent('TransactWriteItemsCommand')).toBe(0);
    expect((await wholeLine(store, LOCK)).semaphore).toEqual(change.semaphore);
  });

  it('counts a child once, though the SDK sends it twice', async () => {
    await parentWithChild();
    const sentBefore = faults.sent('TransactWriteItemsCommand');
    faults.plan('TransactWriteItemsCommand', loseAnswer);
    expect(await store.countChild(GROUP, 0, OK)).toMatchObject(COUNTED_ONCE);
    expect(faults.sent('TransactWriteItemsCommand') - sentBefore).toBe(2);
  });

  it('counts a child once, though its end is told again when no answer came at all', async () => {
    await parentWithChild();
    faults.plan('TransactWriteItemsCommand', loseAnswer, loseAnswer);
    await expect(store.countChild(GROUP, 0, OK)).rejects.toThrow('socket hang up');
    expect(await store.readGroup(GROUP)).toMatchObject(COUNTED_ONCE);
    expect(await store.countChild(GROUP, 0, OK)).toMatchObject(COUNTED_ONCE);
  });

  it('counts a child once whose first count is still under way, as the SDK is told when it asks again', async () => {
    await parentWithChild();
    const inProgress = refuse(exception('TransactionInProgressException'));
    faults.plan('TransactWriteItemsCommand', loseAnswer, inProgress);
    expect(await store.countChild(GROUP, 0, OK)).toMatchObject(COUNTED_ONCE);
  });

  it('passes over a child once, whether the SDK sends it twice or somebody tells it again', async () => {
    await parentOf(store, 2);
    faults.plan('TransactWriteItemsCommand', loseAnswer);
    expect(await store.passChild(linkOf(0), OK)).toBe('noted');
    faults.plan('TransactWriteItemsCommand', loseAnswer, loseAnswer);
    await expect(store.passChild(linkOf(1), OK)).rejects.toThrow('socket hang up');
    expect(await store.passChild(linkOf(1), OK)).toBe('noted');
    expect(await store.readGroup(GROUP)).toMatchObject({
      created: 2,
      settled: 2,
      counts: { COMPLETED_OK: 2 },
    });
  });

  it('makes a child once, though the SDK sends it twice', async () => {
    await parentOf(store, 1);
    faults.plan('TransactWriteItemsCommand', loseAnswer);
    await commit(store, joining(linkOf(0)));
    expect(await store.readGroup(GROUP)).toMatchObject({ created: 1 });
  });

  it('takes another for another, who wrote the same meanwhile', async () => {
    const op = await begin();
    const other = dynamoJobStore({ ...table, client: table.client });
    faults.plan(
      'PutItemCommand',
      precededBy(() => other.markDispatched(op)),
    );
    expect(await store.markDispatched(op)).toBe(false);
  });

  it('throws when no answer comes at all, since nobody can say what happened', async () => {
    faults.plan('TransactWriteItemsCommand', loseAnswer, loseAnswer);
    await expect(store.commit(submission(ID))).rejects.toThrow('socket hang up');
    expect(faults.sent('TransactWriteItemsCommand')).toBe(SDK_ATTEMPTS);
    // Whoever reads again finds it done.
    expect(await store.readJob(ID)).toEqual(submission(ID).job);
  });

  it('sends a request again that never arrived', async () => {
    faults.plan('TransactWriteItemsCommand', loseRequest);
    await commit(store, submission(ID));
    expect(await store.readJournal(ID, 0, 10)).toHaveLength(1);
  });

  it('throws when a write never arrives, and nothing is written', async () => {
    faults.plan('TransactWriteItemsCommand', loseRequest, loseRequest);
    await expect(store.commit(submission(ID))).rejects.toThrow('socket hang up');
    expect(await store.readJob(ID)).toBeNull();
  });
});

describe('when DynamoDB refuses a change for another’s sake', () => {
  it.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'calls the reason %s contention, and has written nothing',
    async (code) => {
      faults.plan('TransactWriteItemsCommand', refuse(canceled({ Code: 'None' }, { Code: code })));
      expect(await store.commit(submission(ID))).toEqual(CONTENTION);
      expect(await store.readJob(ID)).toBeNull();
    },
  );

  it.each([
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'ThrottlingException',
    'TransactionInProgressException',
  ])('calls %s contention, once the SDK has tried often enough', async (name) => {
    const refused = refuse(exception(name));
    faults.plan('TransactWriteItemsCommand', refused, refused);
    expect(await store.commit(submission(ID))).toEqual(CONTENTION);
    expect(faults.sent('TransactWriteItemsCommand')).toBe(SDK_ATTEMPTS);
  });

  it('calls a transaction on the head contention, when the head alone is changed', async () => {
    await commit(store, submission(ID));
    faults.plan('PutItemCommand', refuse(exception('TransactionConflictException')));
    expect(await clearedAnswer()).toEqual(CONTENTION);
  });

  it('calls a transaction on a semaphore contention, and not a semaphore that has changed', async () => {
    const reasons = [{ Code: 'None' }, { Code: 'TransactionConflict' }];
    faults.plan('TransactWriteItemsCommand', refuse(canceled(...reasons)));
    expect(await store.commitLines(lineChange([used(LOCK, [holdOf(1)])]))).toEqual(CONTENTION);
    faults.plan('PutItemCommand', refuse(exception('TransactionConflictException')));
    expect(await store.commitLines(lineChange([used(LOCK)]))).toEqual(CONTENTION);
    expect(await wholeLine(store, LOCK)).toMatchObject({ semaphore: null, holds: [] });
  });

  it('names a semaphore that has changed before contention on another', async () => {
    const stale = changed(await commitUsed(store, used(LOCK)), { before: 7 });
    const reasons = [{ Code: 'TransactionConflict' }, { Code: 'ConditionalCheckFailed' }];
    faults.plan('TransactWriteItemsCommand', refuse(canceled(...reasons)));
    expect(await store.commitLines(lineChange([used({ ...LOCK, name: 'other' }), stale]))).toEqual({
      ok: false,
      conflict: { kind: 'semaphore', key: LOCK },
    });
  });

  it('names a closed group before contention on anything else', async () => {
    await parentOf(store, 1);
    const reasons = [
      { Code: 'TransactionConflict' },
      ...NONE_OF_A_SUBMISSION,
      { Code: 'ConditionalCheckFailed' },
    ];
    faults.plan('TransactWriteItemsCommand', refuse(canceled(...reasons)));
    expect(await store.commit(joining(linkOf(0)))).toEqual({
      ok: false,
      conflict: { kind: 'group', ref: GROUP },
    });
  });

  it('waits until a child can be counted, or passed over', async () => {
    await parentWithChild();
    const conflict = refuse(canceled({ Code: 'None' }, { Code: 'TransactionConflict' }));
    faults.plan('TransactWriteItemsCommand', conflict, conflict, conflict);
    expect(await store.countChild(GROUP, 0, OK)).toMatchObject(COUNTED_ONCE);
    faults.plan('TransactWriteItemsCommand', conflict, conflict);
    expect(await store.passChild(linkOf(1), OK)).toBe('noted');
  });

  it('counts all that end at once, though DynamoDB takes one transaction on their group at a time', async () => {
    await parentOf(store, MANY);
    const children = Array.from({ length: MANY }, (_, child) => child);
    for (const child of children) await commit(store, joining(linkOf(child)));
    const refused = oneTransactionAtATime(table);
    await Promise.all(children.map((child) => store.countChild(GROUP, child, OK)));
    expect(await store.readGroup(GROUP)).toMatchObject({ settled: MANY, counts: { COMPLETED_OK: MANY } });
    expect(refused()).toBeGreaterThan(MANY);
  });

  it('notices while it waits that another has counted the child, and that the group was closed', async () => {
    const parent = await parentWithChild();
    const other = dynamoJobStore({ ...table, client: table.client });
    const conflict = canceled({ Code: 'TransactionConflict' }, { Code: 'None' });
    const precededByConflict =
      (what: () => Promise<unknown>): Fault =>
      async () => {
        await what();
        throw conflict;
      };
    faults.plan(
      'TransactWriteItemsCommand',
      precededByConflict(() => other.countChild(GROUP, 0, OK)),
    );
    expect(await store.countChild(GROUP, 0, OK)).toMatchObject(COUNTED_ONCE);
    faults.plan(
      'TransactWriteItemsCommand',
      precededByConflict(() => commit(other, closingOf(parent))),
    );
    expect(await store.passChild(linkOf(1), OK)).toBe('closed');
  });

  it('says that there is no such child before it waits for the group', async () => {
    await parentWithChild();
    const reasons = [{ Code: 'ConditionalCheckFailed' }, { Code: 'TransactionConflict' }];
    faults.plan('TransactWriteItemsCommand', refuse(canceled(...reasons)));
    expect(await store.countChild(GROUP, 7, OK)).toBeNull();
  });

  it('names what stands in the way before what only stood in the line', async () => {
    await commit(store, submission(ID));
    const late = await cancel(store, ID);
    const current = await commit(store, await start(store, ID, 0));
    faults.plan('TransactWriteItemsCommand', async ({ send }) => {
      const error = await send().then(
        () => new Error('the late change was written'),
        (cause: unknown) => cause,
      );
      if (!(error instanceof TransactionCanceledException)) throw error;
      const [head, ...others] = error.CancellationReasons ?? [];
      throw canceled(head ?? {}, ...others.map(() => ({ Code: 'TransactionConflict' })));
    });
    expect(await store.commit(late)).toEqual({ ok: false, conflict: { kind: 'version', current } });
  });

  it('waits until a try can be marked as dispatched', async () => {
    const op = await begin();
    const conflict = refuse(exception('TransactionConflictException'));
    faults.plan('PutItemCommand', conflict, conflict);
    expect(await store.markDispatched(op)).toBe(true);
  });

  it('notices while it waits that the op has moved on', async () => {
    const op = await begin();
    const done = await completion(store, ID, 0);
    faults.plan('PutItemCommand', async () => {
      await commit(store, done);
      throw exception('TransactionConflictException');
    });
    expect(await store.markDispatched(op)).toBe(false);
    expect(await store.readOps(ID, 1)).toEqual(done.ops.map((write) => write.op));
  });
});

describe('when something is wrong that no rule foresees', () => {
  it('shows the head as it is when a serial is taken that the head does not know of', async () => {
    const job = await commit(store, submission(ID));
    const { pk, sk } = entryKey(ID, job.logSerial + 1);
    await table.client.send(
      new PutItemCommand({ TableName: table.tableName, Item: { pk: { S: pk }, sk: { S: sk } } }),
    );
    const note = addNote(job, { actor: 'ada', comment: 'hello' }, RECEIVED_AT);
    expect(await store.commit(note)).toEqual({ ok: false, conflict: { kind: 'version', current: job } });
  });

  it('throws what DynamoDB says of a request that is wrong', async () => {
    faults.plan('TransactWriteItemsCommand', refuse(canceled({ Code: 'ValidationError' })));
    await expect(store.commit(submission(ID))).rejects.toThrow(TransactionCanceledException);
    faults.plan('TransactWriteItemsCommand', refuse(exception('AccessDeniedException')));
    await expect(store.commit(submission(ID))).rejects.toThrow('AccessDeniedException');
  });
});

describe('when a request is done in part only', () => {
  it('reads the rest of the ops, until all are there', async () => {
    await wholeJob(store, ID, plainSpec(5));
    const onlyFirst: Fault = async ({ input, send }) => {
      const output = await send();
      if (!('RequestItems' in input) || !('Responses' in output)) throw new Error('no batch of reads');
      const asked = Object.values(input.RequestItems ?? {}).flatMap((part) =>
        'Keys' in part ? part.Keys : [],
      );
      const found = Object.values(output.Responses ?? {}).flat();
      const [first] = found.flatMap((item) => ('sk' in item ? [item] : []));
      if (first === undefined) return output;
      const Keys = asked.flatMap((key) => key ?? []).filter((key) => key['sk']?.S !== first['sk']?.S);
      return {
        ...output,
        Responses: { [table.tableName]: [first] },
        UnprocessedKeys: { [table.tableName]: { Keys, ConsistentRead: true } },
      };
    };
    faults.plan('BatchGetItemCommand', onlyFirst, onlyFirst);
    const ops = await store.readSomeOps(ID, 1, [4, 3, 2, 1, 0]);
    expect(ops.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  it('goes on counting where one answer ended', async () => {
    const waits = [1, 2, 3, 4].map((n) => waitOf(n));
    await commitUsed(store, used(LOCK, [], waits));
    const cut: Fault = async () => {
      const { pk, sk } = waitKey(LOCK, waitOf(3));
      return { $metadata: {}, Count: 1, LastEvaluatedKey: { pk: { S: pk }, sk: { S: sk } } };
    };
    faults.plan('QueryCommand', cut);
    expect(await store.countBefore(LOCK, waitOf(4), 10)).toBe(3);
    faults.plan('QueryCommand', cut);
    expect(await store.countBefore(LOCK, waitOf(4), 2)).toBe(2);
  });

  it('gives up reading when nothing comes', async () => {
    await begin();
    const nothing: Fault = async ({ input, send }) => {
      const output = await send();
      return { ...output, Responses: {}, UnprocessedKeys: 'RequestItems' in input ? input.RequestItems : {} };
    };
    const sentBefore = faults.sent('BatchGetItemCommand');
    faults.plan('BatchGetItemCommand', ...Array.from({ length: 6 }, () => nothing));
    await expect(store.readSomeOps(ID, 1, [0])).rejects.toThrow(
      'read 1 items: DynamoDB has not taken it in 6 tries',
    );
    expect(faults.sent('BatchGetItemCommand') - sentBefore).toBe(6);
  });
});

describe('when the index lags behind', () => {
  it('passes over a job that has left the class, and fills the page with those after it', async () => {
    for (const n of [1, 2, 3]) await commit(store, submission(jobId(n), { at: RECEIVED_AT + n }));
    faults.plan(
      'QueryCommand',
      followedBy(async () => commit(store, await cancel(store, jobId(2)))),
    );
    const { jobs, next } = await store.listByClass('web', 'waiting', { limit: 2 });
    expect(jobs.map(({ id }) => id)).toEqual([jobId(3), jobId(1)]);
    expect(next).toBeUndefined();
  });

  it('passes over a job that is gone', async () => {
    await wholeJob(store, ID);
    faults.plan(
      'QueryCommand',
      followedBy(async () => store.removeJob(await commit(store, await deletion(store, ID)))),
    );
    expect(await store.listByClass('web', 'ended', { limit: 2 })).toEqual({ jobs: [] });
  });
});

describe('when a line moves while it is read', () => {
  it('refuses what was decided on a head and a line of different moments', async () => {
    const semaphore = await commitUsed(store, used(LOCK, [holdOf(1)], [waitOf(2), waitOf(3)]));
    const left = changed(semaphore, {
      semaphore: { ...semaphore, waiting: 1, ver: 2 },
      deleteWaits: [waitOf(2)],
    });
    faults.plan(
      'QueryCommand',
      precededBy(() => commitUsed(store, left)),
    );
    const [line] = await store.readLines([LOCK]);
    expect(line).toEqual({ semaphore, first: [waitOf(3)] });
    const decided = changed(semaphore, { deleteWaits: [waitOf(3)] });
    expect(await store.commitLines(lineChange([decided]))).toEqual({
      ok: false,
      conflict: { kind: 'semaphore', key: LOCK },
    });
  });
});

describe('when a removal breaks off', () => {
  it('leaves the head until all else is gone, so that the next removal finishes it', async () => {
    const marked = await markedJob();
    const crash = refuse(exception('AccessDeniedException'));
    faults.plan('BatchWriteItemCommand', pass, crash);
    await expect(store.removeJob(marked)).rejects.toThrow('AccessDeniedException');
    expect(await store.readJob(ID)).toEqual(marked);
    faults.plan('DeleteItemCommand', crash);
    await expect(store.removeJob(marked)).rejects.toThrow('AccessDeniedException');
    expect(await store.readJob(ID)).toEqual(marked);
    expect(await store.readJournal(ID, 0, 100)).toEqual([]);
    await store.removeJob(marked);
    expect(await store.readJob(ID)).toBeNull();
  });

  it('removes the semaphores of its groups before the groups, which alone tell of them', async () => {
    const ended = await wholeJob(store, ID);
    await commit(store, opening(ended, newGroup(GROUP, 'run', 1)));
    const key = groupSemaphore('web', GROUP);
    await commitUsed(store, used(key, [holdOf(2)]));
    const marked = await commit(store, await deletion(store, ID));
    const crash = refuse(exception('AccessDeniedException'));
    faults.plan('BatchWriteItemCommand', crash);
    await expect(store.removeJob(marked)).rejects.toThrow('AccessDeniedException');
    expect(await store.listGroups(ID)).toHaveLength(1);
    faults.plan('BatchWriteItemCommand', pass, crash);
    await expect(store.removeJob(marked)).rejects.toThrow('AccessDeniedException');
    expect(await wholeLine(store, key)).toEqual({ semaphore: null, holds: [], waits: [] });
    await store.removeJob(marked);
    expect(await store.listGroups(ID)).toEqual([]);
  });

  it('finishes when the answer to the last deletion is lost', async () => {
    const marked = await markedJob();
    faults.plan('DeleteItemCommand', loseAnswer);
    await store.removeJob(marked);
    expect(await store.readJob(ID)).toBeNull();
  });

  it('removes what was written while it removed', async () => {
    const marked = await markedJob();
    const [effect] = marked.owed;
    const repair = effect && recordRepair(marked, effect, RECEIVED_AT);
    if (repair === undefined || repair === null) throw new Error('the removal is owed');
    faults.plan(
      'DeleteItemCommand',
      precededBy(() => commit(store, repair)),
    );
    await store.removeJob(marked);
    expect(await store.readJob(ID)).toBeNull();
    expect(await store.readJournal(ID, 0, 100)).toEqual([]);
  });

  it('deletes what one request left over', async () => {
    const marked = await markedJob();
    const leaveAll: Fault = async ({ input }) => ({
      $metadata: {},
      UnprocessedItems: 'RequestItems' in input ? input.RequestItems : {},
    });
    faults.plan('BatchWriteItemCommand', leaveAll);
    await store.removeJob(marked);
    expect(await store.readJournal(ID, 0, 100)).toEqual([]);
  });
});

const OK: ChildOutcome = { status: 'COMPLETED_OK', unsuccessful: false };
const COUNTED_ONCE = { settled: 1, unsuccessful: 0, counts: { COMPLETED_OK: 1 } };

/** Why its specification, its entry and its link were not written: nothing of theirs is in the way. */
const NONE_OF_A_SUBMISSION = [{ Code: 'None' }, { Code: 'None' }, { Code: 'None' }];

const CONTENTION = { ok: false, conflict: { kind: 'contention' } };

function canceled(...reasons: readonly CancellationReason[]): TransactionCanceledException {
  return new TransactionCanceledException({
    $metadata: {},
    message: 'Transaction cancelled',
    CancellationReasons: [...reasons],
  });
}

function exception(name: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name, message: name, $fault: 'client', $metadata: {} });
}

async function begin(): Promise<RunningOp> {
  await commit(store, submission(ID));
  await commit(store, await start(store, ID, 0));
  const [op] = await store.readOps(ID, 1);
  if (op?.status !== 'running') throw new Error('the op has not started');
  return op;
}

/** As DynamoDB is, and the emulator is not. Says how many it has refused. */
function oneTransactionAtATime({ client }: JobTable): () => number {
  let isBusy = false;
  let refused = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context['commandName'] !== 'TransactWriteItemsCommand') return next(args);
      if (isBusy) {
        refused += 1;
        throw canceled({ Code: 'None' }, { Code: 'TransactionConflict' });
      }
      isBusy = true;
      await pause(TRANSACTION_MS);
      isBusy = false;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'one transaction at a time' },
  );
  return () => refused;
}

async function parentWithChild() {
  const parent = await parentOf(store, 2);
  await commit(store, joining(linkOf(0)));
  return parent;
}

async function markedJob() {
  await wholeJob(store, ID, plainSpec(OPS));
  return commit(store, await deletion(store, ID));
}

async function clearedStart() {
  const { job } = await stored(store, ID);
  const [effect] = job.owed;
  const change = effect && clearEffects(job, [effect], RECEIVED_AT, 'whoever owed them');
  if (change === undefined || change === null) throw new Error('the job owes nothing');
  return change;
}

async function commitCleared() {
  const change = await clearedStart();
  await commit(store, change);
  return change;
}

async function clearedAnswer() {
  return store.commit(await clearedStart());
}
