import { describe, expect, it } from 'vitest';
import { queueListSchema } from '../../../core/contract/api/list-queues.ts';
import { lockListSchema, resourceListSchema } from '../../../core/contract/api/list-semaphores.ts';
import { queueShapeSchema } from '../../../core/contract/api/queue-shape.ts';
import { resourceShapeSchema } from '../../../core/contract/api/semaphore-shape.ts';
import { ApiBench, type Call, NOW, SPEC } from './api-bench.ts';

const SINCE = new Date(NOW).toISOString();

const ADMIN_OF_WEB = { username: 'ada', 'cognito:groups': ['web:admin'] };

const locked = (mode: 'exclusive' | 'shared', scope = 'project') => ({
  ...SPEC,
  locks: [{ name: 'site/docs', mode, scope }],
});

async function statusOf(bench: ApiBench, id: string): Promise<string | undefined> {
  return bench.store.heads().find((job) => job.id === id)?.status;
}

describe('PUT /queues/{name+}', () => {
  it('makes a queue, whose name may have slashes, and answers with it', async () => {
    const bench = new ApiBench();
    const call = { as: ADMIN_OF_WEB, name: 'night/eu', body: { maxRunning: 2, maxAdmitted: 5 } };
    expect(await bench.ok('put-queue', queueShapeSchema, call)).toEqual({
      project: 'web',
      name: 'night/eu',
      maxRunning: 2,
      maxAdmitted: 5,
      paused: false,
      draining: false,
      running: 0,
      admitted: 0,
      waiting: 0,
      holders: [],
      waiters: [],
    });
    const id = await bench.submit({ ...SPEC, queue: 'night/eu' });
    expect(bench.executions.started).toMatchObject([{ jobId: id }]);
  });

  it('takes away the limit that it leaves out, and lets in at once who waited for it', async () => {
    const bench = new ApiBench();
    await bench.queue('night', { maxRunning: 1 });
    const ids = [];
    for (let job = 0; job < 3; job += 1) ids.push(await bench.submit({ ...SPEC, queue: 'night' }));
    expect(bench.executions.started).toMatchObject([{ jobId: ids[0] }]);
    await bench.queue('night');
    expect(bench.executions.started.map(({ jobId }) => jobId)).toEqual(ids);
    const { items } = await bench.ok('list-queues', queueListSchema, { query: 'name=night' });
    expect(items[0]).not.toHaveProperty('maxRunning');
  });

  it('refuses new jobs while it drains, in a dry run too', async () => {
    const bench = new ApiBench();
    await bench.queue('night', { draining: true });
    const body = { ...SPEC, queue: 'night' };
    for (const query of ['', 'dryRun=true']) {
      const problem = await bench.refusal('submit-job', { body, query });
      expect(problem).toMatchObject({ status: 409, code: 'QueueDraining' });
    }
  });

  it('is an administrator’s', async () => {
    const problem = await new ApiBench().refusal('put-queue', { name: 'night', body: {} });
    expect(problem).toMatchObject({ status: 403, code: 'Forbidden' });
    expect(problem.detail).toContain('queue.admin');
  });
});

