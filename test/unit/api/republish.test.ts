import { describe, expect, it } from 'vitest';
import { republishedSchema } from '../../../core/contract/api/republish.ts';
import { isoOf } from '../../../core/job/instant.ts';
import { ApiBench, type Call, NOW, SPEC } from './api-bench.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const ONE_OP = { ...SPEC, ops: [SPEC.ops[0]] };

async function republish(bench: ApiBench, body: object, as: Call['as'] = 'operator') {
  return bench.ok('republish', republishedSchema, { as, body });
}

/** Calls again with each cursor, and counts. */
async function republishAll(bench: ApiBench, body: object): Promise<{ republished: number; calls: number }> {
  let total = { republished: 0, calls: 0 };
  let cursor: string | undefined;
  do {
    const sent = await republish(bench, { ...body, ...(cursor === undefined ? {} : { cursor }) });
    total = { republished: total.republished + sent.republished, calls: total.calls + 1 };
    cursor = sent.cursor;
  } while (cursor !== undefined);
  return total;
}

const range = (from: number, to: number) => ({ from: isoOf(from), to: isoOf(to) });

const names = (bench: ApiBench) => bench.published.map(({ jobId, serial }) => `${jobId} ${serial}`);

describe('the republishing of a job', () => {
  it('sends its journal, oldest first, and writes nothing', async () => {
    const bench = new ApiBench();
    const jobId = await bench.completedJob();
    const before = await bench.stored();
    const journal = bench.store.journal(jobId);
    expect(await republish(bench, { jobId })).toEqual({ republished: journal.length });
    expect(bench.published).toEqual(journal);
    expect(await bench.stored()).toBe(before);
  });

  it('sends a long one call after call', async () => {
    const bench = new ApiBench();
    const jobId = await bench.submit();
    for (let note = 0; note < 1_100; note += 1) {
      await bench.call('add-note', { id: jobId, body: { comment: 'x' } });
    }
    expect(await republishAll(bench, { jobId })).toEqual({ republished: 1_101, calls: 3 });
    expect(bench.published.map(({ serial }) => serial)).toEqual(
      Array.from({ length: 1_101 }, (_, index) => index + 1),
    );
  });

  it('asks to be repeated when the bus does not take all', async () => {
    const bench = new ApiBench();
    const jobId = await bench.completedJob();
    bench.refusesToPublish = ({ serial }) => serial === 2;
    const called = await bench.call('republish', { body: { jobId } });
    expect(called).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(called.text).toContain('"code":"PublishingFailed"');
    bench.refusesToPublish = () => false;
    expect((await republish(bench, { jobId })).republished).toBe(bench.store.journal(jobId).length);
  });

  it('needs no project of a caller with several', async () => {
    const bench = new ApiBench();
    const jobId = await bench.submit();
    expect(await republish(bench, { jobId }, 'both')).toEqual({ republished: 1 });
    expect(await republish(bench, { jobId, project: 'web' }, 'both')).toEqual({ republished: 1 });
  });

  it('finds no job of an id that is none', async () => {
    const bench = new ApiBench();
    const unknown = await bench.call('republish', { body: { jobId: '01JZZZZZZZZZZZZZZZZZZZZZZZ' } });
    expect(unknown.status).toBe(404);
    expect(await bench.call('republish', { body: { jobId: '#' } })).toEqual(unknown);
  });
});

