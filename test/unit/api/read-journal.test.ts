import { describe, expect, it } from 'vitest';
import { journalSchema } from '../../../core/contract/api/read-journal.ts';
import { ApiBench, type Call, NOW } from './api-bench.ts';

async function read(bench: ApiBench, id: string, query: Call['query'] = '') {
  return (await bench.ok('read-journal', journalSchema, { id, query })).items;
}

describe('GET /jobs/{id}/log', () => {
  it('answers the entries, oldest first', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    await bench.perform(id, 0);
    expect(await read(bench, id)).toEqual([
      {
        serial: 1,
        at: '2026-11-01T08:00:00.000Z',
        kind: 'status',
        message: 'Job publish-site submitted. Has all it needs and starts',
        actor: 'admin',
        attempt: 1,
        to: 'QUEUED',
      },
      expect.objectContaining({
        serial: 2,
        kind: 'status',
        from: 'QUEUED',
        to: 'RUNNING',
        actor: 'jobplane',
      }),
      expect.objectContaining({ serial: 3, kind: 'op', to: 'running', op: { index: 0, name: 'transcode' } }),
      {
        serial: 4,
        at: '2026-11-01T08:00:00.000Z',
        kind: 'ready',
        message: 'transcode is ready for a worker of transcode',
        actor: 'jobplane',
        attempt: 1,
        op: { index: 0, name: 'transcode' },
      },
    ]);
  });

  it('answers those that are strictly newer, at most as many as asked for', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    await bench.perform(id, 0);
    const serials = async (query: string) => (await read(bench, id, query)).map(({ serial }) => serial);
    expect(await serials('newerThan=2')).toEqual([3, 4]);
    expect(await serials('newerThan=0&limit=2')).toEqual([1, 2]);
    expect(await serials('newerThan=4')).toEqual([]);
    expect(await serials('newerThan=9007199254740')).toEqual([]);
  });
});

describe('a long poll', () => {
  it('answers at once with what is there', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    expect(await read(bench, id, 'wait=20')).toHaveLength(1);
    expect(bench.now).toBe(NOW);
  });

  it('answers with the first entry that comes, within a second of it', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    let pauses = 0;
    bench.onPause = async () => {
      pauses += 1;
      if (pauses === 3) await bench.call('add-note', { id, body: { comment: 'now' } });
    };
    const entries = await read(bench, id, 'newerThan=1&wait=20');
    expect(entries).toMatchObject([{ serial: 2, kind: 'note', message: 'now' }]);
    expect(bench.now - NOW).toBe(3_000);
  });

  it('answers without when the wait is over', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    expect(await read(bench, id, 'newerThan=1&wait=20')).toEqual([]);
    expect(bench.now - NOW).toBe(20_000);
  });

  it('does not wait unless asked to', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    expect(await read(bench, id, 'newerThan=1')).toEqual([]);
    expect(bench.now).toBe(NOW);
  });
});