describe('GET /queues', () => {
  it('lists the queues by name, with the one that every project has', async () => {
    const bench = new ApiBench();
    await bench.queue('night', { paused: true });
    await bench.queue('eu', { maxAdmitted: 1 });
    const { items } = await bench.ok('list-queues', queueListSchema, { as: 'viewer' });
    expect(items.map(({ name }) => name)).toEqual(['default', 'eu', 'night']);
    expect(items[2]).toMatchObject({ paused: true });
    for (const item of items) expect(item).not.toHaveProperty('holders');
  });

  it('says who runs and who waits in the one that is named', async () => {
    const bench = new ApiBench();
    await bench.queue('night', { maxRunning: 1, maxAdmitted: 2 });
    const [runs, waits, outside] = [
      await bench.submit({ ...SPEC, queue: 'night' }),
      await bench.submit({ ...SPEC, queue: 'night' }),
      await bench.submit({ ...SPEC, queue: 'night' }),
    ];
    const { items } = await bench.ok('list-queues', queueListSchema, { query: 'name=night' });
    expect(items).toHaveLength(1);
    const [queue] = items;
    expect(queue).toMatchObject({ running: 1, admitted: 2, waiting: 2 });
    expect(queue?.holders).toEqual([
      { of: 'slot', jobId: runs, owner: 'admin', units: 1, fence: 1, since: SINCE },
      { of: 'admission', jobId: runs, owner: 'admin', units: 1, fence: 1, since: SINCE },
      { of: 'admission', jobId: waits, owner: 'admin', units: 1, fence: 2, since: SINCE },
    ]);
    expect(queue?.waiters).toEqual([
      { of: 'slot', jobId: waits, owner: 'admin', units: 1, position: 1, since: SINCE },
      { of: 'admission', jobId: outside, owner: 'admin', units: 1, position: 1, since: SINCE },
    ]);
  });

  it('has the default queue by name before anybody has set anything of it', async () => {
    const { items } = await new ApiBench().ok('list-queues', queueListSchema, { query: 'name=default' });
    expect(items).toMatchObject([{ project: 'web', name: 'default', paused: false }]);
  });

  it('does not know a queue that nobody has made, nor another project’s', async () => {
    const bench = new ApiBench();
    await bench.queue('night');
    for (const call of [
      { query: 'name=day' },
      { as: 'other', query: 'name=night' },
    ] as const satisfies Call[]) {
      expect(await bench.refusal('list-queues', call)).toMatchObject({ status: 404, code: 'QueueNotFound' });
    }
  });
});

describe('PUT /resources', () => {
  const put = (body: object, as: Call['as'] = 'admin') => ({ as, body: { project: 'web', ...body } });

  it('makes a resource that jobs can ask for then', async () => {
    const bench = new ApiBench();
    const spec = { ...SPEC, resources: [{ name: 'transcoder', units: 2 }] };
    expect(await bench.refusal('submit-job', { body: spec })).toMatchObject({ code: 'UnknownResource' });
    const call = put({ name: 'transcoder', capacity: 3 });
    expect(await bench.ok('put-resource', resourceShapeSchema, call)).toEqual({
      name: 'transcoder',
      scope: 'project',
      capacity: 3,
      held: 0,
      waiting: 0,
      paused: false,
      holders: [],
      waiters: [],
    });
    await bench.submit(spec);
    expect(bench.executions.started).toHaveLength(1);
    const dryRun = { ...spec, resources: [{ name: 'transcoder', units: 4 }] };
    const problem = await bench.refusal('submit-job', { body: dryRun, query: 'dryRun=true' });
    expect(problem).toMatchObject({ code: 'UnitsAboveCapacity' });
  });

  it('with more units lets in at once who waited for them, and shows it', async () => {
    const bench = new ApiBench();
    await bench.call('put-resource', put({ name: 'transcoder', capacity: 1 }));
    const spec = { ...SPEC, resources: [{ name: 'transcoder' }] };
    const [first, second, third] = [
      await bench.submit(spec),
      await bench.submit(spec),
      await bench.submit(spec),
    ];
    expect(await statusOf(bench, second)).toBe('QUEUED');
    const more = await bench.ok(
      'put-resource',
      resourceShapeSchema,
      put({ name: 'transcoder', capacity: 3 }),
    );
    expect(more).toMatchObject({ capacity: 3, held: 3, waiting: 0 });
    expect(bench.executions.started.map(({ jobId }) => jobId)).toEqual([first, second, third]);
  });

  it('that is global needs the permission in all projects', async () => {
    const bench = new ApiBench();
    const body = { scope: 'global', name: 'licence', capacity: 1 };
    const problem = await bench.refusal('put-resource', { as: ADMIN_OF_WEB, body });
    expect(problem).toMatchObject({ status: 403, code: 'Forbidden' });
    expect(problem.detail).toContain('project *');
    const made = await bench.ok('put-resource', resourceShapeSchema, { as: 'admin', body });
    expect(made).toMatchObject({ scope: 'global', capacity: 1 });
    const { items } = await bench.ok('list-resources', resourceListSchema, { as: ADMIN_OF_WEB });
    expect(items).toEqual([]);
  });
});

