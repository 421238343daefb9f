import { expect, it } from 'vitest';
import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import type { Change } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { cancel, commit, deletion, jobId, plainSpec, RECEIVED_AT, start, submission } from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const MINUTE_MS = 60_000;
const ALL = 100;

export function keepingQuotas(open: OpenStore): void {
  it('counts the jobs of a project that wait, and those alone', async () => {
    const store = await open();
    expect(await store.countWaiting('web', ALL)).toBe(0);
    for (const n of [1, 2, 3, 4, 5]) await commit(store, submission(jobId(n)));
    const theirs = jobSpecSchema.parse({ ...plainSpec(), project: 'media' });
    await commit(store, submission(jobId(6), { spec: theirs }));
    await commit(store, await start(store, jobId(1), 0));
    await commit(store, await cancel(store, jobId(2)));
    await commit(store, await cancel(store, jobId(3)));
    await commit(store, await deletion(store, jobId(3)));
    expect(await store.countWaiting('web', ALL)).toBe(2);
  });

  it('counts no further than it is asked to', async () => {
    const store = await open();
    for (const n of [1, 2, 3]) await commit(store, submission(jobId(n)));
    expect(await store.countWaiting('web', 2)).toBe(2);
    expect(await store.countWaiting('web', 3)).toBe(3);
  });

  it('counts no child, whose root was let in, and lists it all the same', async () => {
    const store = await open();
    await commit(store, submission(jobId(1)));
    for (const n of [10, 11, 12]) await commit(store, childOf(jobId(1), n));
    expect(await store.countWaiting('web', ALL)).toBe(1);
    const first = await store.listByClass('web', 'waiting', { limit: 2 });
    const rest = await store.listByClass('web', 'waiting', {
      limit: 2,
      ...(first.next === undefined ? {} : { after: first.next }),
    });
    expect([...first.jobs, ...rest.jobs].map(({ id }) => id)).toEqual([12, 11, 10, 1].map(jobId));
  });

  it('counts submissions of a minute up to a limit', async () => {
    const store = await open();
    const ask = (limit: number, minute = RECEIVED_AT, project = 'web') =>
      store.countSubmission(project, minute, limit);
    expect([await ask(2), await ask(2), await ask(2)]).toEqual([true, true, false]);
    expect([await ask(3), await ask(3)]).toEqual([true, false]);
    expect(await ask(2, RECEIVED_AT + MINUTE_MS)).toBe(true);
    expect(await ask(2, RECEIVED_AT, 'media')).toBe(true);
  });

  it('lets as many of a crowd submit as the limit says', async () => {
    const store = await open();
    const crowd = Array.from({ length: 20 }, () => store.countSubmission('web', RECEIVED_AT, 7));
    expect((await Promise.all(crowd)).filter((isCounted) => isCounted)).toHaveLength(7);
  });
}

/** Job n as a child of another, received after it. */
function childOf(id: JobId, n: number): Change {
  const change = submission(jobId(n), { at: RECEIVED_AT + n });
  return {
    ...change,
    job: { ...change.job, parent: { id, attempt: 1, op: 0, try: 1, child: n, depth: 1 } },
  };
}
