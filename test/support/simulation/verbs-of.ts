import type { JobStore } from '../../../core/ports/job-store.ts';

/** A store whose methods are its own properties, so that one of them can be replaced. */
export function verbsOf(store: JobStore): JobStore {
  return {
    readJob: (id) => store.readJob(id),
    readSpec: (id) => store.readSpec(id),
    readOps: (id, attempt) => store.readOps(id, attempt),
    readSomeOps: (id, attempt, indexes) => store.readSomeOps(id, attempt, indexes),
    readJournal: (id, newerThan, limit) => store.readJournal(id, newerThan, limit),
    readIdempotency: (project, owner, key) => store.readIdempotency(project, owner, key),
    commit: (change) => store.commit(change),
    markDispatched: (op) => store.markDispatched(op),
    removeJob: (job) => store.removeJob(job),
    listByClass: (project, statusClass, page) => store.listByClass(project, statusClass, page),
    listDue: (lane, shard, page) => store.listDue(lane, shard, page),
    readSweepPlaces: () => store.readSweepPlaces(),
    saveSweepPlaces: (places) => store.saveSweepPlaces(places),
    readLines: (keys) => store.readLines(keys),
    readHolds: (key, limit) => store.readHolds(key, limit),
    readWaits: (key, limit) => store.readWaits(key, limit),
    countBefore: (key, place, limit) => store.countBefore(key, place, limit),
    listSemaphores: (scope, kind, page) => store.listSemaphores(scope, kind, page),
    listDueSemaphores: (shard, now, limit) => store.listDueSemaphores(shard, now, limit),
    readQueue: (project, name) => store.readQueue(project, name),
    listQueues: (project) => store.listQueues(project),
    commitLines: (change) => store.commitLines(change),
    listDependents: (id, limit) => store.listDependents(id, limit),
    removeDependent: (id, dependent, attempt) => store.removeDependent(id, dependent, attempt),
    readGroup: (ref) => store.readGroup(ref),
    listGroups: (id, of) => store.listGroups(id, of),
    readChildren: (ref, from, to) => store.readChildren(ref, from, to),
    countChild: (ref, child, outcome) => store.countChild(ref, child, outcome),
    passChild: (link, outcome) => store.passChild(link, outcome),
    readBulk: (id, attempt, op) => store.readBulk(id, attempt, op),
    saveBulk: (progress) => store.saveBulk(progress),
    listSession: (sessionId, page) => store.listSession(sessionId, page),
  };
}
