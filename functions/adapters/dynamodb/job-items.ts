import * as z from 'zod';
import type { ChildItem } from '../../../core/children/child-spec.ts';
import { type JobSpec, jobSpecSchema } from '../../../core/contract/job-spec.ts';
import type { IdempotencyRecord } from '../../../core/job/change.ts';
import { classTime } from '../../../core/job/class-time.ts';
import { isDeleted } from '../../../core/job/delete-job.ts';
import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import { instantSchema } from '../../../core/job/instant.ts';
import { childOfSchema, type Job, jobSchema } from '../../../core/job/job.ts';
import { type JournalEntry, journalEntrySchema } from '../../../core/job/journal-entry.ts';
import { classOf } from '../../../core/job/status.ts';
import { type Op, opSchema } from '../../../core/op/op.ts';
import { fieldsOf, type Item, itemOf, type StoreAttributes } from './item.ts';
import {
  childPlace,
  classKey,
  classPlace,
  dueKey,
  dueShard,
  entryKey,
  headKey,
  idempotencyKey,
  opKey,
  specKey,
  TABLE,
} from './keys.ts';
import type { StoredSpec } from './spec-through.ts';

/** Version of the items whose values have no schema version of their own. */
const ITEM_SCHEMA_VERSION = 1;

const schema = z.literal(ITEM_SCHEMA_VERSION);

const HEAD_JSON = new Set(['error', 'decided', 'ending']);
const OP_JSON = new Set(['result', 'error']);
const ENTRY_JSON = new Set(['ready']);
const SPEC_JSON = new Set(['spec', 'item']);
const RECORD_JSON = new Set<string>();

export function headItem(job: Job): Item {
  return itemOf(headKey(job.id), job, HEAD_JSON, { ...classAttributes(job), ...dueAttributes(job) });
}

export function jobOf(item: Item): Job {
  return jobSchema.parse(fieldsOf(item, HEAD_JSON));
}

export function opItem(op: Op): Item {
  return itemOf(opKey(op.jobId, op.attempt, op.index), op, OP_JSON);
}

export function opOf(item: Item): Op {
  return opSchema.parse(fieldsOf(item, OP_JSON));
}

export function entryItem(entry: JournalEntry): Item {
  const stored = { ...entry, schema: ITEM_SCHEMA_VERSION };
  return itemOf(entryKey(entry.jobId, entry.serial), stored, ENTRY_JSON);
}

const storedEntrySchema = journalEntrySchema.extend({ schema });

export function entryOf(item: Item): JournalEntry {
  const { schema: _schema, ...entry } = storedEntrySchema.parse(fieldsOf(item, ENTRY_JSON));
  return entry;
}

export function specItem(id: JobId, spec: JobSpec): Item {
  return itemOf(specKey(id), { spec, schema: ITEM_SCHEMA_VERSION }, SPEC_JSON);
}

/** In place of a specification: whose child the job is, and of which item. */
export function childSpecItem(id: JobId, { parent, item }: ChildItem): Item {
  return itemOf(specKey(id), { parent, item, schema: ITEM_SCHEMA_VERSION }, SPEC_JSON);
}

const storedSpecSchema = z.union([
  z.strictObject({ schema, spec: jobSpecSchema }).transform(({ spec }) => ({ spec })),
  z
    .strictObject({ schema, parent: childOfSchema, item: z.json() })
    .transform(({ parent, item }) => ({ childItem: { parent, item } })),
]);

export function storedSpecOf(item: Item): StoredSpec {
  return storedSpecSchema.parse(fieldsOf(item, SPEC_JSON));
}

/** The record, which DynamoDB deletes some time after it has expired. */
export function recordItem(record: IdempotencyRecord): Item {
  const { project, owner, key, expiresAt } = record;
  const stored = { ...record, schema: ITEM_SCHEMA_VERSION };
  return itemOf(idempotencyKey(project, owner, key), stored, RECORD_JSON, {
    [TABLE.timeToLiveAttribute]: Math.ceil(expiresAt / MS_PER_SECOND),
  });
}

const MS_PER_SECOND = 1000;

const storedRecordSchema = z.strictObject({
  schema,
  project: z.string(),
  owner: z.string(),
  key: z.string(),
  bodyHash: z.string(),
  jobId: jobIdSchema,
  expiresAt: instantSchema,
});

export function recordOf(item: Item): IdempotencyRecord {
  const { schema: _schema, ...record } = storedRecordSchema.parse(fieldsOf(item, RECORD_JSON));
  return record;
}

/** A job marked for deletion is gone to every listing, while its items are being removed. */
function classAttributes(job: Job): StoreAttributes {
  if (isDeleted(job)) return {};
  const { partitionKey, sortKey } = TABLE.indexes.byClass;
  return {
    [partitionKey.name]: classKey(job.project, classOf(job.status)),
    [sortKey.name]: (job.parent === undefined ? classPlace : childPlace)(classTime(job), job.id),
  };
}

/** Nothing is due of a job without a due entry: the index is sparse. */
function dueAttributes(job: Job): StoreAttributes {
  if (job.dueEntry === undefined) return {};
  const { partitionKey, sortKey } = TABLE.indexes.byDue;
  return {
    [partitionKey.name]: dueKey(job.dueEntry.lane, dueShard(job.id)),
    [sortKey.name]: job.dueEntry.at,
  };
}
