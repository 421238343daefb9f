import { DeleteScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { LOCAL_CREDENTIALS } from '../../local/connection.ts';
import { eventually } from './support/eventually.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';
import { lockLine, whyOf } from './support/lines-api.ts';
import { localAws } from './support/local-aws.ts';
import { sweepNow } from './support/sweep.ts';
import { transitionsOf } from './support/transitions-of.ts';
import { TWO_SWEEPS_MS } from './support/two-sweeps.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const admin = api.as('admin');
const approver = api.as('approver');
const worker = api.as('worker');

const say = { name: 'say', action: 'log', input: { message: 'x' } };
const work = { name: 'work', action: 'manual-work' };

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

async function done(id: string) {
  await api.opIs(id, 0, 'running');
  await worker.call('POST', `/jobs/${id}/ops/0/complete`, { attempt: 1, try: 1 });
  return api.settled(id);
}

async function executionsOf(id: string): Promise<readonly string[]> {
  const { executions = [] } = await localAws(stack).sfn.send(
    new ListExecutionsCommand({ stateMachineArn: stack.stateMachines.job, maxResults: 1_000 }),
  );
  return executions.flatMap(({ name = '' }) => (name.startsWith(id) ? [name] : []));
}

beforeAll(async () => {
  await admin.call('PUT', '/resources', { project: 'web', name: 'transcoder', capacity: 2 });
});

describe('a job that is held', () => {
  test('stands as CREATED until its owner confirms it', async () => {
    const id = await api.submit([say], { hold: true });
    expect(await api.job(id)).toMatchObject({ status: 'CREATED', waitReason: 'confirmation' });
    expect(await executionsOf(id)).toEqual([]);
    const confirmed = await api.call('POST', `/jobs/${id}/confirm`, { comment: 'go' });
    expect(confirmed.status).toBe(200);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    const again = await api.call('POST', `/jobs/${id}/confirm`, {});
    expect([again.status, codeOf(again)]).toEqual([409, 'CommandRefused']);
  });

  test('is given a date, loses it, and never runs once it is canceled', async () => {
    const id = await api.submit([say], { hold: true });
    await api.call('POST', `/jobs/${id}/reschedule`, { at: inSeconds(3_600) });
    expect(await api.job(id)).toMatchObject({ status: 'SCHEDULED' });
    await api.call('POST', `/jobs/${id}/reschedule`, { at: null });
    expect(await api.job(id)).toMatchObject({ status: 'CREATED' });
    const canceled = await api.call('POST', `/jobs/${id}/cancel`, {});
    expect(canceled.body).toMatchObject({ outcome: 'canceled', message: `Job ${id} canceled` });
    expect(await executionsOf(id)).toEqual([]);
  });
});

describe('approval', () => {
  const approval = { approvers: ['group:release-managers'] };

  test('lets the job go on, by an approver and not by anybody else', async () => {
    const id = await api.submit([say], { approval });
    expect(await api.job(id)).toMatchObject({ status: 'WAITING_APPROVAL' });
    expect(await whyOf(api, id)).toMatchObject({ standsAt: 'approval', holds: [] });
    const stranger = await api.as('viewer').call('POST', `/jobs/${id}/approve`, {});
    expect([stranger.status, codeOf(stranger)]).toEqual([403, 'NotAnApprover']);
    const approved = await approver.call('POST', `/jobs/${id}/approve`, { comment: 'looks good' });
    expect(approved.status).toBe(200);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect((await api.journal(id)).some(({ message }) => message.includes('looks good'))).toBe(true);
  });

  test('that is refused leaves the job standing still, holding nothing', async () => {
    const id = await api.submit([say], { approval, locks: [{ name: 'rejected' }] });
    await approver.call('POST', `/jobs/${id}/reject`, { comment: 'not today' });
    expect(await api.job(id)).toMatchObject({ status: 'REJECTED' });
    expect((await lockLine(api, 'rejected')).holders).toEqual([]);
    expect((await api.call('POST', `/jobs/${id}/cancel`, {})).status).toBe(200);
    expect(await api.job(id)).toMatchObject({ status: 'CANCELED_AFTER_FAILURE' });
  });

  test('is not given by the owner, unless the job says so', async () => {
    const id = await admin.submit([say], { approval });
    const own = await admin.call('POST', `/jobs/${id}/approve`, {});
    expect([own.status, codeOf(own)]).toEqual([403, 'OwnerMayNotApprove']);
    await admin.call('POST', `/jobs/${id}/cancel`, {});
    const allowed = await admin.submit([say], { approval: { ...approval, allowOwner: true } });
    expect((await admin.call('POST', `/jobs/${allowed}/approve`, {})).status).toBe(200);
  });

  test('that nobody gives in its window expires the job', async () => {
    const id = await api.submit([say], { approval: { ...approval, window: 'PT1S' } });
    await eventually(`job ${id} expires`, 20_000, async () => {
      await sweepNow(stack);
      return (await api.job(id)).status === 'EXPIRED' ? true : null;
    });
    const late = await approver.call('POST', `/jobs/${id}/approve`, {});
    expect([late.status, codeOf(late)]).toEqual([409, 'CommandRefused']);
  });
});

describe('dates', () => {
  test('a scheduled job starts on its date, by its schedule', async () => {
    const at = inSeconds(4);
    const id = await api.submit([say], { schedule: { at } });
    expect(await api.job(id)).toMatchObject({ status: 'SCHEDULED', dates: { scheduledAt: at } });
    const job = await api.settled(id);
    expect(job.status).toBe('COMPLETED_OK');
    expect(Date.parse(job.dates.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(at));
    expect((await api.journal(id)).some(({ kind }) => kind === 'repair')).toBe(false);
  });

  test('and by the sweeper where its schedule was deleted', async () => {
    const scheduler = new SchedulerClient({
      endpoint: stack.emulatorUrl,
      region: stack.region,
      credentials: LOCAL_CREDENTIALS,
    });
    const id = await api.submit([say], { schedule: { at: inSeconds(4) } });
    const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ NamePrefix: id }));
    expect(Schedules.length).toBeGreaterThan(0);
    for (const { Name, GroupName } of Schedules) {
      await scheduler.send(new DeleteScheduleCommand({ Name, GroupName }));
    }
    await eventually(`job ${id} ends`, TWO_SWEEPS_MS, async () => {
      await sweepNow(stack);
      return (await api.job(id)).status === 'COMPLETED_OK' ? true : null;
    });
  });

  test('a job whose window closes while it waits never runs', async () => {
    const holder = await api.submit([work], { locks: [{ name: 'late' }] });
    await api.opIs(holder, 0, 'running');
    const id = await api.submit([say], { locks: [{ name: 'late' }], schedule: { startWithin: 'PT2S' } });
    expect(await api.job(id)).toMatchObject({ status: 'WAITING_LOCK' });
    await api.statusIs(id, 'EXPIRED');
    await done(holder);
    expect(await executionsOf(id)).toEqual([]);
    expect(await lockLine(api, 'late')).toEqual({ holders: [], waiters: [] });
  });

  test('a rescheduled job runs once, at its last date', async () => {
    const id = await api.submit([say], { schedule: { at: inSeconds(3) } });
    const at = inSeconds(7);
    const moved = await api.call('POST', `/jobs/${id}/reschedule`, { at });
    expect(moved.body).toMatchObject({ status: 'SCHEDULED', dates: { scheduledAt: at } });
    const job = await api.settled(id);
    expect(Date.parse(job.dates.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(at));
    expect(await executionsOf(id)).toHaveLength(1);
  });
});

