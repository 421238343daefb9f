import type { JobStore } from '../../../core/ports/job-store.ts';
import { commitChange } from './commit-change.ts';
import type { JobTable } from './job-table.ts';
import { listByClass, listDue } from './list-jobs.ts';
import { markDispatched } from './mark-dispatched.ts';
import { readIdempotency, readJob, readJournal, readOps, readSomeOps, readSpec } from './read-job.ts';
import { removeJob } from './remove-job.ts';

/** Jobs in the one DynamoDB table that keys.ts describes. */
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
    listDue: (lane, shard, now, limit) => listDue(table, lane, shard, now, limit),
  };
}