describe('GET /resources', () => {
  it('lists them by name, page by page', async () => {
    const bench = new ApiBench();
    for (const name of ['c', 'a/b', 'd', 'b', 'a']) {
      await bench.call('put-resource', { as: ADMIN_OF_WEB, body: { name, capacity: 1 } });
    }
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 2, ...(cursor === undefined ? {} : { cursor }) };
      const page = await bench.ok('list-resources', resourceListSchema, { query });
      pages.push(page.items.map(({ name }) => name));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(['a', 'a/b', 'b', 'c', 'd']);
  });

  it('refuses a cursor of the locks, of another scope and of another project', async () => {
    const bench = new ApiBench();
    for (const name of ['a', 'b']) {
      await bench.call('put-resource', { as: ADMIN_OF_WEB, body: { name, capacity: 1 } });
    }
    const query = 'limit=1&project=web';
    const { cursor } = await bench.ok('list-resources', resourceListSchema, { as: 'both', query });
    expect(cursor).toBeDefined();
    for (const [route, of] of [
      ['list-locks', 'project=web'],
      ['list-resources', 'project=web&scope=global'],
      ['list-resources', 'project=media'],
    ] as const) {
      const call = { as: 'both', query: `${of}&cursor=${cursor}` } as const;
      expect(await bench.refusal(route, call)).toMatchObject({ code: 'InvalidCursor' });
    }
  });

  it('shows the global ones to whoever has a role, without asking for a project', async () => {
    const bench = new ApiBench();
    const body = { scope: 'global', name: 'licence', capacity: 1 };
    await bench.call('put-resource', { as: 'admin', body });
    for (const as of ['both', 'other', 'admin'] as const) {
      const { items } = await bench.ok('list-resources', resourceListSchema, { as, query: 'scope=global' });
      expect(items).toMatchObject([{ name: 'licence', scope: 'global' }]);
    }
    const nobody = { username: 'eve', 'cognito:groups': ['web:release-managers'] };
    const problem = await bench.refusal('list-resources', { as: nobody, query: 'scope=global' });
    expect(problem.code).toBe('ProjectRequired');
  });

  it('does not know one that nobody has made', async () => {
    const problem = await new ApiBench().refusal('list-resources', { query: 'name=transcoder' });
    expect(problem).toMatchObject({ status: 404, code: 'ResourceNotFound' });
  });
});

describe('GET /locks', () => {
  it('says who holds a lock how, and who waits for it', async () => {
    const bench = new ApiBench();
    const [one, other, waits] = [
      await bench.submit(locked('shared')),
      await bench.submit(locked('shared'), 'operator'),
      await bench.submit(locked('exclusive')),
    ];
    const { items } = await bench.ok('list-locks', lockListSchema, {
      query: 'name=site%2Fdocs',
      as: 'viewer',
    });
    expect(items).toEqual([
      {
        name: 'site/docs',
        scope: 'project',
        held: 2,
        mode: 'shared',
        waiting: 1,
        paused: false,
        holders: [
          { jobId: one, owner: 'admin', mode: 'shared', fence: 1, since: SINCE },
          { jobId: other, owner: 'operator', mode: 'shared', fence: 2, since: SINCE },
        ],
        waiters: [{ jobId: waits, owner: 'admin', mode: 'exclusive', position: 1, since: SINCE }],
      },
    ]);
  });

  it('counts an exclusive holder as one, and shows a lock that is free', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(locked('exclusive'));
    const listed = async () => (await bench.ok('list-locks', lockListSchema)).items;
    expect(await listed()).toMatchObject([{ held: 1, mode: 'exclusive' }]);
    await bench.call('cancel-job', { id, body: {} });
    const [free] = await listed();
    expect(free).toEqual({ name: 'site/docs', scope: 'project', held: 0, waiting: 0, paused: false });
  });

  it('hides who holds a global one in a project that the caller may not see', async () => {
    const bench = new ApiBench();
    const secret = await bench.submit({ ...locked('exclusive', 'global'), project: 'media' });
    const id = await bench.submit(locked('exclusive', 'global'));
    const query = 'scope=global&name=site/docs';
    const called = await bench.call('list-locks', { as: 'viewer', query });
    const [lock] = lockListSchema.parse(JSON.parse(called.text)).items;
    expect(lock?.holders).toEqual([{ hidden: true, mode: 'exclusive', since: SINCE }]);
    expect(lock?.waiters).toMatchObject([{ jobId: id, position: 1 }]);
    expect(called.text).not.toContain(secret);
    const all = await bench.ok('list-locks', lockListSchema, { as: 'admin', query });
    expect(all.items[0]?.holders).toMatchObject([{ jobId: secret, owner: 'admin', fence: 1 }]);
  });

  it('does not know one that no job has used', async () => {
    const problem = await new ApiBench().refusal('list-locks', { query: 'name=site' });
    expect(problem).toMatchObject({ status: 404, code: 'LockNotFound' });
  });
});

