import { classTime } from '../job/class-time.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import type { StatusClass } from '../job/status.ts';
import type { JobStore } from '../ports/job-store.ts';

/** Where a job stands in its class, as the store lists it. */
export interface ListingPlace {
  readonly at: Instant;
  readonly id: JobId;
}

/** By when it was received; once it has settled, by when that was. */
export function listingPlace(job: Job): ListingPlace {
  return { at: classTime(job), id: job.id };
}

/** `later`: there may be more, but this call has read its share. */
export type NextJob =
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'end' }
  | { readonly kind: 'later' };

/** What a walk through a project's jobs reads. */
export interface JobWalk {
  readonly project: string;
  readonly classes: readonly StatusClass[];
  readonly after?: ListingPlace | undefined;
  readonly pageSize: number;
  /** Pages that may be read in all. */
  readonly pages: number;
}

interface Stream {
  readonly statusClass: StatusClass;
  jobs: readonly Job[];
  /** Where the next page begins; null: there is none. */
  after: ListingPlace | undefined | null;
}

/**
 * The jobs of a project in some classes, merged newest first; each call hands out the next. All
 * classes go on from the same place, so one place is enough to continue later.
 */
export function jobsNewestFirst(store: Pick<JobStore, 'listByClass'>, walk: JobWalk): () => Promise<NextJob> {
  const streams = walk.classes.map((statusClass): Stream => ({ statusClass, jobs: [], after: walk.after }));
  let pagesLeft = walk.pages;

  async function fill(stream: Stream): Promise<void> {
    const page = await store.listByClass(walk.project, stream.statusClass, {
      limit: walk.pageSize,
      ...(stream.after === undefined || stream.after === null ? {} : { after: stream.after }),
    });
    stream.jobs = page.jobs;
    stream.after = page.next ?? null;
  }

  return async () => {
    for (;;) {
      const empty = streams.filter(({ jobs, after }) => jobs.length === 0 && after !== null);
      if (empty.length === 0) break;
      if (empty.length > pagesLeft) return { kind: 'later' };
      pagesLeft -= empty.length;
      await Promise.all(empty.map(fill));
    }
    const newest = streams
      .filter(({ jobs }) => jobs.length > 0)
      .reduce<Stream | undefined>((best, stream) => (isNewer(stream, best) ? stream : best), undefined);
    const job = newest?.jobs[0];
    if (newest === undefined || job === undefined) return { kind: 'end' };
    newest.jobs = newest.jobs.slice(1);
    return { kind: 'job', job };
  };
}

function isNewer(stream: Stream, than: Stream | undefined): boolean {
  const [job] = stream.jobs;
  const [other] = than?.jobs ?? [];
  if (job === undefined || other === undefined) return job !== undefined;
  const [one, two] = [listingPlace(job), listingPlace(other)];
  return one.at === two.at ? one.id > two.id : one.at > two.at;
}