describe('dependencies', () => {
  test('are waited for, and the job follows their outcome', async () => {
    const first = await api.submit([work]);
    const second = await api.submit([say], { dependsOn: [{ job: first }] });
    expect(await api.job(second)).toMatchObject({ status: 'WAITING_DEPENDENCY' });
    expect(await whyOf(api, second)).toMatchObject({ dependencies: [{ job: first }] });
    await done(first);
    expect((await api.settled(second)).status).toBe('COMPLETED_OK');
    const third = await api.submit([say], { dependsOn: [{ job: first }] });
    expect((await api.settled(third)).status).toBe('COMPLETED_OK');
  });

  test('that end otherwise fail, cancel or let run', async () => {
    const first = await api.submit([work]);
    const dependent = (otherwise: string) => api.submit([say], { dependsOn: [{ job: first, otherwise }] });
    const [fails, cancels, runs] = [
      await dependent('fail'),
      await dependent('cancel'),
      await dependent('run'),
    ];
    await api.opIs(first, 0, 'running');
    await api.call('POST', `/jobs/${first}/cancel`, {});
    expect((await api.settled(fails)).status).toBe('FAILED_TO_START');
    expect((await api.settled(cancels)).status).toBe('CANCELED_BEFORE_START');
    expect((await api.settled(runs)).status).toBe('COMPLETED_OK');
  });
});

