import { describe, expect, it } from 'vitest';
import { priorityChangedSchema } from '../../../core/contract/api/change-priority.ts';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { jobExplanationSchema } from '../../../core/contract/api/why.ts';
import { ApiBench, NOW, SPEC } from './api-bench.ts';

const HELD = { ...SPEC, hold: true };
const HOUR_MS = 3_600_000;
const TOMORROW = NOW + 24 * HOUR_MS;

const isoOf = (instant: number) => new Date(instant).toISOString();

/** A job of the operator's that the group release-managers approves. */
const APPROVED = { ...SPEC, approval: { approvers: ['group:release-managers', 'user:eve'] } };

describe('POST /jobs/{id}/confirm', () => {
  it('lets a held job go on, and says who said what', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(HELD);
    expect(bench.executions.started).toEqual([]);
    const job = await bench.ok('confirm-job', jobShapeSchema, { id, body: { comment: 'go' } });
    expect(job).toMatchObject({ id, status: 'QUEUED', waitReason: 'starting' });
    expect(bench.executions.started).toHaveLength(1);
    const { message, actor } = bench.store.journal(id).at(-1) ?? {};
    expect(actor).toBe('operator');
    expect(message).toContain('Confirmed by operator: go');
  });

  it('takes no body, too', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(HELD);
    expect(await bench.ok('confirm-job', jobShapeSchema, { id })).toMatchObject({ status: 'QUEUED' });
  });

  it('is its owner’s, and of others only an operator’s', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(HELD, 'submitter');
    const other = { username: 'ada', 'cognito:groups': ['web:submitter'] };
    const problem = await bench.refusal('confirm-job', { id, as: other });
    expect(problem).toMatchObject({ status: 403, code: 'Forbidden' });
    expect(problem.detail).toContain('job.operate');
    const job = await bench.ok('confirm-job', jobShapeSchema, { id, as: 'submitter' });
    expect(job.status).toBe('QUEUED');
  });

  it('is not an owner’s who has left the project', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(HELD, 'submitter');
    const left = { username: 'submitter', 'cognito:groups': ['media:submitter'] };
    expect(await bench.refusal('confirm-job', { id, as: left })).toMatchObject({ code: 'JobNotFound' });
  });

  it('is refused for a job that was confirmed', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    expect(await bench.refusal('confirm-job', { id })).toMatchObject({ code: 'CommandRefused' });
  });
});

describe('POST /jobs/{id}/approve and /reject', () => {
  it('of a member of the group that the job names lets it go on', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(APPROVED);
    const call = { as: 'approver', id, body: { comment: 'fine' } } as const;
    expect(await bench.ok('approve-job', jobShapeSchema, call)).toMatchObject({ status: 'QUEUED' });
    expect(bench.executions.started).toHaveLength(1);
    expect(bench.store.journal(id).at(-1)?.message).toContain('Approved by approver: fine');
  });

  it('of a member leaves a job that is rejected standing', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(APPROVED);
    const call = { as: 'approver', id, body: { comment: 'not today' } } as const;
    expect(await bench.ok('reject-job', jobShapeSchema, call)).toMatchObject({
      status: 'REJECTED',
      error: { code: 'Rejected', message: expect.stringContaining('not today') },
    });
    expect(bench.executions.started).toEqual([]);
  });

  it('of a user that the job names is taken', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(APPROVED);
    const as = { username: 'eve', 'cognito:groups': ['web:viewer'] };
    expect(await bench.ok('approve-job', jobShapeSchema, { id, as })).toMatchObject({ status: 'QUEUED' });
  });

  it('of a member in all projects is taken', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(APPROVED);
    const as = { username: 'ada', 'cognito:groups': ['web:viewer', '*:release-managers'] };
    expect((await bench.call('approve-job', { id, as })).status).toBe(200);
  });

  it.each([
    ['an operator', ['web:operator']],
    ['a member in another project', ['web:viewer', 'media:release-managers']],
    ['a member of a group of another name', ['web:viewer', 'web:web:release-managers', 'web:managers']],
  ])('of %s is refused', async (_who, groups) => {
    const bench = new ApiBench();
    const id = await bench.submit(APPROVED);
    for (const route of ['approve-job', 'reject-job'] as const) {
      const problem = await bench.refusal(route, { id, as: { username: 'ada', 'cognito:groups': groups } });
      expect(problem).toMatchObject({ status: 403, code: 'NotAnApprover' });
    }
  });

  it('of somebody with a role is refused, though the job names it as a group', async () => {
    const bench = new ApiBench();
    const id = await bench.submit({ ...SPEC, approval: { approvers: ['group:viewer'] } });
    expect(await bench.refusal('approve-job', { as: 'viewer', id })).toMatchObject({ code: 'NotAnApprover' });
  });

  it('of somebody who may approve all is taken, unless the job is theirs', async () => {
    const bench = new ApiBench();
    const theirs = await bench.submit(APPROVED, 'admin');
    expect(await bench.refusal('approve-job', { as: 'admin', id: theirs })).toMatchObject({
      status: 403,
      code: 'OwnerMayNotApprove',
    });
    const id = await bench.submit(APPROVED, 'operator');
    expect((await bench.call('approve-job', { as: 'admin', id })).status).toBe(200);
  });

  it('is refused for a job that waits for none', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    for (const route of ['approve-job', 'reject-job'] as const) {
      expect(await bench.refusal(route, { as: 'admin', id })).toMatchObject({ code: 'CommandRefused' });
    }
  });
});