describe('POST /locks/release', () => {
  const release = (jobId: string, parts: object = {}): Call => ({
    as: ADMIN_OF_WEB,
    body: { name: 'site/docs', jobId, reason: 'its host is gone', ...parts },
  });

  it('hands the lock to the next in line, and journals who did it and why', async () => {
    const bench = new ApiBench();
    const holds = await bench.submit(locked('exclusive'));
    await bench.perform(holds, 0);
    const waits = await bench.submit(locked('exclusive'));
    expect(await bench.call('release-lock', release(holds))).toMatchObject({ status: 204, text: '' });
    expect(bench.executions.started.map(({ jobId }) => jobId)).toEqual([holds, waits]);
    const { items } = await bench.ok('list-locks', lockListSchema, { query: 'name=site/docs' });
    expect(items[0]?.holders).toMatchObject([{ jobId: waits, fence: 2 }]);
    expect(bench.store.journal(holds).at(-1)).toMatchObject({
      actor: 'ada',
      message: expect.stringContaining('its host is gone'),
    });
  });

  it('is refused for a job that does not hold it', async () => {
    const bench = new ApiBench();
    await bench.submit(locked('exclusive'));
    const waits = await bench.submit(locked('exclusive'));
    const elsewhere = await bench.submit({ ...locked('exclusive'), project: 'media' });
    expect(await bench.refusal('release-lock', release(waits))).toMatchObject({
      status: 409,
      code: 'LockNotHeld',
    });
    const call = { ...release(elsewhere, { project: 'web' }), as: 'admin' } as const;
    expect(await bench.refusal('release-lock', call)).toMatchObject({ code: 'LockNotHeld' });
  });

  it('does not tell a job of another project from one that is not there', async () => {
    const bench = new ApiBench();
    const secret = await bench.submit({ ...locked('exclusive'), project: 'media' });
    const answers = [secret, '01JZZZZZZZZZZZZZZZZZZZZZZZ', 'x'].map((id) =>
      bench.call('release-lock', release(id)),
    );
    const [first, ...others] = await Promise.all(answers);
    expect(first).toMatchObject({ status: 404 });
    for (const other of others) expect(other).toEqual(first);
  });

  it('of a global lock needs the permission in all projects', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(locked('exclusive', 'global'));
    const global = { scope: 'global' };
    expect(await bench.refusal('release-lock', release(id, global))).toMatchObject({ code: 'Forbidden' });
    const asAdmin = { ...release(id, global), as: 'admin' } as const;
    expect((await bench.call('release-lock', asAdmin)).status).toBe(204);
  });

  it('of a job that is deleted meanwhile finds none', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(locked('exclusive'));
    const unknown = await bench.call('release-lock', release('unknown'));
    bench.store.readSpec = async () => null;
    expect(await bench.call('release-lock', release(id))).toEqual(unknown);
  });
});