describe('a lock', () => {
  test('is waited for without an execution, explained, taken by force and handed on', async () => {
    const lock = { locks: [{ name: 'site/forced' }] };
    const holder = await api.submit([work], lock);
    await api.opIs(holder, 0, 'running');
    const waiter = await api.submit([work], lock);
    const urgent = await api.submit([say], lock);
    expect(await executionsOf(waiter)).toEqual([]);
    expect(await whyOf(api, waiter)).toMatchObject({
      status: 'WAITING_LOCK',
      standsAt: 'lock',
      line: { kind: 'lock', name: 'site/forced', position: 1, waiting: 2 },
      holders: [{ jobId: holder }],
    });
    const moved = await api.call('POST', `/jobs/${urgent}/priority`, { priority: -20 });
    expect(moved.status).toBe(200);
    expect((await lockLine(api, 'site/forced')).waiters).toEqual([urgent, waiter]);

    const body = { project: 'web', name: 'site/forced', jobId: holder, reason: 'its machine is gone' };
    expect((await api.call('POST', '/locks/release', body)).status).toBe(403);
    expect((await admin.call('POST', '/locks/release', body)).status).toBe(204);
    expect((await api.settled(urgent)).status).toBe('COMPLETED_OK');
    expect((await done(waiter)).status).toBe('COMPLETED_OK');
    expect(await api.job(holder)).toMatchObject({ status: 'RUNNING' });
    expect((await done(holder)).status).toBe('COMPLETED_OK');
    expect(await lockLine(api, 'site/forced')).toEqual({ holders: [], waiters: [] });
  });

  test('goes to the next when its holder is ended by force, and its fence grows', async () => {
    const lock = { locks: [{ name: 'fenced' }] };
    const first = await api.submit([work], lock);
    await api.opIs(first, 0, 'running');
    const second = await api.submit([work], lock);
    const fence = (await whyOf(api, first)).holds[0]?.fence ?? 0;
    await api.call('POST', `/jobs/${first}/cancel`, { force: true });
    await api.opIs(second, 0, 'running');
    expect((await whyOf(api, second)).holds[0]?.fence).toBeGreaterThan(fence);
    await done(second);
  });

  test('that is shared lets others share it, and an exclusive one in between keeps its turn', async () => {
    const shared = { locks: [{ name: 'read', mode: 'shared' }] };
    const readers = [await api.submit([work], shared), await api.submit([work], shared)];
    for (const id of readers) await api.opIs(id, 0, 'running');
    const writer = await api.submit([say], { locks: [{ name: 'read' }] });
    const late = await api.submit([say], shared);
    expect((await lockLine(api, 'read')).waiters).toEqual([writer, late]);
    for (const id of readers) await done(id);
    expect((await api.settled(writer)).status).toBe('COMPLETED_OK');
    expect((await api.settled(late)).status).toBe('COMPLETED_OK');
  });
});

describe('a resource', () => {
  test('has as many holders as it has units', async () => {
    const two = { resources: [{ name: 'transcoder', units: 2 }] };
    const first = await api.submit([work], two);
    await api.opIs(first, 0, 'running');
    const second = await api.submit([say], { resources: [{ name: 'transcoder' }] });
    expect(await api.job(second)).toMatchObject({ status: 'QUEUED', waitReason: 'resource' });
    await admin.call('PUT', '/resources', { project: 'web', name: 'transcoder', capacity: 3 });
    expect((await api.settled(second)).status).toBe('COMPLETED_OK');
    await admin.call('PUT', '/resources', { project: 'web', name: 'transcoder', capacity: 2 });
    await done(first);
  });
});

