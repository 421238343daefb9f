import { expect, it } from 'vitest';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { StatusClass } from '../../../core/job/status.ts';
import type { JobPage, JobStore } from '../../../core/ports/job-store.ts';
import {
  cancel,
  commit,
  completion,
  deletion,
  jobId,
  plainSpec,
  RECEIVED_AT,
  start,
  submission,
  wholeJob,
} from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const SECOND_MS = 1000;
const JOBS = 7;

export function listing(open: OpenStore): void {
  it('lists the jobs of a class, newest first, and those of one moment by id', async () => {
    const store = await open();
    const at = [3, 1, 2, 2, 2].map((seconds) => RECEIVED_AT + seconds * SECOND_MS);
    for (const [n, moment] of at.entries()) await commit(store, submission(jobId(n), { at: moment }));
    expect(await idsOf(store, 'web', 'waiting')).toEqual([0, 4, 3, 2, 1].map(jobId));
  });

  it('shows each job as it is now', async () => {
    const store = await open();
    await commit(store, submission(jobId(1), { spec: plainSpec(2) }));
    await commit(store, await start(store, jobId(1), 0));
    const job = await commit(store, await completion(store, jobId(1), 0));
    const { jobs } = await store.listByClass('web', 'running', { limit: 10 });
    expect(jobs).toEqual([job]);
  });

  it('goes on where the page before ended, and misses and repeats none', async () => {
    const store = await open();
    for (let n = 0; n < JOBS; n += 1) {
      await commit(store, submission(jobId(n), { at: RECEIVED_AT + Math.floor(n / 3) }));
    }
    for (const limit of [1, 2, 3, JOBS, JOBS + 1]) {
      const pages = await allPages(store, limit);
      expect(pages.flatMap(({ jobs }) => jobs.map(({ id }) => id))).toEqual(
        Array.from({ length: JOBS }, (_, n) => jobId(JOBS - 1 - n)),
      );
      expect(pages).toHaveLength(Math.ceil(JOBS / limit));
    }
  });

  it('goes on after a job that has left the class since', async () => {
    const store = await open();
    for (const n of [1, 2, 3]) await commit(store, submission(jobId(n), { at: RECEIVED_AT + n }));
    const first = await store.listByClass('web', 'waiting', { limit: 1 });
    expect(first.next).toEqual({ at: RECEIVED_AT + 3, id: jobId(3) });
    await commit(store, await cancel(store, jobId(3)));
    expect(await idsOf(store, 'web', 'waiting', first.next)).toEqual([2, 1].map(jobId));
  });

  it('moves a job when its class changes', async () => {
    const store = await open();
    const id = jobId(1);
    const classes = async () => {
      const found: StatusClass[] = [];
      for (const statusClass of ['waiting', 'running', 'attention', 'ended'] as const) {
        if ((await idsOf(store, 'web', statusClass)).includes(id)) found.push(statusClass);
      }
      return found;
    };
    await commit(store, submission(id));
    expect(await classes()).toEqual(['waiting']);
    await commit(store, await start(store, id, 0));
    expect(await classes()).toEqual(['running']);
    await commit(store, await cancel(store, id));
    expect(await classes()).toEqual(['running']);
    const other = jobId(2);
    await wholeJob(store, other);
    expect(await idsOf(store, 'web', 'ended')).toEqual([other]);
  });

  it('orders settled jobs by their end', async () => {
    const store = await open();
    await commit(store, submission(jobId(1), { at: RECEIVED_AT }));
    await wholeJob(store, jobId(2), plainSpec(), RECEIVED_AT + SECOND_MS);
    await commit(store, await cancel(store, jobId(1), RECEIVED_AT + 2 * SECOND_MS));
    expect(await idsOf(store, 'web', 'ended')).toEqual([1, 2].map(jobId));
  });

  it('tells projects apart whose names begin or look alike', async () => {
    const store = await open();
    const projects = ['web', 'web2', 'web#waiting', 'web%23waiting', 'WEB'];
    for (const [n, project] of projects.entries()) {
      const change = submission(jobId(n));
      await commit(store, { ...change, job: { ...change.job, project } });
    }
    for (const [n, project] of projects.entries()) {
      expect(await idsOf(store, project, 'waiting')).toEqual([jobId(n)]);
    }
    expect(await idsOf(store, 'we', 'waiting')).toEqual([]);
  });

  it('does not list a job that is marked for deletion', async () => {
    const store = await open();
    await wholeJob(store, jobId(1));
    await wholeJob(store, jobId(2));
    await commit(store, await deletion(store, jobId(2)));
    expect(await idsOf(store, 'web', 'ended')).toEqual([jobId(1)]);
  });
}

async function idsOf(
  store: JobStore,
  project: string,
  statusClass: StatusClass,
  after?: JobPage['next'],
): Promise<readonly JobId[]> {
  const page = { limit: 100, ...(after === undefined ? {} : { after }) };
  return (await store.listByClass(project, statusClass, page)).jobs.map(({ id }) => id);
}

async function allPages(store: JobStore, limit: number): Promise<readonly JobPage[]> {
  const pages = [await store.listByClass('web', 'waiting', { limit })];
  for (let after = pages[0]?.next; after !== undefined; after = pages.at(-1)?.next) {
    pages.push(await store.listByClass('web', 'waiting', { limit, after }));
  }
  return pages;
}
