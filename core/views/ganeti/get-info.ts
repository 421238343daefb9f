import { type Refused, refused } from '../../contract/error-codes.ts';
import { calcPriority } from './calc-priority.ts';
import { calcStatus } from './calc-status.ts';
import type { GanetiJob, GanetiOp } from './ganeti-job.ts';

/**
 * One value for each field, in the asked order, as often as asked (GetInfo): a value of the job, or
 * for `ops`, `summary` and `op…` a list with one value for each op. Timestamps are Ganeti's pairs,
 * null while they are unknown. Refused with UnknownField when a name is none of Ganeti's.
 */
export function getInfo(
  job: GanetiJob,
  fields: readonly string[],
): { readonly ok: true; readonly values: readonly unknown[] } | Refused {
  const readers = fields.map((field) => FIELDS.get(field));
  const values = readers.flatMap((read) => (read === undefined ? [] : [read(job)]));
  if (values.length === fields.length) return { ok: true, values };
  const unknown = fields.filter((field) => !FIELDS.has(field)).map((field) => `'${field}'`);
  return refused(
    'UnknownField',
    `There is no field ${unknown.join(', ')}; the fields are ${[...FIELDS.keys()].join(', ')}.`,
  );
}

const FIELDS: ReadonlyMap<string, (job: GanetiJob) => unknown> = new Map<string, (job: GanetiJob) => unknown>(
  [
    ['id', (job) => job.id],
    ['status', (job) => calcStatus(job.ops.map((op) => op.status))],
    ['priority', (job) => calcPriority(job.ops)],
    ['ops', ofEachOp((op) => op.input)],
    ['opresult', ofEachOp((op) => op.result)],
    ['opstatus', ofEachOp((op) => op.status)],
    ['oplog', ofEachOp((op) => op.log)],
    ['opstart', ofEachOp((op) => op.startTimestamp)],
    ['opexec', ofEachOp((op) => op.execTimestamp)],
    ['opend', ofEachOp((op) => op.endTimestamp)],
    ['oppriority', ofEachOp((op) => op.priority)],
    ['received_ts', (job) => job.receivedTimestamp],
    ['start_ts', (job) => job.startTimestamp],
    ['end_ts', (job) => job.endTimestamp],
    ['summary', ofEachOp(({ input }) => `${input.OP_ID}(${input.name})`)],
  ],
);

function ofEachOp(read: (op: GanetiOp) => unknown): (job: GanetiJob) => readonly unknown[] {
  return (job) => job.ops.map(read);
}
