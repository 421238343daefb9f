import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { jobAnswerSchema } from '../../../core/contract/api/get-job.ts';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { childListSchema } from '../../../core/contract/api/list-children.ts';
import { jobExplanationSchema } from '../../../core/contract/api/why.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { ApiBench, SPEC } from './api-bench.ts';

const STEP = { name: 'step', action: 'transcode', rollback: { action: 'transcode' } };
const JOB = { name: { $item: 'name' }, ops: [STEP] };

const sites = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `site-${index}` }));

const specOf = (...ops: readonly object[]) => ({ name: 'publish', project: 'web', ops });

const all = (items: unknown, rest: object = {}) => ({ name: 'all', children: { items, job: JOB, ...rest } });

/** A job whose children are made. */
async function withChildren(items: unknown = sites(3), bench = new ApiBench(), rest: object = {}) {
  const id = await bench.submit(specOf(all(items, rest), { name: 'after', action: 'transcode' }));
  await bench.perform(id, 0);
  await bench.family();
  return { bench, id };
}

async function childrenOf(bench: ApiBench, id: JobId, query: Readonly<Record<string, string | number>> = {}) {
  return bench.ok('list-children', childListSchema, { id, query });
}

/** The child at this place. */
async function childAt(bench: ApiBench, id: JobId, position: number): Promise<JobId> {
  const child = (await childrenOf(bench, id)).items[position]?.id;
  if (child === undefined) throw new Error(`there is no child ${position}`);
  return child;
}

