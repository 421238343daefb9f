import { type ChildrenShape, childrenShape } from '../contract/api/list-children.ts';
import { type Refused, refused } from '../contract/error-codes.ts';
import type { Job } from '../job/job.ts';
import type { JournalEntry } from '../job/journal-entry.ts';
import type { Deps } from '../ports/deps.ts';
import { ganetiJobOf } from '../views/ganeti/ganeti-job-of.ts';
import { getInfo } from '../views/ganeti/get-info.ts';
import { type ViewName, type Views, viewsOf } from '../views/views.ts';
import { readGroupOf } from './read-facts.ts';
import { readOpsSeen } from './read-ops.ts';

/** What is asked of a job beside the job itself. */
export interface JobQuestion {
  readonly view?: ViewName | undefined;
  /** Names of Ganeti's fields. */
  readonly fields?: readonly string[] | undefined;
}

export interface JobAnswer {
  readonly ok: true;
  readonly children?: ChildrenShape;
  readonly views?: Views;
  /** One value for each field, in the asked order. */
  readonly fields?: readonly unknown[];
}

/** Entries read for `oplog`, the newest: with messages of 4 KB still less than an answer may have. */
const OPLOG_ENTRIES = 1_000;

/**
 * The job in other systems' words. The head was read before the ops are, so ops may be ahead of it
 * and never behind: a job that has ended shows no op as running.
 */
export async function getJob(
  deps: Pick<Deps, 'store'>,
  job: Job,
  question: JobQuestion,
): Promise<JobAnswer | Refused> {
  const { view, fields } = question;
  const { group } = await readGroupOf(deps, job);
  const children = group === undefined ? {} : { children: childrenShape(group) };
  if (view === undefined && fields === undefined) return { ok: true, ...children };
  const [spec, ops] = await Promise.all([deps.store.readSpec(job.id), readOpsSeen(deps, job)]);
  if (spec === null) return refused('JobNotFound', `Job ${job.id} has been deleted meanwhile.`);
  const views = { ...children, ...(view === undefined ? {} : { views: viewsOf(job, spec, ops, view) }) };
  if (fields === undefined) return { ok: true, ...views };
  const journal = fields.includes('oplog') ? await newestEntries(deps, job) : [];
  const info = getInfo(ganetiJobOf(job, spec, ops, journal), fields);
  return info.ok ? { ok: true, ...views, fields: info.values } : info;
}

function newestEntries(deps: Pick<Deps, 'store'>, job: Job): Promise<readonly JournalEntry[]> {
  return deps.store.readJournal(job.id, Math.max(0, job.logSerial - OPLOG_ENTRIES), OPLOG_ENTRIES);
}