describe('a queue', () => {
  const put = (name: string, limits: object) =>
    admin.call('PUT', `/queues/${name}`, { project: 'web', ...limits });

  test('that the deployment declares is there with its limits', async () => {
    const answer = await admin.call('GET', '/queues?project=web&name=nightly');
    expect(answer.body).toMatchObject({ items: [{ name: 'nightly', maxRunning: 4 }] });
  });

  test('that is paused starts nothing, and goes on when it is not', async () => {
    await put('pausing', { paused: true });
    const id = await api.submit([say], { queue: 'pausing' });
    expect(await api.job(id)).toMatchObject({ status: 'PENDING' });
    await put('pausing', {});
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
  });

  test('that is draining accepts nothing, and finishes what it has', async () => {
    await put('draining', { maxRunning: 1 });
    const [first, second] = [
      await api.submit([work], { queue: 'draining' }),
      await api.submit([say], { queue: 'draining' }),
    ];
    await put('draining', { maxRunning: 1, draining: true });
    const refused = await api.call('POST', '/jobs', {
      name: 'late',
      project: 'web',
      queue: 'draining',
      ops: [say],
    });
    expect([refused.status, codeOf(refused)]).toEqual([409, 'QueueDraining']);
    await done(first);
    expect((await api.settled(second)).status).toBe('COMPLETED_OK');
  });
});

const job = { name: 'bad', project: 'web', ops: [say] };
const SOME_JOB = '01JDZZZZZZZZZZZZZZZZZZZZZZ';

describe('a submission that asks for', () => {
  const WRONG: readonly (readonly [string, unknown, string])[] = [
    ['no units', { ...job, resources: [{ name: 'transcoder', units: 0 }] }, 'InvalidValue'],
    [
      'more units than there are',
      { ...job, resources: [{ name: 'transcoder', units: 9 }] },
      'UnitsAboveCapacity',
    ],
    ['an unknown resource', { ...job, resources: [{ name: 'nowhere' }] }, 'UnknownResource'],
    [
      'the same lock twice',
      { ...job, locks: [{ name: 'a' }, { name: 'a', mode: 'shared' }] },
      'DuplicateLock',
    ],
    [
      '21 locks',
      { ...job, locks: Array.from({ length: 21 }, (_, n) => ({ name: `l${n}` })) },
      'TooManyLocks',
    ],
    ['an unknown queue', { ...job, queue: 'nowhere' }, 'UnknownQueue'],
    ['approval by nobody', { ...job, approval: { approvers: [] } }, 'InvalidValue'],
    ['approval by a nameless group', { ...job, approval: { approvers: ['group:'] } }, 'InvalidValue'],
    ['a start within no time', { ...job, schedule: { startWithin: 'PT0S' } }, 'InvalidValue'],
    ['a start within less than that', { ...job, schedule: { startWithin: '-PT1S' } }, 'InvalidValue'],
    ['a date without a zone', { ...job, schedule: { at: '2026-12-01T02:00:00' } }, 'InvalidValue'],
    ['the 30th of February', { ...job, schedule: { at: '2027-02-30T02:00:00Z' } }, 'InvalidValue'],
    ['the year 9999', { ...job, schedule: { at: '9999-12-31T23:59:59Z' } }, 'InvalidValue'],
    ['an unknown job', { ...job, dependsOn: [{ job: SOME_JOB }] }, 'UnknownDependency'],
  ];

  test.each(WRONG)('%s is refused with its own code', async (_what, body, code) => {
    const answer = await api.call('POST', '/jobs', body);
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
    const dry = await api.call('POST', '/jobs?dryRun=true', body);
    expect([dry.status, codeOf(dry)]).toEqual([400, code]);
  });

  test('a capacity of nothing makes no queue and no resource', async () => {
    for (const body of [{ capacity: 0 }, { capacity: -1 }]) {
      const answer = await admin.call('PUT', '/resources', { project: 'web', name: 'none', ...body });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'InvalidValue']);
    }
    for (const body of [{ maxRunning: 0 }, { maxAdmitted: -1 }]) {
      const answer = await admin.call('PUT', '/queues/none', { project: 'web', ...body });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'InvalidValue']);
    }
  });
});

test('a contended job costs the same transitions as an uncontended one', async () => {
  const lock = { locks: [{ name: `equal-${Date.now()}` }] };
  const holder = await api.submit([work], lock);
  await api.opIs(holder, 0, 'running');
  const waiter = await api.submit([work], lock);
  await worker.call('POST', `/jobs/${holder}/ops/0/complete`, { attempt: 1, try: 1 });
  await api.opIs(waiter, 0, 'running');
  await worker.call('POST', `/jobs/${waiter}/ops/0/complete`, { attempt: 1, try: 1 });
  await Promise.all([api.settled(holder), api.settled(waiter)]);
  expect(await transitionsOf(stack, waiter)).toBe(await transitionsOf(stack, holder));
});
