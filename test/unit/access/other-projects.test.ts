import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { cursorOf } from '../../../core/contract/page-cursor.ts';
import { ROUTES, type RouteName } from '../../../functions/api/routes.ts';
import { ApiBench, type Call, type Called, NOW, SPEC } from '../api/api-bench.ts';

/** Who may do everything in `web`, and has no role in `media`. */
const AS = { username: 'ada', 'cognito:groups': ['web:admin'] };
const IN_BOTH = { username: 'ada', 'cognito:groups': ['web:admin', 'media:admin'] };

const UNKNOWN_ID = '01JZZZZZZZZZZZZZZZZZZZZZZZ';
const SESSION = 'shared-by-chance';
const { project: _project, ...JOB } = SPEC;
const THEIR_OP = { name: 'all', children: { items: ['a', 'b'], job: { name: 'child', ops: [SPEC.ops[0]] } } };
const THEIRS = { name: 'theirs', project: 'media', sessionId: SESSION, locks: [{ name: 'site' }] };
const SCHEDULE = { name: 'nightly', expression: 'cron(0 3 * * ? *)', job: JOB };

const idSchema = z.looseObject({ id: z.string() });
const pageSchema = z.looseObject({ cursor: z.string() });

/** A Jobplane in which `media` has one of everything. */
async function benchOfMedia() {
  const bench = new ApiBench();
  for (const name of ['their-queue', 'their-other-queue']) {
    await bench.call('put-queue', { as: 'admin', name, body: { project: 'media', maxRunning: 1 } });
  }
  for (const name of ['their-resource', 'their-other-resource']) {
    await bench.call('put-resource', { as: 'admin', body: { project: 'media', name, capacity: 2 } });
  }
  const job = await bench.submit({ ...THEIRS, ops: [THEIR_OP, { ...SPEC.ops[1], input: {} }] });
  await bench.perform(job, 0);
  await bench.family();
  const second = await bench.submit({ ...THEIRS, locks: [{ name: 'other-site' }], ops: [SPEC.ops[0]] });
  const schedules = ['one', 'two'].map(async (name) => {
    const body = { ...SCHEDULE, name, project: 'media' };
    return (await bench.ok('create-schedule', idSchema, { as: 'admin', body })).id;
  });
  const [schedule = ''] = await Promise.all(schedules);
  return { bench, job, second, schedule };
}

let media: Awaited<ReturnType<typeof benchOfMedia>>;

beforeEach(async () => {
  media = await benchOfMedia();
});

/** The call by somebody of `web`, on a Jobplane where `media` has everything, and on one where it has nothing. */
async function both(route: RouteName, call: Call): Promise<readonly [there: Called, nowhere: Called]> {
  const stored = await media.bench.stored();
  const there = await media.bench.call(route, { as: AS, ...call });
  expect(await media.bench.stored()).toBe(stored);
  return [there, await new ApiBench().call(route, { as: AS, ...call })];
}

const BY_ID = Object.entries(ROUTES)
  .filter(([, { path }]) => path.includes('{id}'))
  .map(([name]) => name)
  .filter((name): name is RouteName => Object.hasOwn(ROUTES, name));

