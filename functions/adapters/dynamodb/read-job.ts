import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { IdempotencyRecord } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Job } from '../../../core/job/job.ts';
import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import type { Op } from '../../../core/op/op.ts';
import { getItem, getItems } from './get-items.ts';
import { entryOf, jobOf, opOf, recordOf, storedSpecOf } from './job-items.ts';
import type { JobTable } from './job-table.ts';
import { entryRange, headKey, idempotencyKey, jobPartition, opKey, opPrefix, specKey } from './keys.ts';
import { queryItems } from './query-items.ts';
import { type StoredSpec, specThrough } from './spec-through.ts';

export async function readJob(table: JobTable, id: JobId): Promise<Job | null> {
  const item = await getItem(table, headKey(id));
  return item === undefined ? null : jobOf(item);
}

export async function readSpec(table: JobTable, id: JobId): Promise<JobSpec | null> {
  return specThrough((each) => readStoredSpec(table, each), id);
}

async function readStoredSpec(table: JobTable, id: JobId): Promise<StoredSpec | null> {
  const item = await getItem(table, specKey(id));
  return item === undefined ? null : storedSpecOf(item);
}

export async function readIdempotency(
  table: JobTable,
  project: string,
  owner: string,
  key: string,
): Promise<IdempotencyRecord | null> {
  const item = await getItem(table, idempotencyKey(project, owner, key));
  return item === undefined ? null : recordOf(item);
}

export async function readOps(table: JobTable, id: JobId, attempt: number | 'all'): Promise<readonly Op[]> {
  const ops: Op[] = [];
  const found = queryItems(table, {
    KeyConditionExpression: 'pk = :job AND begins_with(sk, :ops)',
    ExpressionAttributeValues: { ':job': { S: jobPartition(id) }, ':ops': { S: opPrefix(attempt) } },
    ConsistentRead: true,
  });
  for await (const item of found) ops.push(opOf(item));
  return ops;
}

export async function readSomeOps(
  table: JobTable,
  id: JobId,
  attempt: number,
  indexes: readonly number[],
): Promise<readonly Op[]> {
  const keys = [...new Set(indexes)].map((index) => opKey(id, attempt, index));
  const ops = (await getItems(table, keys)).map(opOf);
  return ops.sort((one, other) => one.index - other.index);
}

export async function readJournal(
  table: JobTable,
  id: JobId,
  newerThan: number,
  limit: number,
): Promise<readonly JournalEntry[]> {
  const range = entryRange(newerThan);
  if (range === null || limit < 1) return [];
  const entries: JournalEntry[] = [];
  const found = queryItems(table, {
    KeyConditionExpression: 'pk = :job AND sk BETWEEN :first AND :last',
    ExpressionAttributeValues: {
      ':job': { S: jobPartition(id) },
      ':first': { S: range.first },
      ':last': { S: range.last },
    },
    Limit: limit,
    ConsistentRead: true,
  });
  for await (const item of found) {
    if (entries.push(entryOf(item)) === limit) break;
  }
  return entries;
}
