import type { JobStore } from '../../core/ports/job-store.ts';

/** The store as a plain object, so that single methods can be replaced: those of a class are not spread. */
export function delegating(store: JobStore): JobStore {
  return {
    commit: (...of) => store.commit(...of),
    readJob: (...of) => store.readJob(...of),
    readSpec: (...of) => store.readSpec(...of),
    readOps: (...of) => store.readOps(...of),
    readSomeOps: (...of) => store.readSomeOps(...of),
    readJournal: (...of) => store.readJournal(...of),
    readIdempotency: (...of) => store.readIdempotency(...of),
    markDispatched: (...of) => store.markDispatched(...of),
    removeJob: (...of) => store.removeJob(...of),
    listByClass: (...of) => store.listByClass(...of),
    listDue: (...of) => store.listDue(...of),
    readSweepPlaces: (...of) => store.readSweepPlaces(...of),
    saveSweepPlaces: (...of) => store.saveSweepPlaces(...of),
    readLines: (...of) => store.readLines(...of),
    readHolds: (...of) => store.readHolds(...of),
    readWaits: (...of) => store.readWaits(...of),
    countBefore: (...of) => store.countBefore(...of),
    listSemaphores: (...of) => store.listSemaphores(...of),
    listDueSemaphores: (...of) => store.listDueSemaphores(...of),
    readQueue: (...of) => store.readQueue(...of),
    listQueues: (...of) => store.listQueues(...of),
    commitLines: (...of) => store.commitLines(...of),
    listDependents: (...of) => store.listDependents(...of),
    readBulk: (...of) => store.readBulk(...of),
    saveBulk: (...of) => store.saveBulk(...of),
    listSession: (...of) => store.listSession(...of),
    removeDependent: (...of) => store.removeDependent(...of),
    readGroup: (...of) => store.readGroup(...of),
    listGroups: (...of) => store.listGroups(...of),
    readChildren: (...of) => store.readChildren(...of),
    countChild: (...of) => store.countChild(...of),
    passChild: (...of) => store.passChild(...of),
  };
}
