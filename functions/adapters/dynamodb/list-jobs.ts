import { classTime } from '../../../core/job/class-time.ts';
import { isDeleted } from '../../../core/job/delete-job.ts';
import type { Job } from '../../../core/job/job.ts';
import { classOf, type StatusClass } from '../../../core/job/status.ts';
import type { JobPage } from '../../../core/ports/job-store.ts';
import { getItems } from './get-items.ts';
import { textOf } from './item.ts';
import { jobOf } from './job-items.ts';
import type { JobTable } from './job-table.ts';
import { classKey, classPlace, headKey, placeOf, TABLE } from './keys.ts';
import { queryByClass } from './query-by-class.ts';

/** Where a listing stands: the job it has come to. */
type Position = NonNullable<JobPage['next']>;

/**
 * The index says which jobs, their heads say how they are. The index lags behind, so a job that has
 * left the class, or stands elsewhere in it, is passed over, and the page filled with those after it.
 */
export async function listByClass(
  table: JobTable,
  project: string,
  statusClass: StatusClass,
  page: { readonly after?: Position; readonly limit: number },
): Promise<JobPage> {
  const jobs: Job[] = [];
  let position = page.after;
  while (jobs.length < page.limit) {
    const wanted = page.limit - jobs.length;
    // One more than wanted tells whether there is a next page.
    const found = await placesAfter(table, classKey(project, statusClass), position, wanted + 1);
    const places = found.slice(0, wanted);
    jobs.push(...(await jobsAt(table, places, statusClass)));
    position = places.at(-1);
    if (found.length <= wanted || position === undefined) return { jobs };
  }
  return position === undefined ? { jobs } : { jobs, next: position };
}

async function placesAfter(
  table: JobTable,
  key: string,
  position: Position | undefined,
  limit: number,
): Promise<readonly Position[]> {
  const after = position === undefined ? undefined : classPlace(position.at, position.id);
  const items = await queryByClass(table, key, { after, limit, order: 'down' });
  return items.map((item) => placeOf(textOf(item, TABLE.indexes.byClass.sortKey.name)));
}

/** The jobs that still stand at these places of the class, in the order of the places. */
async function jobsAt(
  table: JobTable,
  places: readonly Position[],
  statusClass: StatusClass,
): Promise<readonly Job[]> {
  const heads = await getItems(
    table,
    places.map(({ id }) => headKey(id)),
  );
  const jobs = new Map(heads.map(jobOf).map((job) => [job.id, job]));
  return places.flatMap(({ at, id }) => {
    const job = jobs.get(id);
    const stands = job !== undefined && classOf(job.status) === statusClass && classTime(job) === at;
    return stands && !isDeleted(job) ? [job] : [];
  });
}
