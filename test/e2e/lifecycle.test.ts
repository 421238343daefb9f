import { describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import publishSite from '../../examples/publish-site/job.json' with { type: 'json' };
import { childrenOf } from './support/children-api.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';

const api = new JobsApi(inject('stack'));
const worker = api.as('worker');

const external = (name: string, rest: Readonly<Record<string, unknown>> = {}) => ({
  name,
  action: 'manual-work',
  ...rest,
});
const undoneBy = (message: string) => ({ rollback: { action: 'log', input: { message } } });

const PUBLISHED_WITHIN_MS = 60_000;

/** Submits the example, and approves it as soon as it has been built. */
async function publishApproved(spec: unknown): Promise<string> {
  const answer = await api.call('POST', '/jobs', spec);
  expect(answer.status).toBe(201);
  const id = (answer.headers.get('location') ?? '').slice('/jobs/'.length);
  await api.statusIs(id, 'WAITING_APPROVAL');
  await api.as('approver').command(id, 'approve');
  return id;
}

const reportSchema = z.looseObject({
  targets: z.array(
    z.looseObject({ target: z.string(), outcome: z.string(), version: z.string().nullable() }),
  ),
});

/** What the example says of its targets. */
function reported(ops: readonly { readonly name: string; readonly result?: unknown }[]) {
  return reportSchema.parse(ops.find(({ name }) => name === 'report')?.result).targets;
}

/** Lets the check of one target fail. */
function demanding<Item extends { readonly target: string }>(item: Item): Item {
  return item.target === 'docs/us' ? { ...item, requiredPages: ['imprint.html'] } : item;
}

async function complete(id: string, op: number, body: Readonly<Record<string, unknown>> = {}) {
  await api.opIs(id, op, 'running');
  return worker.call('POST', `/jobs/${id}/ops/${op}/complete`, { attempt: 1, try: 1, ...body });
}

describe('a job on the deployed stack', () => {
  test('publishes the site of this repository to two targets, once it is approved', async () => {
    const id = await publishApproved(publishSite);
    const job = await api.settled(id, PUBLISHED_WITHIN_MS);
    expect(job).toMatchObject({ status: 'COMPLETED_OK', step: 'END', natures: ['site'] });
    const ops = await api.ops(id);
    expect(ops.map(({ name, status }) => [name, status])).toEqual([
      ['build', 'success'],
      ['publish', 'success'],
      ['report', 'success'],
    ]);
    expect((await childrenOf(api, id)).items).toMatchObject([
      { name: 'docs/eu', status: 'COMPLETED_OK' },
      { name: 'docs/us', status: 'COMPLETED_OK' },
    ]);
    const targets = reported(ops);
    expect(targets.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['docs/eu', 'published'],
      ['docs/us', 'published'],
    ]);
    expect(targets[0]?.version).toBe(targets[1]?.version);
  });

  test('takes the site back from all targets where the check of one fails', async () => {
    const ops = publishSite.ops.map(({ children, ...op }) =>
      children === undefined
        ? op
        : { ...op, children: { ...children, items: children.items.map(demanding) } },
    );
    const id = await publishApproved({ ...publishSite, ops });
    expect(await api.settled(id, PUBLISHED_WITHIN_MS)).toMatchObject({
      status: 'FAILED',
      rollback: { outcome: 'ok' },
      error: { code: 'ChildrenFailed' },
    });
    const { items } = await childrenOf(api, id);
    expect(items[1]).toMatchObject({ name: 'docs/us', status: 'FAILED', error: { code: 'CheckFailed' } });
    const targets = reported(await api.ops(id));
    expect(targets.map(({ outcome }) => outcome)).not.toContain('published');
    const [before] = await api.ops(items[1]?.id ?? '');
    expect(before?.result).toEqual({ version: targets[1]?.version });
    expect(targets[1]?.outcome).toBe('restored');
  });

  test('has serials without a gap, from the submission to one settling entry', async () => {
    const id = await api.submit([{ name: 'say', action: 'log', input: { message: 'hello' } }]);
    await api.settled(id);
    const journal = await api.journal(id);
    expect(journal.map(({ serial }) => serial)).toEqual(journal.map((_, position) => position + 1));
    expect(journal.filter(({ to }) => to === 'COMPLETED_OK')).toHaveLength(1);
    expect(journal.find(({ kind }) => kind === 'log')?.message).toBe('hello');
  });

  test('gives the result of one op to a later one', async () => {
    const id = await api.submit([
      external('measure'),
      { name: 'say', action: 'log', input: { message: { $from: 'ops.measure.result.text' } } },
    ]);
    expect((await complete(id, 0, { result: { text: 'forty-two' } })).status).toBe(204);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect((await api.journal(id)).find(({ kind }) => kind === 'log')?.message).toBe('forty-two');
  });

  test('undoes what completed, latest first, runs POST, and ends FAILED', async () => {
    const id = await api.submit([
      { name: 'one', action: 'log', input: { message: 'one' }, ...undoneBy('undo one') },
      { name: 'two', action: 'log', input: { message: 'two' }, ...undoneBy('undo two') },
      {
        name: 'three',
        action: 'fail',
        input: { code: 'Broken', message: 'on purpose' },
        ...undoneBy('never'),
      },
      { name: 'after', step: 'POST', action: 'log', input: { message: 'report' } },
    ]);
    const job = await api.settled(id);
    expect(job).toMatchObject({
      status: 'FAILED',
      rollback: { outcome: 'ok' },
      error: { code: 'Broken', op: 2 },
    });
    const logs = (await api.journal(id)).filter(({ kind }) => kind === 'log').map(({ message }) => message);
    expect(logs).toEqual(['one', 'two', 'undo two', 'undo one', 'report']);
  });

  test('tries again by its policy, and waits in between', async () => {
    const retry = { maxAttempts: 3, interval: 'PT1S', backoff: 1 };
    const id = await api.submit([{ name: 'flaky', action: 'fail', input: { code: 'Flaky' }, retry }]);
    const job = await api.settled(id);
    expect(job.status).toBe('FAILED');
    expect((await api.ops(id))[0]).toMatchObject({ status: 'error', try: 3 });
  });

  test('waits by the clock of the built-in wait', async () => {
    const id = await api.submit([{ name: 'pause', action: 'wait', input: { seconds: 5 } }]);
    const job = await api.settled(id);
    expect(job.status).toBe('COMPLETED_OK');
    const [op] = await api.ops(id);
    // The clock starts with the task, before a cold process says that job and op have started.
    const took = Date.parse(op?.endedAt ?? '') - Date.parse(job.dates.receivedAt);
    expect(took).toBeGreaterThanOrEqual(5_000);
  });

  test('notices a silent worker in its own time and ends TIMED_OUT', async () => {
    const id = await api.submit([external('silent', { timeout: 'PT30S', heartbeat: 'PT2S' })]);
    const job = await api.settled(id);
    expect(job).toMatchObject({ status: 'TIMED_OUT', error: { code: 'HeartbeatTimeout' } });
  });

  test('is kept alive by heartbeats', async () => {
    const id = await api.submit([external('slow', { timeout: 'PT30S', heartbeat: 'PT2S' })]);
    await api.opIs(id, 0, 'running');
    const started = Date.now();
    while (Date.now() - started < 4_000) {
      const beat = await worker.call('POST', `/jobs/${id}/ops/0/heartbeat`, { attempt: 1, try: 1 });
      expect(beat.status).toBe(204);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect((await complete(id, 0)).status).toBe(204);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
  });

  test('lets a worker write into its journal, and fail with its own words', async () => {
    const id = await api.submit([external('check')]);
    await api.opIs(id, 0, 'running');
    const line = { attempt: 1, try: 1, message: 'half way' };
    expect((await worker.call('POST', `/jobs/${id}/ops/0/log`, line)).status).toBe(201);
    const error = { code: 'DiskFull', message: 'no space left' };
    const failed = await worker.call('POST', `/jobs/${id}/ops/0/fail`, { attempt: 1, try: 1, error });
    expect(failed.status).toBe(204);
    expect(await api.settled(id)).toMatchObject({ status: 'FAILED', error });
    expect((await api.journal(id)).find(({ kind }) => kind === 'log')?.message).toBe('half way');
  });

  test('reads in the words of five systems', async () => {
    const id = await api.submit([{ name: 'say', action: 'log', input: { message: 'x' } }]);
    await api.settled(id);
    const answer = await api.call('GET', `/jobs/${id}?view=all`);
    expect(answer.body).toMatchObject({
      views: {
        oracle: { status: 'Completed', exact: true },
        hmc: { status: 'COMPLETED_OK', exact: true },
        clarive: { status: 'Finished', exact: true },
        ganeti: { status: 'success', exact: true },
        flex: { status: 'Completed', exact: true },
      },
    });
    const fields = await api.call('GET', `/jobs/${id}?fields=id,opstatus`);
    expect(fields.status).toBe(200);
    expect(codeOf(await api.call('GET', `/jobs/${id}?fields=nonsense`))).toBe('UnknownField');
  });
});
