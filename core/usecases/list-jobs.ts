import * as z from 'zod';
import type { Refused } from '../contract/error-codes.ts';
import { cursorOf, type Listing, placeOfCursor } from '../contract/page-cursor.ts';
import { jobIdSchema } from '../job/identifiers.ts';
import { type Instant, instantSchema } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import { classOf, STATUS_CLASSES, type Status, type StatusClass } from '../job/status.ts';
import type { Deps } from '../ports/deps.ts';
import { jobsNewestFirst, type ListingPlace, listingPlace } from './jobs-newest-first.ts';

/** Which jobs; what is left out filters nothing. */
export interface JobFilter {
  readonly class?: StatusClass | undefined;
  readonly status?: Status | undefined;
  readonly queue?: string | undefined;
  readonly owner?: string | undefined;
  /** A job has them all. */
  readonly label: readonly { readonly key: string; readonly value: string }[];
  readonly since?: Instant | undefined;
  /** The only ones, where neither class nor status is named. */
  readonly classes?: readonly StatusClass[];
}

export interface JobsPage {
  readonly ok: true;
  readonly jobs: readonly Job[];
  /** There may be more. */
  readonly cursor?: string;
}

/** Most heads of one page of the store: what BatchGetItem reads at once. */
const FULL_PAGE = 100;

/**
 * Pages read for one answer, of all classes together: 1,200 heads of 1 KB. A rare filter then ends
 * with a short page and a cursor, and not in a timeout.
 */
const PAGES_PER_ANSWER = 12;

/** A page of a project's jobs, newest first. */
export async function listJobs(
  deps: Pick<Deps, 'store'>,
  project: string,
  filter: JobFilter,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<JobsPage | Refused> {
  const listing = listingOf(project, filter);
  const from = page.cursor === undefined ? undefined : placeOfCursor(listing, page.cursor, placeSchema);
  if (from?.ok === false) return from;
  const { jobs, place } = await pageOfJobs(deps, project, filter, { limit: page.limit, after: from?.place });
  return { ok: true, jobs, ...(place === undefined ? {} : { cursor: cursorOf(listing, place) }) };
}

/** The same by places; one to go on from means that there may be more. */
export async function pageOfJobs(
  deps: Pick<Deps, 'store'>,
  project: string,
  filter: JobFilter,
  { limit, after }: { readonly limit: number; readonly after?: ListingPlace | undefined },
): Promise<{ readonly jobs: readonly Job[]; readonly place?: ListingPlace }> {
  const next = jobsNewestFirst(deps.store, {
    project,
    classes: classesOf(filter),
    after,
    // One more than wanted tells whether there is a next page.
    pageSize: isSelective(filter) ? FULL_PAGE : Math.min(FULL_PAGE, limit + 1),
    pages: PAGES_PER_ANSWER,
  });
  const jobs: Job[] = [];
  let place = after;
  for (;;) {
    const found = await next();
    if (found.kind === 'end') return { jobs };
    if (found.kind === 'later' || jobs.length === limit) {
      return { jobs, ...(place === undefined ? {} : { place }) };
    }
    const { job } = found;
    place = listingPlace(job);
    if (filter.since !== undefined && place.at < filter.since) return { jobs };
    if (matches(job, filter)) jobs.push(job);
  }
}

const placeSchema = z.strictObject({ at: instantSchema, id: jobIdSchema });

/** Equal filters name equal listings, in whichever order they were given. */
function listingOf(project: string, filter: JobFilter): Listing {
  const { status, queue, owner, since } = filter;
  const labels = filter.label.map(({ key, value }) => `${key}:${value}`).sort();
  return { of: 'jobs', project, filter: { class: filter.class, status, queue, owner, labels, since } };
}

/** A status is of one class; asked for in another, there is none. */
function classesOf({ class: statusClass, status, classes }: JobFilter): readonly StatusClass[] {
  return STATUS_CLASSES.filter(
    (candidate) =>
      (statusClass === undefined || candidate === statusClass) &&
      (statusClass !== undefined || status !== undefined || classes?.includes(candidate) !== false) &&
      (status === undefined || candidate === classOf(status)),
  );
}

function isSelective({ status, queue, owner, label }: JobFilter): boolean {
  return status !== undefined || queue !== undefined || owner !== undefined || label.length > 0;
}

function matches(job: Job, { status, queue, owner, label }: JobFilter): boolean {
  return (
    (status === undefined || job.status === status) &&
    (queue === undefined || job.queue === queue) &&
    (owner === undefined || job.owner === owner) &&
    label.every(({ key, value }) => Object.hasOwn(job.labels, key) && job.labels[key] === value)
  );
}
