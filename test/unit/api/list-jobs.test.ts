import { describe, expect, it } from 'vitest';
import { jobListSchema } from '../../../core/contract/api/list-jobs.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { ApiBench, type Call, SPEC } from './api-bench.ts';

const ONE_OP = { ...SPEC, ops: [SPEC.ops[0]] };

async function list(bench: ApiBench, query: Call['query'] = '', as: Call['as'] = 'operator') {
  return bench.ok('list-jobs', jobListSchema, { query, as });
}

async function idsOf(bench: ApiBench, query: Call['query'] = ''): Promise<readonly string[]> {
  return (await list(bench, query)).items.map(({ id }) => id);
}

/** Every page of a listing, from the first on. */
async function allPages(bench: ApiBench, query: string): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(bench, `${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    pages.push(page.items.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

/** A job a second. */
async function submitEachSecond(bench: ApiBench, specs: readonly object[]): Promise<readonly JobId[]> {
  const ids: JobId[] = [];
  for (const spec of specs) {
    ids.push(await bench.submit(spec));
    bench.now += 1000;
  }
  return ids;
}

describe('GET /jobs', () => {
  it('lists the jobs of the project in all classes, newest first, settled ones by their end', async () => {
    const bench = new ApiBench();
    const [first, second, third] = await submitEachSecond(bench, [ONE_OP, ONE_OP, ONE_OP]);
    await bench.submit({ ...SPEC, project: 'media' });
    if (first === undefined || second === undefined) throw new Error('two jobs were submitted');
    await bench.perform(second, 0);
    expect(await idsOf(bench)).toEqual([third, second, first]);
    bench.now += 1000;
    await bench.call('cancel-job', { id: first, body: {} });
    expect(await idsOf(bench)).toEqual([first, third, second]);
  });

  it('filters by class, status, queue, owner and labels, all of which a job must meet', async () => {
    const bench = new ApiBench();
    await bench.queue('night');
    const [waiting, running, ended] = await submitEachSecond(bench, [
      { ...ONE_OP, queue: 'night', labels: { site: 'docs', tier: 'a:b' } },
      { ...ONE_OP, labels: { site: 'docs' } },
      { ...ONE_OP, labels: { site: 'blog' } },
    ]);
    const own = await bench.submit(ONE_OP, 'operator');
    if (running === undefined || ended === undefined) throw new Error('three jobs were submitted');
    await bench.perform(running, 0);
    await bench.call('cancel-job', { id: ended, body: {} });

    expect(await idsOf(bench, 'class=waiting')).toEqual([own, waiting]);
    expect(await idsOf(bench, 'class=running')).toEqual([running]);
    expect(await idsOf(bench, 'class=ended')).toEqual([ended]);
    expect(await idsOf(bench, 'class=attention')).toEqual([]);
    expect(await idsOf(bench, 'status=RUNNING')).toEqual([running]);
    expect(await idsOf(bench, 'status=RUNNING&class=ended')).toEqual([]);
    expect(await idsOf(bench, 'queue=night')).toEqual([waiting]);
    expect(await idsOf(bench, 'owner=operator')).toEqual([own]);
    expect(await idsOf(bench, 'label=site:docs')).toEqual([running, waiting]);
    expect(await idsOf(bench, 'label=site:docs&label=tier:a:b')).toEqual([waiting]);
    expect(await idsOf(bench, 'label=site:docs&status=RUNNING&owner=admin')).toEqual([running]);
    expect(await idsOf(bench, 'label=constructor:x')).toEqual([]);
  });

  it('lists what was received, or has settled, since a moment', async () => {
    const bench = new ApiBench();
    const [first, second] = await submitEachSecond(bench, [ONE_OP, ONE_OP]);
    const since = { since: new Date(bench.now).toISOString() };
    expect(await idsOf(bench, since)).toEqual([]);
    const third = await bench.submit(ONE_OP);
    expect(await idsOf(bench, since)).toEqual([third]);
    if (first === undefined) throw new Error('a job was submitted');
    await bench.call('cancel-job', { id: first, body: {} });
    expect(new Set(await idsOf(bench, since))).toEqual(new Set([first, third]));
    expect(await idsOf(bench, { since: '2026-11-01T09:00:01+01:00' })).toContain(second);
  });

  it('does not list a job that was deleted', async () => {
    const bench = new ApiBench();
    const id = await bench.completedJob();
    await bench.call('delete-job', { as: 'admin', id });
    expect(await idsOf(bench)).toEqual([]);
  });
});

describe('a cursor', () => {
  it('leads through all jobs, each once, though they are of several classes', async () => {
    const bench = new ApiBench();
    const ids = await submitEachSecond(
      bench,
      Array.from({ length: 13 }, () => ONE_OP),
    );
    for (const [index, id] of ids.entries()) {
      if (index % 3 === 1) await bench.perform(id, 0);
      if (index % 3 === 2) await bench.call('cancel-job', { id, body: {} });
    }
    const pages = await allPages(bench, 'limit=4');
    expect(pages.map((page) => page.length)).toEqual([4, 4, 4, 1]);
    expect(new Set(pages.flat())).toEqual(new Set(ids));
    expect(pages.flat()).toEqual(await idsOf(bench, 'limit=100'));
  });

  it('is not handed out where nothing follows', async () => {
    const bench = new ApiBench();
    await submitEachSecond(bench, [ONE_OP, ONE_OP, ONE_OP, ONE_OP]);
    expect((await allPages(bench, 'limit=2')).map((page) => page.length)).toEqual([2, 2]);
    expect((await list(bench, 'limit=4')).cursor).toBeUndefined();
  });

  it('leads through jobs of one millisecond too, though they are of several classes', async () => {
    const bench = new ApiBench();
    const ids: JobId[] = [];
    for (let job = 0; job < 9; job += 1) ids.push(await bench.submit(ONE_OP));
    for (const [index, id] of ids.entries()) {
      if (index % 3 === 1) await bench.perform(id, 0);
      if (index % 3 === 2) await bench.call('cancel-job', { id, body: {} });
    }
    for (const limit of [1, 2, 4]) {
      expect((await allPages(bench, `limit=${limit}`)).flat()).toEqual(ids.toReversed());
    }
  });

  it('goes on after a share of the reads, with a page that may be empty', async () => {
    const bench = new ApiBench();
    await bench.queue('rare');
    const rare = await bench.submit({ ...ONE_OP, queue: 'rare' });
    for (let job = 0; job < 1_300; job += 1) await bench.submit(ONE_OP);
    let reads = 0;
    const { listByClass } = bench.store;
    bench.store.listByClass = (...args) => {
      reads += 1;
      return listByClass.apply(bench.store, args);
    };
    const first = await list(bench, 'queue=rare');
    expect(reads).toBeLessThanOrEqual(12);
    expect(first.items).toEqual([]);
    expect(first.cursor).toBeDefined();
    expect((await allPages(bench, 'queue=rare')).flat()).toEqual([rare]);
  }, 30_000);

  it.each([
    ['another filter', 'limit=1&queue=night'],
    ['another status', 'limit=1&status=QUEUED'],
    ['a label more', 'limit=1&label=a:b'],
    ['another moment', 'limit=1&since=2026-01-01T00:00:00Z'],
  ])('of a listing is refused by %s', async (_name, other) => {
    const bench = new ApiBench();
    await submitEachSecond(bench, [ONE_OP, ONE_OP]);
    const { cursor } = await list(bench, 'limit=1');
    const problem = await bench.refusal('list-jobs', { query: `${other}&cursor=${cursor}` });
    expect(problem).toMatchObject({ status: 400, code: 'InvalidCursor' });
  });

  it('of another project is refused', async () => {
    const bench = new ApiBench();
    await submitEachSecond(bench, [ONE_OP, ONE_OP]);
    const { cursor } = await list(bench, 'limit=1&project=web', 'both');
    const call = { as: 'both', query: `limit=1&project=media&cursor=${cursor}` } as const;
    expect(await bench.refusal('list-jobs', call)).toMatchObject({ code: 'InvalidCursor' });
  });

  it('holds no key and no secret, and one that is forged shows the caller’s own project', async () => {
    const bench = new ApiBench();
    const [mine, foreign] = await submitEachSecond(bench, [ONE_OP, { ...ONE_OP, project: 'media' }]);
    await submitEachSecond(bench, [ONE_OP]);
    const { cursor = '' } = await list(bench, 'limit=1');
    const text = Buffer.from(cursor, 'base64url').toString();
    expect(text).not.toContain('JOB#');
    const forged = text
      .replace(/"id":"[^"]+"/, `"id":"${foreign}"`)
      .replace(/"at":\d+/, '"at":9999999999999');
    const query = `limit=1&cursor=${Buffer.from(forged).toString('base64url')}`;
    for (const item of (await list(bench, query)).items) expect(item.project).toBe('web');
    expect((await idsOf(bench, 'limit=100')).includes(mine ?? '')).toBe(true);
  });

  it('holds whatever a filter may have', async () => {
    const bench = new ApiBench();
    await submitEachSecond(bench, [ONE_OP, ONE_OP]);
    const query = `owner=${encodeURIComponent('ädmin ☃')}&limit=1`;
    expect((await list(bench, query)).items).toEqual([]);
    const labels = { a: 'ünïcode ☃' };
    await submitEachSecond(bench, [
      { ...ONE_OP, labels },
      { ...ONE_OP, labels },
    ]);
    expect(
      (await allPages(bench, `limit=1&label=${encodeURIComponent(`a:${labels.a}`)}`)).flat(),
    ).toHaveLength(2);
  });
});

describe('the project of a listing', () => {
  it('must be named by a caller with several', async () => {
    const bench = new ApiBench();
    for (const as of ['both', 'admin'] as const) {
      expect(await bench.refusal('list-jobs', { as })).toMatchObject({
        status: 400,
        code: 'ProjectRequired',
      });
      expect(await bench.refusal('list-actions', { as })).toMatchObject({ code: 'ProjectRequired' });
    }
  });
});