describe('the republishing of a time range', () => {
  it('sends what any job’s journal says of it, whenever the job was received', async () => {
    const bench = new ApiBench();
    const old = await bench.submit(ONE_OP);
    const gone = await bench.submit(ONE_OP);
    await bench.call('cancel-job', { id: gone, body: {} });
    bench.now = NOW + DAY_MS;
    await bench.perform(old, 0);
    const fresh = await bench.submit(ONE_OP);
    const ended = await bench.completedJob();
    bench.now = NOW + 2 * DAY_MS;
    await bench.call('cancel-job', { id: fresh, body: {} });
    await bench.submit(ONE_OP);

    const day = range(NOW + DAY_MS, NOW + 2 * DAY_MS);
    const { republished } = await republishAll(bench, day);
    const expected = bench.store
      .heads()
      .flatMap(({ id }) => bench.store.journal(id))
      .filter(({ at }) => at === NOW + DAY_MS)
      .map(({ jobId, serial }) => `${jobId} ${serial}`);
    expect(new Set(names(bench))).toEqual(new Set(expected));
    expect(republished).toBe(expected.length);
    expect(expected.some((name) => name.startsWith(old))).toBe(true);
    expect(expected.some((name) => name.startsWith(ended))).toBe(true);
    expect(names(bench).some((name) => name.startsWith(gone))).toBe(false);
  });

  it('is of one project', async () => {
    const bench = new ApiBench();
    await bench.submit({ ...ONE_OP, project: 'media' });
    const web = await bench.submit(ONE_OP);
    const all = range(NOW, NOW + 1);
    expect(await republishAll(bench, all)).toMatchObject({ republished: 1 });
    expect(names(bench)).toEqual([`${web} 1`]);
    expect(await bench.refusal('republish', { as: 'both', body: all })).toMatchObject({
      code: 'ProjectRequired',
    });
    const foreign = { as: 'operator', body: { ...all, project: 'media' } } as const;
    expect(await bench.refusal('republish', foreign)).toMatchObject({ code: 'Forbidden' });
  });

  it('does a bounded part of many jobs and long journals a call, and misses none', async () => {
    const bench = new ApiBench();
    const noted = await bench.submit(ONE_OP);
    for (let job = 0; job < 250; job += 1) {
      bench.now += 1;
      const id = await bench.submit(ONE_OP);
      if (job % 2 === 0) await bench.call('cancel-job', { id, body: {} });
    }
    for (let note = 0; note < 900; note += 1) {
      await bench.call('add-note', { id: noted, body: { comment: 'x' } });
    }
    const total = bench.store.heads().flatMap(({ id }) => bench.store.journal(id)).length;
    const all = range(NOW, NOW + DAY_MS);
    const first = await republish(bench, all);
    expect(first.republished).toBeLessThanOrEqual(500);
    bench.published.splice(0);
    const { republished, calls } = await republishAll(bench, all);
    expect(republished).toBe(total);
    expect(new Set(names(bench)).size).toBe(total);
    expect(calls).toBeLessThan(15);
  }, 30_000);

  it('meets a job again that ends meanwhile, and never loses it', async () => {
    const bench = new ApiBench();
    const ids = [];
    for (let job = 0; job < 130; job += 1) {
      bench.now += 1;
      ids.push(await bench.submit(ONE_OP));
    }
    const [oldest] = ids;
    const all = range(NOW, bench.now + 1);
    const first = await republish(bench, all);
    expect(names(bench).some((name) => name.startsWith(oldest ?? ''))).toBe(false);
    bench.now += 1_000;
    await bench.call('cancel-job', { id: oldest ?? '', body: {} });
    await republishAll(bench, { ...all, cursor: first.cursor });
    expect(names(bench)).toContain(`${oldest} 1`);
  });

  it('takes a cursor of the same range and project only', async () => {
    const bench = new ApiBench();
    for (let job = 0; job < 101; job += 1) await bench.submit(ONE_OP);
    const all = range(NOW, NOW + DAY_MS);
    const { cursor } = await republish(bench, { ...all, project: 'web' }, 'both');
    expect(cursor).toBeDefined();
    for (const other of [
      { ...all, project: 'media' },
      { ...range(NOW, NOW + 1), project: 'web' },
      { jobId: bench.store.heads()[0]?.id },
    ]) {
      const call = { as: 'both', body: { ...other, cursor } } as const;
      expect(await bench.refusal('republish', call)).toMatchObject({ code: 'InvalidCursor' });
    }
  });

  it('reads no job of another project that a forged cursor names', async () => {
    const bench = new ApiBench();
    const foreign = await bench.submit({ ...ONE_OP, project: 'media' });
    for (let job = 0; job < 101; job += 1) await bench.submit(ONE_OP);
    const all = range(NOW, NOW + DAY_MS);
    const { cursor = '' } = await republish(bench, all);
    const text = Buffer.from(cursor, 'base64url').toString();
    const forged = text.replace(/"id":"[^"]+"/, `"id":"${foreign}"`).replace(/\}\]$/, ',"newerThan":0}]');
    bench.published.splice(0);
    await republish(bench, { ...all, cursor: Buffer.from(forged).toString('base64url') });
    expect(bench.published.some(({ project }) => project !== 'web')).toBe(false);
  });
});
