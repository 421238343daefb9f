import type { Change } from '../../../core/job/change.ts';
import {
  type Condition,
  headIsUnchanged,
  jobIsNew,
  keyIsUnused,
  opIsNew,
  opIsUnchanged,
  serialIsFree,
} from './conditions.ts';
import type { Item } from './item.ts';
import { entryItem, headItem, opItem, recordItem, specItem } from './job-items.ts';

/** A put that happens only under its condition. */
export type GuardedPut = { readonly Item: Item } & Condition;

/** One item of a change, and what it is: a failed condition means something else for each. */
export interface ChangeWrite {
  readonly role: 'head' | 'entry' | 'op' | 'spec' | 'idempotency';
  readonly put: GuardedPut;
}

/** Every item that the change writes, the head first. */
export function writesOf(change: Change): readonly ChangeWrite[] {
  const { before, job, entries, ops, spec, idempotency } = change;
  const headGuard = before === null ? jobIsNew() : headIsUnchanged(before);
  return [
    write('head', headItem(job), headGuard),
    ...entries.map((entry) => write('entry', entryItem(entry), serialIsFree())),
    ...ops.map(({ before: version, op }) =>
      write('op', opItem(op), version === null ? opIsNew() : opIsUnchanged(version)),
    ),
    ...(spec === undefined ? [] : [write('spec', specItem(job.id, spec), jobIsNew())]),
    // Only a submission leaves a record, so the job was received when this was decided.
    ...(idempotency === undefined
      ? []
      : [write('idempotency', recordItem(idempotency), keyIsUnused(job.receivedAt))]),
  ];
}

function write(role: ChangeWrite['role'], item: Item, guard: Condition): ChangeWrite {
  return { role, put: { Item: item, ...guard } };
}
