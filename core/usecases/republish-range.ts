import * as z from 'zod';
import { cursorOf, type Listing, placeOfCursor } from '../contract/page-cursor.ts';
import { isDeleted } from '../job/delete-job.ts';
import { jobIdSchema } from '../job/identifiers.ts';
import { type Instant, instantSchema } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import type { JournalEntry } from '../job/journal-entry.ts';
import { STATUS_CLASSES } from '../job/status.ts';
import { jobsNewestFirst, listingPlace, type NextJob } from './jobs-newest-first.ts';
import { ENTRIES_PER_CALL, publishEntries, type RepublishDeps, type Republished } from './republish-job.ts';

/** From the first moment up to, but not including, the second. */
export interface TimeRange {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * Jobs looked at by one call, most of which have nothing in the range. Not more than a page of the
 * store, so that all classes are read at one moment and no job slips from one to another unseen.
 */
const JOBS_PER_CALL = 100;

/**
 * Sends what a project's journals say of a time range again. Any job may have something in it,
 * however long ago it was received, so all are looked at: those that live first, since they may end
 * meanwhile and are met again then, which does no harm.
 */
export async function republishRange(
  deps: RepublishDeps,
  project: string,
  range: TimeRange,
  cursor: string | undefined,
): Promise<Republished> {
  const listing: Listing = { of: 'republish', project, filter: range };
  const from = cursor === undefined ? undefined : placeOfCursor(listing, cursor, placeSchema);
  if (from?.ok === false) return from;

  let place: Place = from?.place ?? { phase: 'live' };
  let next = walk(deps, project, place);
  let job = await openJob(deps, project, place);
  let republished = 0;
  let entriesLeft = ENTRIES_PER_CALL;
  while (entriesLeft > 0) {
    if (job === null) {
      const found = await next();
      if (found.kind === 'later') break;
      if (found.kind === 'end') {
        if (place.phase === 'ended') return { ok: true, republished };
        place = { phase: 'ended' };
        next = walk(deps, project, place);
        continue;
      }
      job = found.job;
      place = { phase: place.phase, after: listingPlace(job), newerThan: 0 };
    }
    const part = await readPart(deps, job, place.newerThan ?? 0, range, entriesLeft);
    const refusal = await publishEntries(deps.publisher, part.inRange);
    if (refusal !== null) return refusal;
    republished += part.inRange.length;
    entriesLeft -= part.read;
    place = part.newerThan === undefined ? finished(place) : { ...place, newerThan: part.newerThan };
    if (part.newerThan === undefined) job = null;
  }
  return { ok: true, republished, cursor: cursorOf(listing, place) };
}

/** With `newerThan`, the job at `after` is not finished: its entries go on after that serial. */
const placeSchema = z.strictObject({
  phase: z.enum(['live', 'ended']),
  after: z.strictObject({ at: instantSchema, id: jobIdSchema }).optional(),
  newerThan: z.int().min(0).optional(),
});

type Place = z.output<typeof placeSchema>;

const CLASSES = {
  live: STATUS_CLASSES.filter((statusClass) => statusClass !== 'ended'),
  ended: ['ended'],
} as const;

function walk(deps: RepublishDeps, project: string, { phase, after }: Place): () => Promise<NextJob> {
  const classes = CLASSES[phase];
  return jobsNewestFirst(deps.store, {
    project,
    classes,
    after,
    pageSize: JOBS_PER_CALL,
    pages: classes.length,
  });
}

/** The job that the last call did not finish; a cursor that names one of another project finds none. */
async function openJob(
  deps: RepublishDeps,
  project: string,
  { after, newerThan }: Place,
): Promise<Job | null> {
  if (after === undefined || newerThan === undefined) return null;
  const job = await deps.store.readJob(after.id);
  return job === null || job.project !== project || isDeleted(job) ? null : job;
}

function finished({ newerThan: _done, ...place }: Place): Place {
  return place;
}

/** A part of a job's journal; with `newerThan`, there may be more after that serial. */
interface Part {
  readonly inRange: readonly JournalEntry[];
  /** What reading it counts for; a job with nothing counts too. */
  readonly read: number;
  readonly newerThan?: number;
}

async function readPart(
  deps: RepublishDeps,
  job: Job,
  newerThan: number,
  range: TimeRange,
  limit: number,
): Promise<Part> {
  const nothing: Part = { inRange: [], read: 1 };
  if (job.receivedAt >= range.to) return nothing;
  if (newerThan === 0) {
    const [newest] = await deps.store.readJournal(job.id, job.logSerial - 1, 1);
    if (newest === undefined || newest.at < range.from) return nothing;
  }
  const entries = await deps.store.readJournal(job.id, newerThan, limit);
  const last = entries.at(-1);
  const more = last !== undefined && entries.length === limit && last.at < range.to;
  return {
    inRange: entries.filter(({ at }) => at >= range.from && at < range.to),
    read: Math.max(1, entries.length),
    ...(more ? { newerThan: last.serial } : {}),
  };
}
