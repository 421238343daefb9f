import { expect, inject, test } from 'vitest';
import { batchSubmittedSchema } from '../../core/contract/api/submit-batch.ts';
import { JobsApi } from './support/jobs-api.ts';
import { say } from './support/parts.ts';

const api = new JobsApi(inject('stack'));

const spec = (name: string, rest: object = {}) => ({ name, project: 'web', ops: [say(name)], ...rest });

async function submit(jobs: readonly object[]) {
  const answer = await api.call('POST', '/jobs/batch', { jobs });
  expect(answer.status).toBe(200);
  return batchSubmittedSchema
    .parse(answer.body)
    .items.map((item) => ('job' in item ? item.job.id : item.error.code));
}

test('a batch runs every job of it that is good, once for each key, and says what is wrong with the others', async () => {
  const key = (n: number) => ({ idempotencyKey: `${Date.now()}-${n}` });
  const [good, other] = [
    { spec: spec('one'), ...key(1) },
    { spec: spec('two'), ...key(2) },
  ];
  const first = await submit([
    good,
    { spec: spec('foreign', { project: 'media' }) },
    { spec: spec('broken', { ops: [] }) },
    other,
  ]);
  expect(first).toEqual([expect.any(String), 'Forbidden', 'InvalidValue', expect.any(String)]);
  const [one = '', , , two = ''] = first;
  for (const id of [one, two]) expect((await api.settled(id)).status).toBe('COMPLETED_OK');
  expect(await submit([other, good])).toEqual([two, one]);

  const twentyFive = await submit(Array.from({ length: 25 }, (_, job) => ({ spec: spec(`job-${job}`) })));
  for (const id of twentyFive) expect((await api.settled(id)).status).toBe('COMPLETED_OK');
});
