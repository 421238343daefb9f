import { expect, inject, test } from 'vitest';
import { bulkDryRunSchema } from '../../core/contract/api/bulk.ts';
import { jobShapeSchema } from '../../core/contract/api/job-shape.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';
import { broken, say } from './support/parts.ts';

const api = new JobsApi(inject('stack'));

/** Of one test alone. */
const labelled = (what: string) => ({ labels: { bulk: `${what}-${Date.now()}` } });

async function submitMany(count: number, ops: readonly unknown[], rest: object): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let job = 0; job < count; job += 1) ids.push(await api.submit(ops, { ...rest }));
  return ids;
}

/** Has it done, and returns the result of the bulk job. */
async function bulk(body: object): Promise<unknown> {
  const answer = await api.call('POST', '/bulk', { project: 'web', ...body });
  expect(answer.status).toBe(201);
  const { id } = jobShapeSchema.parse(answer.body);
  expect(answer.headers.get('location')).toBe(`/jobs/${id}`);
  expect((await api.settled(id)).status).toBe('COMPLETED_OK');
  expect(await api.logs(id)).toContainEqual(expect.stringMatching(/^\d+ done, \d+ refused$/));
  return (await api.ops(id))[0]?.result;
}

test('thirty waiting jobs are canceled by their label in one go, after a look at which they are', async () => {
  const { labels } = labelled('cancel');
  const ids = await submitMany(30, [say('x')], { labels, hold: true });
  const other = await api.submit([say('x')], { hold: true });
  const order = { action: 'cancel', filter: { label: `bulk:${labels.bulk}` }, reason: 'wrong folder' };

  const dryRun = await api.call('POST', '/bulk', { project: 'web', ...order, dryRun: true });
  expect(dryRun.status).toBe(200);
  const found = bulkDryRunSchema.parse(dryRun.body);
  expect(found).toMatchObject({ matched: 30, more: false });
  expect(found.items).toHaveLength(20);
  expect(await api.job(ids[0] ?? '')).toMatchObject({ status: 'CREATED' });

  const refused = await api.as('viewer').call('POST', '/bulk', { project: 'web', ...order });
  expect([refused.status, codeOf(refused)]).toEqual([403, 'Forbidden']);
  const foreign = await api.as('other').call('POST', '/bulk', { project: 'web', ...order });
  expect([foreign.status, codeOf(foreign)]).toEqual([403, 'Forbidden']);

  expect(await bulk(order)).toEqual({ matched: 30, done: 30, refused: 0, refusals: [] });
  for (const id of ids) expect(await api.job(id)).toMatchObject({ status: 'CANCELED_BEFORE_START' });
  expect(await api.job(other)).toMatchObject({ status: 'CREATED' });
});

test('failed jobs run again, once each, and what completed under a strict policy refuses', async () => {
  const { labels } = labelled('rerun');
  const failed = await submitMany(3, [broken('no')], { labels });
  const completed = await api.submit([say('x')], { labels, rerunPolicy: 'strict' });
  for (const id of [...failed, completed]) await api.settled(id);
  expect(await bulk({ action: 'rerun', filter: { label: `bulk:${labels.bulk}` } })).toMatchObject({
    matched: 4,
    done: 3,
    refused: 1,
    refusals: [{ jobId: completed, code: 'CommandRefused' }],
    warnings: ['1 of 4 jobs refused'],
  });
  for (const id of failed) expect(await api.settled(id)).toMatchObject({ status: 'FAILED', attempt: 2 });
});
