import { setTimeout as pause } from 'node:timers/promises';
import type { Change, LineChange } from '../../core/job/change.ts';
import type { Committed, JobStore } from '../../core/ports/job-store.ts';
import { textOfKey } from '../../core/semaphore/semaphore.ts';

/**
 * Medians of a public measurement on AWS, from a Lambda function: PutItem 7.55 ms, TransactWriteItems
 * of five items 25.3 ms. It has none of reads; they are taken for as slow as a put.
 * Source: github.com/alexdebrie/dynamodb-performance-testing, put-batch-transaction-performance (2020).
 */
export const SINGLE_MS = 8;
export const TRANSACTION_MS = 25;

/** A store that takes as long as DynamoDB, and refuses a transaction that meets another on the way. */
export function pacedStore(store: JobStore): JobStore {
  const inFlight = new Set<string>();
  const read = async <Value>(value: () => Promise<Value>, requests = 1): Promise<Value> => {
    await pause(SINGLE_MS * requests);
    return value();
  };
  const write = async (change: Change | LineChange, commit: () => Promise<Committed>): Promise<Committed> => {
    const names = namesOf(change);
    const meetsAnother = names.some((name) => inFlight.has(name));
    if (!meetsAnother) for (const name of names) inFlight.add(name);
    await pause(isAlone(change) ? SINGLE_MS : TRANSACTION_MS);
    if (meetsAnother) return { ok: false, conflict: { kind: 'contention' } };
    try {
      return await commit();
    } finally {
      for (const name of names) inFlight.delete(name);
    }
  };
  return {
    readJob: (...of) => read(() => store.readJob(...of)),
    readSpec: (...of) => read(() => store.readSpec(...of)),
    readOps: (...of) => read(() => store.readOps(...of)),
    readSomeOps: (...of) => read(() => store.readSomeOps(...of)),
    readJournal: (...of) => read(() => store.readJournal(...of)),
    readIdempotency: (...of) => read(() => store.readIdempotency(...of)),
    commit: (change) => write(change, () => store.commit(change)),
    markDispatched: (...of) => read(() => store.markDispatched(...of)),
    removeJob: (...of) => read(() => store.removeJob(...of)),
    listByClass: (...of) => read(() => store.listByClass(...of)),
    listDue: (...of) => read(() => store.listDue(...of)),
    readSweepPlaces: (...of) => read(() => store.readSweepPlaces(...of)),
    saveSweepPlaces: (...of) => read(() => store.saveSweepPlaces(...of)),
    // The semaphores first, and who is first in their lines after them.
    readLines: (...of) => read(() => store.readLines(...of), 2),
    readHolds: (...of) => read(() => store.readHolds(...of)),
    readWaits: (...of) => read(() => store.readWaits(...of)),
    countBefore: (...of) => read(() => store.countBefore(...of)),
    listSemaphores: (...of) => read(() => store.listSemaphores(...of)),
    listDueSemaphores: (...of) => read(() => store.listDueSemaphores(...of)),
    readQueue: (...of) => read(() => store.readQueue(...of)),
    listQueues: (...of) => read(() => store.listQueues(...of)),
    commitLines: (change) => write(change, () => store.commitLines(change)),
    listDependents: (...of) => read(() => store.listDependents(...of)),
    readBulk: (...of) => read(() => store.readBulk(...of)),
    saveBulk: (...of) => read(() => store.saveBulk(...of)),
    countWaiting: (...of) => read(() => store.countWaiting(...of)),
    countSubmission: (...of) => read(() => store.countSubmission(...of)),
    listSession: (...of) => read(() => store.listSession(...of)),
    removeDependent: (...of) => read(() => store.removeDependent(...of)),
    readGroup: (...of) => read(() => store.readGroup(...of)),
    listGroups: (...of) => read(() => store.listGroups(...of)),
    readChildren: (...of) => read(() => store.readChildren(...of)),
    // A transaction, and then the group.
    countChild: async (...of) => {
      await pause(TRANSACTION_MS);
      return read(() => store.countChild(...of));
    },
    passChild: async (...of) => {
      await pause(TRANSACTION_MS);
      return store.passChild(...of);
    },
  };
}

/** What a transaction writes that another may write too. */
function namesOf(change: Change | LineChange): readonly string[] {
  return [
    ...('job' in change ? [change.job.id] : []),
    ...change.touched.map(({ job }) => job.id),
    ...change.semaphores.map(({ semaphore }) => textOfKey(semaphore)),
  ];
}

/** A head that changes by itself is put outside a transaction. */
function isAlone(change: Change | LineChange): boolean {
  if (!('job' in change)) return false;
  if (change.group !== undefined || change.child !== undefined) return false;
  const beside = [change.entries, change.ops, change.semaphores, change.touched, change.dependsOn];
  return change.before !== null && beside.every((parts) => parts.length === 0);
}