describe('GET /jobs/{id}/children', () => {
  it('answers them in the order of their items, with how each of them is', async () => {
    const { bench, id } = await withChildren();
    const first = await childAt(bench, id, 0);
    await bench.work(first, 0);
    bench.now += 1_000;
    await bench.finish(first);
    const second = await childAt(bench, id, 1);
    await bench.work(second, 0, 'DiskFull');
    await bench.recover(second);
    const third = await childAt(bench, id, 2);
    expect(await childrenOf(bench, id)).toEqual({
      children: {
        attempt: 1,
        op: 0,
        try: 1,
        verb: 'run',
        total: 3,
        created: 3,
        settled: 2,
        unsuccessful: 1,
        statuses: { COMPLETED_OK: 1, FAILED: 1 },
      },
      items: [
        {
          child: 0,
          id: first,
          name: 'site-0',
          status: 'COMPLETED_OK',
          startedAt: '2026-11-01T08:00:00.000Z',
          endedAt: '2026-11-01T08:00:01.000Z',
        },
        {
          child: 1,
          id: second,
          name: 'site-1',
          status: 'FAILED',
          startedAt: '2026-11-01T08:00:01.000Z',
          endedAt: '2026-11-01T08:00:01.000Z',
          error: { code: 'DiskFull', message: 'it was DiskFull', op: 0 },
        },
        { child: 2, id: third, name: 'site-2', status: 'QUEUED' },
      ],
    });
  });

  it('answers why a child could not be made', async () => {
    const { bench, id } = await withChildren([{ name: 'eu' }, { nome: 'us' }]);
    const { items, children } = await childrenOf(bench, id);
    expect(items[1]).toEqual({
      child: 1,
      status: 'FAILED_TO_START',
      error: { code: 'ItemMissing', message: '{"$item": "name"} names nothing in the child\'s item' },
    });
    expect(children).toMatchObject({ created: 2, settled: 1, unsuccessful: 1 });
  });

  it('answers page after page, each once', async () => {
    const { bench, id } = await withChildren(sites(7));
    const seen: number[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 4; page += 1) {
      const list = await childrenOf(bench, id, { limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      expect(list.children).toMatchObject({ total: 7 });
      seen.push(...list.items.map(({ child }) => child));
      cursor = list.cursor;
      if (cursor === undefined) break;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(cursor).toBeUndefined();
  });

  it('answers all on one page, without a cursor, where they just fit', async () => {
    const { bench, id } = await withChildren(sites(3));
    expect(await childrenOf(bench, id, { limit: 3 })).not.toHaveProperty('cursor');
    expect(await childrenOf(bench, id, { limit: 2 })).toHaveProperty('cursor');
  });

  it('refuses a cursor of another job, of another op and of another list', async () => {
    const bench = new ApiBench();
    const one = await withChildren(sites(3), bench);
    const other = await withChildren(sites(3), bench);
    const { cursor = '' } = await childrenOf(bench, one.id, { limit: 1 });
    const refused = await bench.refusal('list-children', { id: other.id, query: { cursor } });
    expect(refused).toMatchObject({ status: 400, code: 'InvalidCursor' });
    const jobs = await bench.ok('list-jobs', z.object({ cursor: z.string() }), {
      query: { project: 'web', limit: 1 },
    });
    const foreign = { id: one.id, query: { cursor: jobs.cursor } };
    expect(await bench.refusal('list-children', foreign)).toMatchObject({ code: 'InvalidCursor' });
    const garbled = { id: one.id, query: { cursor: `${cursor}x` } };
    expect(await bench.refusal('list-children', garbled)).toMatchObject({ code: 'InvalidCursor' });
  });

  it('answers those of the op and the attempt that are asked for, and of the latest otherwise', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(specOf(all(sites(1)), { ...all(sites(2)), name: 'more' }));
    await bench.perform(id, 0);
    await bench.family();
    const only = await childAt(bench, id, 0);
    await bench.work(only, 0);
    await bench.finish(only);
    await bench.perform(id, 1);
    await bench.family();
    const placed = async (query: Readonly<Record<string, number>>) => {
      const { children, items } = await childrenOf(bench, id, query);
      return [children?.op, items.length];
    };
    expect(await placed({})).toEqual([1, 2]);
    expect(await placed({ op: 0 })).toEqual([0, 1]);
    expect(await placed({ op: 1, attempt: 1 })).toEqual([1, 2]);
    expect(await placed({ op: 7 })).toEqual([undefined, 0]);
    expect(await placed({ attempt: 2 })).toEqual([undefined, 0]);
  });

  it('answers none of a job that has none', async () => {
    const bench = new ApiBench();
    expect(await childrenOf(bench, await bench.submit(SPEC))).toEqual({ items: [] });
  });

  it('is 404 to whoever may not see the job', async () => {
    const { bench, id } = await withChildren();
    expect(await bench.refusal('list-children', { id, as: 'other' })).toMatchObject({
      status: 404,
      code: 'JobNotFound',
    });
  });

  it.each([
    ['limit', '0'],
    ['limit', '101'],
    ['op', '-1'],
    ['attempt', '0'],
    ['try', '1'],
  ])('refuses %s=%s', async (key, value) => {
    const { bench, id } = await withChildren();
    expect(await bench.refusal('list-children', { id, query: { [key]: value } })).toMatchObject({
      status: 400,
    });
  });
});

describe('a job with children', () => {
  it('is shown with how many of them have ended, while it waits for them', async () => {
    const { bench, id } = await withChildren();
    const shown = async () => bench.ok('get-job', jobAnswerSchema, { id });
    expect(await shown()).toMatchObject({
      status: 'CHILD_QUEUED',
      children: { total: 3, created: 3, settled: 0, statuses: {} },
    });
    for (const position of [0, 1, 2]) {
      const child = await childAt(bench, id, position);
      await bench.work(child, 0);
      await bench.finish(child);
    }
    expect(await shown()).toMatchObject({ status: 'RUNNING' });
    expect(await shown()).not.toHaveProperty('children');
  });

  it('is shown as the parent and the root of its children', async () => {
    const { bench, id } = await withChildren();
    const child = await bench.ok('get-job', jobShapeSchema, { id: await childAt(bench, id, 0) });
    expect(child).toMatchObject({ parent: id, root: id, origin: 'parent', owner: 'admin' });
  });

  it('explains what it waits for', async () => {
    const { bench, id } = await withChildren();
    const child = await childAt(bench, id, 1);
    await bench.work(child, 0, 'DiskFull');
    await bench.recover(child);
    const why = async () => bench.ok('explain-job', jobExplanationSchema, { id });
    expect(await why()).toMatchObject({
      status: 'CHILD_RUNNING',
      standsAt: 'children',
      summary: 'It waits for its children: 1 of 3 have ended, 1 of them without success.',
      movesWhen: ['all of its children have ended: GET /jobs/{id}/children', 'POST /jobs/{id}/cancel'],
    });
    await bench.call('cancel-job', { id, body: {} });
    expect((await why()).summary).toBe(
      'It waits for its children: 1 of 3 have ended, 1 of them without success; the others are cancelled.',
    );
    expect((await childrenOf(bench, id)).children).toMatchObject({ closed: 'canceled' });
  });

  it('explains the line that it stands in for its slot, once they have ended', async () => {
    const bench = new ApiBench();
    await bench.queue('children');
    await bench.queue('narrow', { maxRunning: 1 });
    const job = { ...JOB, queue: 'children' };
    const spec = { ...specOf({ name: 'all', children: { items: sites(1), job } }), queue: 'narrow' };
    const id = await bench.submit(spec);
    await bench.perform(id, 0);
    await bench.family();
    const other = await bench.submit({ ...SPEC, queue: 'narrow' });
    const child = await childAt(bench, id, 0);
    await bench.work(child, 0);
    await bench.finish(child);
    const explained = await bench.ok('explain-job', jobExplanationSchema, { id });
    expect(explained).toMatchObject({
      status: 'QUEUED',
      standsAt: 'slot',
      line: { kind: 'slot', name: 'narrow', position: 1, held: 1, capacity: 1 },
      holders: [{ jobId: other }],
      since: '2026-11-01T08:00:00.000Z',
    });
  });

  it('is the only one of its family that is rerun, rolled back or deleted', async () => {
    const { bench, id } = await withChildren();
    const child = await childAt(bench, id, 0);
    await bench.work(child, 0);
    await bench.finish(child);
    const by = { id: child, as: 'admin' } as const;
    for (const [route, body] of [
      ['rerun-job', { from: 'PRE' }],
      ['roll-back-job', {}],
    ] as const) {
      expect(await bench.refusal(route, { ...by, body })).toMatchObject({
        status: 409,
        code: 'ChildOfParent',
      });
    }
    expect(await bench.refusal('delete-job', by)).toMatchObject({ status: 409, code: 'ChildOfParent' });
  });

  it('that was ended by force is deleted only after all of its children have ended', async () => {
    const { bench, id } = await withChildren();
    await bench.perform(await childAt(bench, id, 0), 0);
    await bench.call('cancel-job', { id, as: 'admin', body: { force: true } });
    const refused = await bench.refusal('delete-job', { id, as: 'admin' });
    expect(refused).toMatchObject({ status: 409, code: 'ChildrenUnsettled' });
    await bench.family();
    expect((await bench.call('delete-job', { id, as: 'admin' })).status).toBe(204);
    expect(bench.store.heads()).toEqual([]);
  });
});