describe('POST /jobs/{id}/reschedule', () => {
  it('gives the job a date and its window, and both their schedules', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(HELD);
    const body = { at: '2026-11-02T09:00:00+01:00', startWithin: 'PT2H', comment: 'at night' };
    const job = await bench.ok('reschedule-job', jobShapeSchema, { id, body });
    expect(job).toMatchObject({
      status: 'SCHEDULED',
      dates: { scheduledAt: isoOf(TOMORROW), maxStartAt: isoOf(TOMORROW + 2 * HOUR_MS) },
    });
    expect(bench.schedules.created).toEqual([
      { jobId: id, at: TOMORROW },
      { jobId: id, at: TOMORROW + 2 * HOUR_MS },
    ]);
    expect(bench.store.journal(id).at(-1)?.message).toContain('by operator: at night');
  });

  it('starts at once what gets a date of the past, of any past', async () => {
    for (const at of [isoOf(NOW - 1), '1969-12-31T23:00:00Z']) {
      const bench = new ApiBench();
      const id = await bench.submit(HELD);
      const job = await bench.ok('reschedule-job', jobShapeSchema, { id, body: { at } });
      expect(job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
    }
  });

  it('with null takes the date away, and the schedules with it', async () => {
    const bench = new ApiBench();
    const id = await bench.submit({ ...SPEC, schedule: { at: isoOf(TOMORROW) } });
    const job = await bench.ok('reschedule-job', jobShapeSchema, { id, body: { at: null } });
    expect(job.status).toBe('CREATED');
    expect(job.dates).not.toHaveProperty('scheduledAt');
    expect(bench.schedules.removed).toEqual(bench.schedules.created);
    expect(bench.schedules.removed).toHaveLength(2);
  });

  it('is refused once the job runs', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    await bench.perform(id, 0);
    const problem = await bench.refusal('reschedule-job', { id, body: { at: isoOf(TOMORROW) } });
    expect(problem).toMatchObject({ status: 409, code: 'CommandRefused' });
  });
});

describe('POST /jobs/{id}/priority', () => {
  it('answers with the words and the job', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(HELD);
    const answer = await bench.ok('change-priority', priorityChangedSchema, { id, body: { priority: -3 } });
    expect(answer).toMatchObject({
      message: `Priorities of pending opcodes for job ${id} have been changed to -3`,
      job: { id, priority: -3 },
    });
  });

  it('moves a job in its line', async () => {
    const bench = new ApiBench();
    const spec = { ...SPEC, locks: [{ name: 'site' }] };
    await bench.submit(spec);
    const second = await bench.submit(spec);
    bench.now += 1_000;
    const third = await bench.submit(spec);
    const position = async (id: string) =>
      (await bench.ok('explain-job', jobExplanationSchema, { id })).line?.position;
    expect(await position(third)).toBe(2);
    await bench.call('change-priority', { id: third, body: { priority: -1 } });
    expect([await position(third), await position(second)]).toEqual([1, 2]);
  });

  it('of one op leaves the job’s own as it is', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(HELD);
    const body = { priority: 5, op: 1 };
    const answer = await bench.ok('change-priority', priorityChangedSchema, { id, body });
    expect(answer).toMatchObject({ message: expect.stringContaining('opcode 1'), job: { priority: 0 } });
    const unknown = await bench.refusal('change-priority', { id, body: { priority: 5, op: 2 } });
    expect(unknown).toMatchObject({ status: 404, code: 'OpNotFound' });
  });
});

describe('GET /jobs/{id}/why', () => {
  it('says who has what the job waits for', async () => {
    const bench = new ApiBench();
    const spec = { ...SPEC, locks: [{ name: 'site' }] };
    const first = await bench.submit(spec);
    const second = await bench.submit(spec, 'operator');
    const why = await bench.ok('explain-job', jobExplanationSchema, { as: 'viewer', id: second });
    expect(why).toMatchObject({
      jobId: second,
      status: 'WAITING_LOCK',
      standsAt: 'lock',
      line: { kind: 'lock', name: 'site', scope: 'project', position: 1, waiting: 1 },
      holders: [{ jobId: first, owner: 'admin' }],
    });
  });

  it('hides a holder of a project that the caller may not see', async () => {
    const bench = new ApiBench();
    const spec = { ...SPEC, locks: [{ name: 'licence', scope: 'global' }] };
    const secret = await bench.submit({ ...spec, project: 'media' });
    const id = await bench.submit(spec);
    const called = await bench.call('explain-job', { as: 'viewer', id });
    expect(jobExplanationSchema.parse(JSON.parse(called.text)).holders).toEqual([
      { hidden: true, mode: 'exclusive', since: isoOf(NOW) },
    ]);
    expect(called.text).not.toContain(secret);
    expect((await bench.call('explain-job', { as: 'admin', id })).text).toContain(secret);
  });
});

describe('a job with a date', () => {
  it('is submitted with the schedules that have it looked at', async () => {
    const bench = new ApiBench();
    const schedule = { at: isoOf(TOMORROW), startWithin: 'PT1H' };
    const id = await bench.submit({ ...SPEC, schedule });
    expect(bench.schedules.created.map(({ at }) => at)).toEqual([TOMORROW, TOMORROW + HOUR_MS]);
    await bench.call('cancel-job', { id, body: {} });
    expect(bench.schedules.removed).toEqual(bench.schedules.created);
  });
});
