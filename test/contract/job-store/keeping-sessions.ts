import { expect, it } from 'vitest';
import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { JobStore } from '../../../core/ports/job-store.ts';
import { cancel, commit, deletion, jobId, plainSpec, rerun, submission, wholeJob } from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const SESSION = 'ada-7';
const ALL = { limit: 100 };

export function keepingSessions(open: OpenStore): void {
  it('lists the jobs of a session from their submission on, by id, with whose they are', async () => {
    const store = await open();
    for (const n of [3, 1, 2]) await submit(store, jobId(n));
    await submit(store, jobId(4), 'ada-8');
    await commit(store, submission(jobId(5)));
    const of = (n: number) => ({ jobId: jobId(n), project: 'web', owner: 'ada' });
    expect(await store.listSession(SESSION, ALL)).toEqual([of(1), of(2), of(3)]);
    expect(await store.listSession('ada-9', ALL)).toEqual([]);
  });

  it('lists them by pages', async () => {
    const store = await open();
    for (const n of [1, 2, 3]) await submit(store, jobId(n));
    expect(await ids(store, { limit: 2 })).toEqual([jobId(1), jobId(2)]);
    expect(await ids(store, { limit: 2, after: jobId(2) })).toEqual([jobId(3)]);
    expect(await ids(store, { limit: 2, after: jobId(3) })).toEqual([]);
    expect(await ids(store, { limit: 0 })).toEqual([]);
  });

  it('keeps sessions apart whose names look like parts of keys', async () => {
    const store = await open();
    await submit(store, jobId(1), 'a');
    expect(await store.listSession('a#JOB', ALL)).toEqual([]);
    expect(await store.listSession('', ALL)).toEqual([]);
  });

  it('has none that has settled, however it did', async () => {
    const store = await open();
    await submit(store, jobId(1));
    await commit(store, await cancel(store, jobId(1)));
    await wholeJob(store, jobId(2), specOf(SESSION));
    expect(await ids(store, ALL)).toEqual([]);
  });

  it('has one that runs again, and none of a job that was removed', async () => {
    const store = await open();
    for (const n of [1, 2]) await wholeJob(store, jobId(n), specOf(SESSION));
    await commit(store, await rerun(store, jobId(1)));
    await store.removeJob(await commit(store, await deletion(store, jobId(2))));
    expect(await ids(store, ALL)).toEqual([jobId(1)]);
  });
}

function specOf(sessionId: string) {
  return jobSpecSchema.parse({ ...plainSpec(), sessionId });
}

async function submit(store: JobStore, id: JobId, sessionId = SESSION): Promise<void> {
  await commit(store, submission(id, { spec: specOf(sessionId) }));
}

async function ids(store: JobStore, page: Parameters<JobStore['listSession']>[1]): Promise<readonly JobId[]> {
  return (await store.listSession(SESSION, page)).map((job) => job.jobId);
}
