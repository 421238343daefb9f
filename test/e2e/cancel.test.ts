import { describe, expect, inject, test } from 'vitest';
import { codeOf, JobsApi } from './support/jobs-api.ts';

const api = new JobsApi(inject('stack'));
const worker = api.as('worker');

const work = (name: string) => ({ name, action: 'manual-work' });

describe('cancel on the deployed stack', () => {
  test('while the second of three ops runs: the first is undone, the late answer changes nothing', async () => {
    const id = await api.submit([
      { ...work('first'), rollback: { action: 'log', input: { message: 'undo first' } } },
      work('second'),
      work('third'),
    ]);
    await api.opIs(id, 0, 'running');
    await worker.call('POST', `/jobs/${id}/ops/0/complete`, { attempt: 1, try: 1, result: { ok: true } });
    await api.opIs(id, 1, 'running');

    const canceled = await api.call('POST', `/jobs/${id}/cancel`, { reason: 'wrong folder' });
    expect(canceled.status).toBe(200);
    expect(canceled.body).toMatchObject({ outcome: 'canceling', message: `Job ${id} will be canceled` });
    const job = await api.settled(id);
    expect(job).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', rollback: { outcome: 'ok' } });
    const undone = (await api.journal(id)).filter(
      ({ kind, message }) => kind === 'log' && message === 'undo first',
    );
    expect(undone).toHaveLength(1);

    const late = await worker.call('POST', `/jobs/${id}/ops/1/complete`, { attempt: 1, try: 1, result: {} });
    expect([late.status, codeOf(late)]).toEqual([409, 'CompletionLate']);
    expect(await api.job(id)).toMatchObject({ status: 'CANCELED_WHILE_RUNNING' });
    expect((await api.ops(id)).map(({ status }) => status)).toEqual([
      'success',
      'canceled',
      'canceled',
      'success',
    ]);
    expect((await api.journal(id)).at(-1)).toMatchObject({ kind: 'late', op: { index: 1 } });
  });

  test('by force: the end comes first, nothing is undone, and the execution is stopped', async () => {
    const id = await api.submit([
      {
        name: 'done',
        action: 'log',
        input: { message: 'x' },
        rollback: { action: 'log', input: { message: 'undo' } },
      },
      work('hanging'),
    ]);
    await api.opIs(id, 1, 'running');
    const canceled = await api.call('POST', `/jobs/${id}/cancel`, { force: true });
    expect(canceled.body).toMatchObject({
      outcome: 'canceled',
      job: { status: 'CANCELED_WHILE_RUNNING', rollback: { outcome: 'needed' } },
    });
    expect((await api.journal(id)).some(({ message }) => message === 'undo')).toBe(false);
  });

  test('only if queued is refused once something has started', async () => {
    const id = await api.submit([work('running')]);
    await api.opIs(id, 0, 'running');
    const refused = await api.call('POST', `/jobs/${id}/cancel`, { onlyIfQueued: true });
    expect([refused.status, codeOf(refused)]).toEqual([409, 'AlreadyStarted']);
    await api.call('POST', `/jobs/${id}/cancel`, {});
    expect((await api.settled(id)).status).toBe('CANCELED_WHILE_RUNNING');
  });

  test('of a failed job means that it never runs again; of a completed one it is refused', async () => {
    const failed = await api.submit([{ name: 'no', action: 'fail', input: { code: 'Broken' } }]);
    await api.settled(failed);
    const canceled = await api.call('POST', `/jobs/${failed}/cancel`, {});
    expect(canceled.body).toMatchObject({ job: { status: 'CANCELED_AFTER_FAILURE' } });

    const completed = await api.submit([{ name: 'yes', action: 'log', input: { message: 'x' } }]);
    await api.settled(completed);
    const refused = await api.call('POST', `/jobs/${completed}/cancel`, {});
    expect([refused.status, codeOf(refused)]).toEqual([409, 'CommandRefused']);
    expect(JSON.stringify(refused.body)).toContain('COMPLETED_OK');
  });

  test('and delete: only when settled, and then the job is gone to everyone', async () => {
    const id = await api.submit([work('running')]);
    await api.opIs(id, 0, 'running');
    const admin = api.as('admin');
    expect(codeOf(await admin.call('DELETE', `/jobs/${id}`))).toBe('CommandRefused');
    await api.call('POST', `/jobs/${id}/cancel`, { force: true });
    expect((await admin.call('DELETE', `/jobs/${id}`)).status).toBe(204);
    expect(codeOf(await admin.call('GET', `/jobs/${id}`))).toBe('JobNotFound');
  });
});
