import { describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../../core/access/permissions.ts';
import { ROUTES } from '../../../functions/api/routes.ts';
import { ApiBench, SPEC } from '../api/api-bench.ts';
import {
  ASKS_OF_EACH,
  BY_THE_JOB,
  benchWithJob,
  callOn,
  GUARDED_NAMES,
  isJobRoute,
  isScheduleRoute,
} from './good-calls.ts';

/**
 * Who may call what, written a second time, by hand: `Y` may, `-` may not. A submitter may cancel and
 * confirm their own; here the job is somebody else's, and nobody is one of its approvers. A batch may
 * be sent by everybody, and a session asked for: each of its jobs has an answer of its own.
 */
const TABLE = `
route           viewer submitter operator worker admin
submit-job      -      Y         Y        -      Y
submit-batch    Y      Y         Y        Y      Y
list-jobs       Y      Y         Y        Y      Y
get-job         Y      Y         Y        Y      Y
read-journal    Y      Y         Y        Y      Y
list-ops        Y      Y         Y        Y      Y
list-children   Y      Y         Y        Y      Y
explain-job     Y      Y         Y        Y      Y
list-actions    Y      Y         Y        Y      Y
cancel-job      -      -         Y        -      Y
confirm-job     -      -         Y        -      Y
approve-job     -      -         -        -      Y
reject-job      -      -         -        -      Y
reschedule-job  -      -         Y        -      Y
rerun-job       -      -         Y        -      Y
roll-back-job   -      -         Y        -      Y
pause-job       -      -         Y        -      Y
resume-job      -      -         Y        -      Y
answer-trap     -      -         Y        -      Y
change-priority -      -         Y        -      Y
add-note        Y      Y         Y        Y      Y
delete-job      -      -         -        -      Y
complete-op     -      -         -        Y      Y
fail-op         -      -         -        Y      Y
heartbeat-op    -      -         -        Y      Y
log-op          -      -         -        Y      Y
get-session     Y      Y         Y        Y      Y
close-session   Y      Y         Y        Y      Y
list-queues     Y      Y         Y        Y      Y
put-queue       -      -         -        -      Y
list-resources  Y      Y         Y        Y      Y
put-resource    -      -         -        -      Y
list-locks      Y      Y         Y        Y      Y
release-lock    -      -         -        -      Y
bulk            -      Y         Y        -      Y
republish       -      -         Y        -      Y
list-schedules  Y      Y         Y        Y      Y
create-schedule -      -         Y        -      Y
get-schedule    Y      Y         Y        Y      Y
edit-schedule   -      -         Y        -      Y
delete-schedule -      -         Y        -      Y
run-schedule-now -     -         Y        -      Y
`;

const [[, ...COLUMNS] = [], ...ROWS] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

const MAY = new Map(
  ROWS.flatMap(([route, ...cells]) =>
    cells.map((cell, column) => [`${route} ${COLUMNS[column]}`, cell === 'Y'] as const),
  ),
);

const CASES = GUARDED_NAMES.flatMap((route) => ROLES.map((role) => ({ route, role })));

const UNKNOWN_ID = '01JZZZZZZZZZZZZZZZZZZZZZZZ';

describe('a public route', () => {
  it('is the document of the API alone, and answers without a token', async () => {
    const open = Object.entries(ROUTES).filter(([, route]) => 'public' in route);
    expect(open.map(([name]) => name)).toEqual(['get-open-api']);
    expect((await new ApiBench().call('get-open-api', { as: null })).status).toBe(200);
  });
});

describe('every route and role', () => {
  it('has a cell in the table', () => {
    expect(COLUMNS).toEqual(ROLES);
    for (const { route, role } of CASES) expect(MAY.get(`${route} ${role}`)).toBeDefined();
    expect(MAY.size).toBe(CASES.length);
  });

  it.each(CASES)('$route answers a $role of the project as the table says', async ({ route, role }) => {
    const { bench, id } = await benchWithJob(route);
    const call = callOn(route, id, [`web:${role}`]);
    if (MAY.get(`${route} ${role}`)) {
      expect((await bench.call(route, call)).status).toBeLessThan(300);
      return;
    }
    const problem = await bench.refusal(route, call);
    if (BY_THE_JOB.includes(route)) {
      expect(problem).toMatchObject({ status: 403, code: 'NotAnApprover' });
      return;
    }
    expect(problem).toMatchObject({ status: 403, code: 'Forbidden' });
    expect(problem.detail).toContain(route === 'bulk' ? 'job.cancel' : ROUTES[route].permission);
    expect(problem.detail).toContain('project web');
  });

  it.each(CASES)('$route tells a $role of another project nothing', async ({ route, role }) => {
    const { bench, id } = await benchWithJob(route);
    const foreign = callOn(route, id, [`media:${role}`, 'web:release-managers']);
    if (ASKS_OF_EACH.includes(route)) {
      const stored = await bench.stored();
      expect(await bench.call(route, foreign)).toEqual(await new ApiBench().call(route, foreign));
      expect(await bench.stored()).toBe(stored);
      return;
    }
    if (!isJobRoute(route)) {
      expect(await bench.refusal(route, foreign)).toMatchObject({ status: 403, code: 'Forbidden' });
      return;
    }
    const answers = await Promise.all(
      [id, UNKNOWN_ID, 'x', '', `${id}#`, '../HEAD', 'JOB#1'].map((other) =>
        bench.call(route, callOn(route, other, [`media:${role}`, 'web:release-managers'])),
      ),
    );
    const code = isScheduleRoute(route) ? 'ScheduleNotFound' : 'JobNotFound';
    expect(await bench.refusal(route, foreign)).toMatchObject({ status: 404, code });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

describe('a caller who may not see a job or a schedule', () => {
  const jobRoutes = GUARDED_NAMES.filter((name) => ROUTES[name].path.includes('{id}'));

  it.each(jobRoutes)('gets the same from %s whatever else they send', async (route) => {
    const { bench, id } = await benchWithJob(route);
    const bad = { query: 'a=b', body: '{"a":', index: 'x', as: 'other' } as const;
    const foreign = await bench.call(route, { ...bad, id });
    expect(foreign).toEqual(await bench.call(route, { ...bad, id: UNKNOWN_ID }));
    expect(foreign).toEqual(await bench.call(route, { as: 'other', id: 'malformed', index: 0 }));
    expect(foreign.status).toBe(404);
  });
});

describe('a submitter', () => {
  it('may cancel their own job, and not by force', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(SPEC, 'submitter');
    const forced = await bench.refusal('cancel-job', { as: 'submitter', id, body: { force: true } });
    expect(forced).toMatchObject({ status: 403, code: 'Forbidden' });
    expect(forced.detail).toContain('job.operate');
    expect((await bench.call('cancel-job', { as: 'submitter', id, body: {} })).status).toBe(200);
  });
});

describe('the owner of a job', () => {
  it('may confirm it, and reschedule it only as an operator', async () => {
    const bench = new ApiBench();
    const id = await bench.submit({ ...SPEC, hold: true }, 'submitter');
    const at = { at: '2026-12-01T02:00:00Z' };
    expect(await bench.refusal('reschedule-job', { as: 'submitter', id, body: at })).toMatchObject({
      code: 'Forbidden',
    });
    expect((await bench.call('confirm-job', { as: 'submitter', id, body: {} })).status).toBe(200);
  });

  it('may not approve it, though they may approve everything', async () => {
    const bench = new ApiBench();
    const approval = { approvers: ['group:nobody'] };
    const [own, allowed] = [
      await bench.submit({ ...SPEC, approval }),
      await bench.submit({ ...SPEC, approval: { ...approval, allowOwner: true } }),
    ];
    const refused = await bench.refusal('approve-job', { as: 'admin', id: own, body: {} });
    expect(refused).toMatchObject({ status: 403, code: 'OwnerMayNotApprove' });
    expect((await bench.call('approve-job', { as: 'admin', id: allowed, body: {} })).status).toBe(200);
  });
});

describe('an approver', () => {
  it('may see the job and be none of its operators', async () => {
    const bench = new ApiBench();
    const id = await bench.submit({ ...SPEC, approval: { approvers: ['group:release-managers'] } });
    expect(await bench.refusal('approve-job', { as: 'viewer', id, body: {} })).toMatchObject({
      code: 'NotAnApprover',
    });
    expect((await bench.call('approve-job', { as: 'approver', id, body: {} })).status).toBe(200);
  });

  it('is not made by a group of the same name in another project', async () => {
    const bench = new ApiBench();
    const id = await bench.submit({ ...SPEC, approval: { approvers: ['group:release-managers'] } });
    const as = { username: 'eve', 'cognito:groups': ['web:viewer', 'media:release-managers'] };
    expect(await bench.refusal('approve-job', { as, id, body: {} })).toMatchObject({ code: 'NotAnApprover' });
  });
});

describe('a job of another project', () => {
  const roles: readonly Role[] = ['operator', 'admin'];

  it.each(roles)('is not found under the project of its %s in a republish', async (role) => {
    const bench = new ApiBench();
    const jobId = await bench.submit();
    const as = { username: 'ada', 'cognito:groups': [`web:${role}`, `media:${role}`] };
    expect(await bench.refusal('republish', { as, body: { jobId, project: 'media' } })).toMatchObject({
      code: 'JobNotFound',
    });
  });
});
