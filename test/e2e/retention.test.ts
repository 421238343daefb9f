import { expect, inject, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';
import { say } from './support/parts.ts';
import { sweepNow } from './support/sweep.ts';
import { TWO_SWEEPS_MS } from './support/two-sweeps.ts';

const stack = inject('stack');
const api = new JobsApi(stack);

test('a job disappears after its retention, all of it, and others stay', async () => {
  const key = { 'idempotency-key': `retention-${Date.now()}` };
  const body = { name: 'short', project: 'web', retention: 'PT1S', ops: [say('x')] };
  await api.call('POST', '/jobs', body, key);
  const stays = await api.submit([say('y')]);
  expect((await api.settled(stays)).status).toBe('COMPLETED_OK');
  const gone = await eventually('the job disappears', TWO_SWEEPS_MS, async () => {
    await sweepNow(stack);
    const replay = await api.call('POST', '/jobs', body, key);
    return replay.status === 404 ? replay : null;
  });
  expect(codeOf(gone)).toBe('JobNotFound');
  const names = (await api.jobs('class=ended')).map(({ id, name }) => (id === stays ? 'stays' : name));
  expect(names).toContain('stays');
  expect(names).not.toContain('short');
});
