import type { JobSpec } from '../../contract/job-spec.ts';
import type { Instant } from '../../job/instant.ts';
import type { Job } from '../../job/job.ts';
import type { JournalEntry } from '../../job/journal-entry.ts';
import type { Op } from '../../op/op.ts';
import { type OpView, opViews } from '../../op/op-view.ts';
import type { Json } from '../../op/references.ts';
import type { GanetiJob, GanetiOp, GanetiTime } from './ganeti-job.ts';
import { ganetiTimeOf } from './ganeti-time-of.ts';
import { logEntryOf } from './log-entry-of.ts';

/**
 * The job's current attempt as Ganeti would hold it. An op's log is what the journal says of it;
 * entries of the job alone, and rollbacks, belong to no op there.
 *
 * @param journal entries of the job in the order of their serials; none are needed unless logs are read
 */
export function ganetiJobOf(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  journal: readonly JournalEntry[],
): GanetiJob {
  const current = journal.filter((entry) => entry.attempt === job.attempt);
  return {
    id: job.id,
    ops: opViews(job, spec, ops).map((view) => ganetiOpOf(view, spec, current)),
    receivedTimestamp: ganetiTimeOf(job.receivedAt),
    startTimestamp: timeOf(job.startedAt),
    endTimestamp: timeOf('endedAt' in job ? job.endedAt : undefined),
  };
}

function ganetiOpOf(view: OpView, spec: JobSpec, journal: readonly JournalEntry[]): GanetiOp {
  return {
    input: {
      OP_ID: view.action,
      name: view.name,
      step: view.step,
      input: spec.ops[view.index]?.input ?? null,
    },
    status: view.status,
    result: resultOf(view),
    log: journal.filter((entry) => entry.op?.index === view.index).map(logEntryOf),
    priority: view.priority,
    startTimestamp: timeOf(view.startedAt),
    // An op starts to execute when its first try is dispatched: it waits for nothing in between.
    execTimestamp: timeOf(view.startedAt),
    endTimestamp: timeOf(view.endedAt),
  };
}

function resultOf(view: OpView): Json {
  if (view.status === 'error' && view.error !== undefined) return [view.error.code, [view.error.message]];
  return view.result ?? null;
}

function timeOf(instant: Instant | undefined): GanetiTime | null {
  return instant === undefined ? null : ganetiTimeOf(instant);
}