describe('what another project has', () => {
  it.each(BY_ID)('is to %s as unknown as an id that was never given', async (route) => {
    const isSchedule = ROUTES[route].path.startsWith('/schedules');
    const ids = [
      isSchedule ? media.schedule : media.job,
      UNKNOWN_ID,
      'no-id',
      isSchedule ? media.job : media.schedule,
    ];
    const bodies = [undefined, { surprise: true }, '{'];
    const calls = ids.flatMap((id) => bodies.map((body) => ({ as: AS, id, index: 0, body })));
    const answers = await Promise.all(calls.map((call) => media.bench.call(route, call)));
    expect(answers[0]?.status).toBe(404);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it.each<readonly [string, RouteName, (found: typeof media) => Call]>([
    ['a session', 'get-session', () => ({ session: SESSION })],
    ['a session to close', 'close-session', () => ({ session: SESSION })],
    ['its jobs', 'list-jobs', () => ({ query: 'project=media' })],
    ['its actions', 'list-actions', () => ({ query: 'project=media' })],
    ['its queues', 'list-queues', () => ({ query: 'project=media' })],
    ['its resources', 'list-resources', () => ({ query: 'project=media' })],
    ['its locks', 'list-locks', () => ({ query: 'project=media' })],
    ['its schedules', 'list-schedules', () => ({ query: 'project=media' })],
    ['its jobs among mine', 'list-jobs', () => ({ query: 'project=web' })],
    ['its queue among mine', 'list-queues', () => ({ query: 'project=web&name=their-queue' })],
    ['its resource among mine', 'list-resources', () => ({ query: 'project=web&name=their-resource' })],
    ['its lock among mine', 'list-locks', () => ({ query: 'project=web&name=site' })],
    ['its schedules among mine', 'list-schedules', () => ({ query: 'project=web' })],
    ['a new job of it', 'submit-job', () => ({ body: { ...SPEC, project: 'media' } })],
    ['a bulk of it', 'bulk', () => ({ body: { action: 'cancel', project: 'media', filter: {} } })],
    ['its queue to set', 'put-queue', () => ({ name: 'their-queue', body: { project: 'media' } })],
    ['its lock to release', 'release-lock', ({ job }) => releasing(job, 'media')],
    ['its job to take my lock from', 'release-lock', ({ job }) => releasing(job, 'web')],
    ['its job to publish', 'republish', ({ job }) => ({ body: { jobId: job } })],
    ['its job to publish as mine', 'republish', ({ job }) => ({ body: { jobId: job, project: 'web' } })],
    ['its entries to publish', 'republish', () => ({ body: { project: 'media', ...RANGE } })],
    ['its job to wait for', 'submit-job', ({ job }) => ({ body: { ...SPEC, dependsOn: [{ job }] } })],
    [
      'its job to wait for in a batch',
      'submit-batch',
      ({ job }) => ({ body: { jobs: [{ spec: { ...SPEC, dependsOn: [{ job }] } }] } }),
    ],
    ['its queue to wait in', 'submit-job', () => ({ body: { ...SPEC, queue: 'their-queue' } })],
    [
      'its resource to use',
      'submit-job',
      () => ({ body: { ...SPEC, resources: [{ name: 'their-resource', units: 1 }] } }),
    ],
    ['a schedule in it', 'create-schedule', () => ({ body: { ...SCHEDULE, project: 'media' } })],
  ])('is unknown: %s', async (_what, route, callOf) => {
    const [there, nowhere] = await both(route, callOf(media));
    expect(there).toEqual(nowhere);
  });

  it('is the same unknown job to depend on as one that was never there', async () => {
    const answer = async (job: string) => {
      const called = await media.bench.call('submit-job', {
        as: AS,
        body: { ...SPEC, dependsOn: [{ job }] },
      });
      return { status: called.status, text: called.text.replaceAll(job, 'ID') };
    };
    expect(await answer(media.job)).toEqual(await answer(UNKNOWN_ID));
    expect((await answer(media.job)).text).toContain('UnknownDependency');
  });

  it('is matched by no filter of a bulk action', async () => {
    const body = { action: 'cancel', project: 'web', filter: { owner: 'admin' }, dryRun: true };
    const [there, nowhere] = await both('bulk', { body });
    expect(there).toEqual(nowhere);
    expect(JSON.parse(there.text)).toMatchObject({ matched: 0 });
  });

  it('keeps its Idempotency-Keys to itself', async () => {
    const call = { headers: { 'idempotency-key': 'k1' } };
    const theirs = { ...SPEC, project: 'media' };
    await media.bench.call('submit-job', { as: IN_BOTH, body: theirs, ...call });
    const mine = await media.bench.call('submit-job', { as: AS, body: SPEC, ...call });
    expect(mine.status).toBe(201);
    expect(mine.headers).not.toHaveProperty('idempotency-replayed');
    expect((await media.bench.call('submit-job', { as: AS, body: theirs, ...call })).status).toBe(403);
  });
});

const RANGE = { from: '2026-10-01T00:00:00Z', to: '2026-12-01T00:00:00Z' };

function releasing(jobId: string, project: string): Call {
  return { body: { project, name: 'site', jobId, reason: 'it hangs' } };
}

describe('a cursor', () => {
  /** What refuses a cursor, and where another cursor for it comes from. */
  const LISTINGS: readonly (readonly [string, RouteName, Call, RouteName, (found: typeof media) => Call])[] =
    [
      [
        'jobs',
        'list-jobs',
        { query: 'project=web' },
        'list-jobs',
        () => ({ query: 'project=media&limit=1' }),
      ],
      [
        'jobs, by filter',
        'list-jobs',
        { query: 'project=media&class=running' },
        'list-jobs',
        () => ({ query: 'project=media&limit=1' }),
      ],
      [
        'resources',
        'list-resources',
        { query: 'project=web' },
        'list-resources',
        () => ({ query: 'project=media&limit=1' }),
      ],
      [
        'locks',
        'list-locks',
        { query: 'project=web' },
        'list-locks',
        () => ({ query: 'project=media&limit=1' }),
      ],
      [
        'locks, by resources',
        'list-locks',
        { query: 'project=media' },
        'list-resources',
        () => ({ query: 'project=media&limit=1' }),
      ],
      [
        'global locks',
        'list-locks',
        { query: 'scope=global&project=web' },
        'list-locks',
        () => ({ query: 'project=media&limit=1' }),
      ],
      [
        'schedules',
        'list-schedules',
        { query: 'project=web' },
        'list-schedules',
        () => ({ query: 'project=media&limit=1' }),
      ],
      [
        'schedules, by jobs',
        'list-schedules',
        { query: 'project=media' },
        'list-jobs',
        () => ({ query: 'project=media&limit=1' }),
      ],
      ['ops', 'list-ops', {}, 'list-ops', ({ job }) => ({ id: job, query: 'limit=1' })],
      ['children', 'list-children', {}, 'list-children', ({ job }) => ({ id: job, query: 'limit=1' })],
    ];

  it.each(LISTINGS)(
    'of another listing is to %s what garbage is',
    async (_name, route, call, from, callOf) => {
      const { bench } = media;
      const { cursor } = await bench.ok(from, pageSchema, { as: IN_BOTH, ...callOf(media) });
      // A job of mine, with a family of its own, for the listings that are of a job.
      const id = await bench.submit({ name: 'mine', project: 'web', ops: [THEIR_OP] });
      await bench.perform(id, 0);
      await bench.family();
      const ask = (text: string) =>
        bench.refusal(route, {
          as: IN_BOTH,
          id,
          ...call,
          query: `${queryOf(call)}cursor=${encodeURIComponent(text)}`,
        });
      const answers = await Promise.all([cursor, 'garbage', cursor.slice(0, -4), `${cursor}#`].map(ask));
      expect(answers[0]).toMatchObject({ status: 400, code: 'InvalidCursor' });
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    },
  );

  it.each([
    ['a job', (job: string) => ({ jobId: job }), { job: 'another' }],
    [
      'a range',
      () => ({ project: 'web', ...RANGE }),
      { from: Date.parse(RANGE.from), to: Date.parse(RANGE.to) },
    ],
  ])('of another republish is to one of %s what garbage is', async (_name, bodyOf, filter) => {
    const job = await media.bench.submit();
    const other = cursorOf({ of: 'republish', project: 'media', filter }, { phase: 'live' });
    const ask = (cursor: string) =>
      media.bench.refusal('republish', { as: IN_BOTH, body: { ...bodyOf(job), cursor } });
    expect(await ask(other)).toEqual(await ask('garbage'));
    expect(await ask(other)).toMatchObject({ status: 400, code: 'InvalidCursor' });
  });

  it('that is forged to stand at a job of another project shows nothing of it', async () => {
    const { bench, job } = media;
    const listing = { of: 'jobs', project: 'web', filter: { labels: [] } };
    const cursor = cursorOf(listing, { at: NOW, id: job });
    const [there, nowhere] = await both('list-jobs', { query: `project=web&cursor=${cursor}` });
    expect(there).toEqual(nowhere);
    const range = { from: Date.parse(RANGE.from), to: Date.parse(RANGE.to) };
    const place = { phase: 'live', after: { at: NOW, id: job }, newerThan: 0 };
    const forged = cursorOf({ of: 'republish', project: 'web', filter: range }, place);
    const called = await bench.call('republish', {
      as: AS,
      body: { project: 'web', ...RANGE, cursor: forged },
    });
    expect(JSON.parse(called.text)).toMatchObject({ republished: 0 });
    expect(bench.published).toEqual([]);
  });
});

function queryOf({ query = '' }: Call): string {
  return query === '' ? '' : `${String(query)}&`;
}
