import type { JobStore } from '../../../core/ports/job-store.ts';
import { readBulk, saveBulk } from './bulk.ts';
import { commitChange } from './commit-change.ts';
import { countChild, passChild } from './count-children.ts';
import { countSubmission } from './count-submission.ts';
import { countWaiting } from './count-waiting.ts';
import { listDependents, removeDependent } from './dependents.ts';
import type { JobTable } from './job-table.ts';
import { listDue, listDueSemaphores } from './list-due.ts';
import { listByClass } from './list-jobs.ts';
import { listSemaphores } from './list-semaphores.ts';
import { markDispatched } from './mark-dispatched.ts';
import { listGroups, readChildren, readGroup } from './read-children.ts';
import { readIdempotency, readJob, readJournal, readOps, readSomeOps, readSpec } from './read-job.ts';
import { countBefore, readHolds, readLines, readWaits } from './read-lines.ts';
import { listQueues, readQueue } from './read-queue.ts';
import { removeJob } from './remove-job.ts';
import { listSession } from './sessions.ts';
import { readSweepPlaces, saveSweepPlaces } from './sweep-places.ts';

/** Jobs, semaphores and queues in the one DynamoDB table that keys.ts describes. */
export function dynamoJobStore(table: JobTable): JobStore {
  return {
    readJob: (id) => readJob(table, id),
    readSpec: (id) => readSpec(table, id),
    readOps: (id, attempt) => readOps(table, id, attempt),
    readSomeOps: (id, attempt, indexes) => readSomeOps(table, id, attempt, indexes),
    readJournal: (id, newerThan, limit) => readJournal(table, id, newerThan, limit),
    readIdempotency: (project, owner, key) => readIdempotency(table, project, owner, key),
    commit: (change) => commitChange(table, change),
    markDispatched: (op) => markDispatched(table, op),
    removeJob: (job) => removeJob(table, job),
    listByClass: (project, statusClass, page) => listByClass(table, project, statusClass, page),
    listDue: (lane, shard, page) => listDue(table, lane, shard, page),
    readSweepPlaces: () => readSweepPlaces(table),
    saveSweepPlaces: (places) => saveSweepPlaces(table, places),
    readLines: (keys) => readLines(table, keys),
    readHolds: (key, limit) => readHolds(table, key, limit),
    readWaits: (key, limit) => readWaits(table, key, limit),
    countBefore: (key, place, limit) => countBefore(table, key, place, limit),
    listSemaphores: (scope, kind, page) => listSemaphores(table, scope, kind, page),
    listDueSemaphores: (shard, now, limit) => listDueSemaphores(table, shard, now, limit),
    readQueue: (project, name) => readQueue(table, project, name),
    listQueues: (project) => listQueues(table, project),
    commitLines: (change) => commitChange(table, change),
    listDependents: (id, limit) => listDependents(table, id, limit),
    readBulk: (id, attempt, op) => readBulk(table, id, attempt, op),
    saveBulk: (progress) => saveBulk(table, progress),
    listSession: (sessionId, page) => listSession(table, sessionId, page),
    removeDependent: (id, dependent, attempt) => removeDependent(table, id, dependent, attempt),
    readGroup: (ref) => readGroup(table, ref),
    listGroups: (id, of) => listGroups(table, id, of),
    readChildren: (ref, from, to) => readChildren(table, ref, from, to),
    countChild: (ref, child, outcome) => countChild(table, ref, child, outcome),
    passChild: (link, outcome) => passChild(table, link, outcome),
    countWaiting: (project, upTo) => countWaiting(table, project, upTo),
    countSubmission: (project, minute, limit) => countSubmission(table, project, minute, limit),
  };
}
