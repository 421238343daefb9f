import { describe, expect, it } from 'vitest';
import { opListSchema } from '../../../core/contract/api/list-ops.ts';
import { planRecovery } from '../../../core/usecases/plan-recovery.ts';
import { ApiBench, SPEC } from './api-bench.ts';

describe('GET /jobs/{id}/ops', () => {
  it('answers every op in order, those that have not begun included', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    await bench.perform(id, 0);
    bench.now += 1_000;
    await bench.call('complete-op', {
      as: 'worker',
      id,
      index: 0,
      body: { attempt: 1, try: 1, result: { file: 'a.mp4', warnings: ['quiet'] } },
    });
    expect(await bench.ok('list-ops', opListSchema, { id })).toEqual({
      items: [
        {
          index: 0,
          name: 'transcode',
          step: 'RUN',
          action: 'transcode',
          status: 'success',
          attempt: 1,
          try: 1,
          priority: 0,
          startedAt: '2026-11-01T08:00:00.000Z',
          endedAt: '2026-11-01T08:00:01.000Z',
          result: { file: 'a.mp4', warnings: ['quiet'] },
          warnings: ['quiet'],
        },
        {
          index: 1,
          name: 'publish',
          step: 'RUN',
          action: 'site-publish',
          status: 'queued',
          attempt: 1,
          try: 0,
          priority: 0,
        },
      ],
    });
  });

  it('answers the rollbacks that have begun behind them, with the op that each undoes', async () => {
    const bench = new ApiBench();
    const [transcode, publish] = SPEC.ops;
    const id = await bench.submit({
      ...SPEC,
      ops: [{ ...transcode, rollback: { action: 'transcode' } }, publish],
    });
    await bench.perform(id, 0);
    await bench.call('complete-op', {
      as: 'worker',
      id,
      index: 0,
      body: { attempt: 1, try: 1, result: { file: 'f' } },
    });
    await bench.perform(id, 1);
    await bench.call('cancel-job', { id, body: {} });
    const job = await bench.store.readJob(id);
    if (job === null || !('segment' in job)) throw new Error('the job is being cancelled');
    const { group, number } = job.segment;
    const error = { name: 'Canceled', cause: '' };
    await planRecovery(bench.deps, id, { attempt: 1, group, number, error });
    await bench.perform(id, 2);
    const { items } = await bench.ok('list-ops', opListSchema, { id });
    expect(items.map(({ index, status, rollbackOf }) => ({ index, status, rollbackOf }))).toEqual([
      { index: 0, status: 'success', rollbackOf: undefined },
      { index: 1, status: 'canceled', rollbackOf: undefined },
      { index: 2, status: 'running', rollbackOf: 0 },
    ]);
    const body = { attempt: 1, try: 1 };
    expect((await bench.call('complete-op', { as: 'worker', id, index: 2, body })).status).toBe(204);
  });

  it('answers large results page after page', async () => {
    const bench = new ApiBench();
    const ops = Array.from({ length: 50 }, (_, index) => ({ name: `op${index}`, action: 'transcode' }));
    const id = await bench.submit({ ...SPEC, ops });
    for (const index of ops.keys()) {
      await bench.perform(id, index);
      const body = { attempt: 1, try: 1, result: 'x'.repeat(60_000) };
      await bench.call('complete-op', { as: 'worker', id, index, body });
    }
    const first = await bench.ok('list-ops', opListSchema, { id });
    expect(first.items.length).toBeLessThan(50);
    const second = await bench.ok('list-ops', opListSchema, { id, query: { cursor: first.cursor ?? '' } });
    expect([...first.items, ...second.items].map(({ index }) => index)).toEqual([...ops.keys()]);
    expect(second.cursor).toBeUndefined();
  });

  it('answers as many as asked for, by a cursor of this job alone', async () => {
    const bench = new ApiBench();
    const [one, other] = [await bench.submit(), await bench.submit()];
    const page = await bench.ok('list-ops', opListSchema, { id: one, query: 'limit=1' });
    expect(page.items).toHaveLength(1);
    const query = { cursor: page.cursor ?? '' };
    expect((await bench.ok('list-ops', opListSchema, { id: one, query })).items).toMatchObject([
      { index: 1 },
    ]);
    expect(await bench.refusal('list-ops', { id: other, query })).toMatchObject({ code: 'InvalidCursor' });
  });
});
