import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { GRANTS, ROLES, type Role } from '../../../core/access/permissions.ts';
import { type GuardedRouteName, isGuarded, ROUTES, type RouteName } from '../../../functions/api/routes.ts';
import { ApiBench, type Call, SPEC } from '../api/api-bench.ts';

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

const NAMES = Object.keys(ROUTES)
  .filter((name): name is RouteName => Object.hasOwn(ROUTES, name))
  .filter(isGuarded);

const CASES = NAMES.flatMap((route) => ROLES.map((role) => ({ route, role })));

const { project: _project, ...JOB } = SPEC;
const SCHEDULE = { name: 'nightly', expression: 'cron(0 3 * * ? *)', job: JOB };
const SESSION = 'ada-7';

/** A request that a caller who may make it gets through with. */
const GOOD: Readonly<Record<GuardedRouteName, Call>> = {
  'submit-job': { body: SPEC },
  'submit-batch': { body: { jobs: [{ spec: SPEC }] } },
  'list-jobs': { query: 'project=web' },
  'get-job': {},
  'read-journal': {},
  'list-ops': {},
  'list-children': {},
  'explain-job': {},
  'list-actions': { query: 'project=web' },
  'cancel-job': { body: {} },
  'confirm-job': { body: {} },
  'approve-job': { body: { comment: 'looks good' } },
  'reject-job': { body: { comment: 'not today' } },
  'reschedule-job': { body: { at: '2026-12-01T02:00:00Z' } },
  'rerun-job': { body: {} },
  'roll-back-job': { body: { comment: 'it was a mistake' } },
  'pause-job': { body: { comment: 'wait for me' } },
  'resume-job': { body: {} },
  'answer-trap': { body: { answer: 'retry', comment: 'once more' } },
  'change-priority': { body: { priority: -5 } },
  'add-note': { body: { comment: 'hello' } },
  'delete-job': {},
  'complete-op': { body: { attempt: 1, try: 1 } },
  'fail-op': { body: { attempt: 1, try: 1, error: { code: 'Broken', message: 'it broke' } } },
  'heartbeat-op': { body: { attempt: 1, try: 1 } },
  'log-op': { body: { attempt: 1, try: 1, message: 'half done' } },
  'get-session': { session: SESSION },
  'close-session': { session: SESSION },
  'list-queues': { query: 'project=web' },
  'put-queue': { name: 'slow', body: { project: 'web', maxRunning: 2 } },
  'list-resources': { query: 'project=web' },
  'put-resource': { body: { project: 'web', name: 'transcoder', capacity: 4 } },
  'list-locks': { query: 'project=web' },
  'release-lock': { body: { project: 'web', name: 'site/docs', reason: 'it hangs' } },
  bulk: { body: { action: 'cancel', project: 'web', filter: { class: 'running' } } },
  republish: { body: {} },
  'list-schedules': { query: 'project=web' },
  'create-schedule': { body: { ...SCHEDULE, project: 'web' } },
  'get-schedule': {},
  'edit-schedule': { body: SCHEDULE },
  'delete-schedule': {},
  'run-schedule-now': {},
};

/** What a job is submitted with, so that the route has something to do. */
const CONDITIONS: Readonly<Partial<Record<RouteName, object>>> = {
  'confirm-job': { hold: true },
  'reschedule-job': { hold: true },
  'approve-job': { approval: { approvers: ['group:nobody'] } },
  'reject-job': { approval: { approvers: ['group:nobody'] } },
  'release-lock': { locks: [{ name: 'site/docs' }] },
  'get-session': { sessionId: SESSION },
  'close-session': { sessionId: SESSION },
};

/** Routes that act on a job that has ended. */
const IS_SETTLED: readonly RouteName[] = ['delete-job', 'rerun-job', 'roll-back-job'];

const UNDOABLE = { ...SPEC, ops: [{ ...SPEC.ops[0], rollback: { action: 'transcode' } }] };

/** Routes that everybody may call who sees the job, and whose job names who may do it. */
const BY_THE_JOB: readonly RouteName[] = ['approve-job', 'reject-job'];

/** Routes that everybody may call, since the permission is asked for each job by itself. */
const ASKS_OF_EACH: readonly RouteName[] = ['submit-batch', 'get-session', 'close-session'];

/** Routes whose body names the job. */
const NAMES_ITS_JOB: readonly RouteName[] = ['republish', 'release-lock'];

const isScheduleRoute = (route: RouteName) => ROUTES[route].path.startsWith('/schedules/{id}');

const isJobRoute = (route: RouteName) => route === 'republish' || ROUTES[route].path.includes('{id}');

/** A job of `web` that somebody else owns, with an op that a worker has; another where only that can be. */
async function benchWithJob(route: RouteName) {
  const bench = new ApiBench();
  if (isScheduleRoute(route)) {
    const body = { ...SCHEDULE, project: 'web' };
    return { bench, ...(await bench.ok('create-schedule', z.looseObject({ id: z.string() }), { body })) };
  }
  if (IS_SETTLED.includes(route)) return { bench, id: await bench.completedJob(UNDOABLE) };
  if (route === 'answer-trap') {
    const id = await bench.submit({ ...SPEC, ops: [{ ...SPEC.ops[0], onError: 'trap' }] });
    await bench.work(id, 0, 'DiskFull');
    return { bench, id };
  }
  const conditions = CONDITIONS[route];
  const id = await bench.submit({ ...SPEC, ...conditions });
  if (conditions === undefined) await bench.perform(id, 0);
  return { bench, id };
}

function callOn(route: GuardedRouteName, id: string, groups: readonly string[]): Call {
  const call = GOOD[route];
  return {
    ...call,
    as: { username: 'ada', 'cognito:groups': groups },
    ...('body' in call && NAMES_ITS_JOB.includes(route)
      ? { body: { ...Object(call.body), jobId: id } }
      : { id, index: 0 }),
  };
}

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

const UNKNOWN_ID = '01JZZZZZZZZZZZZZZZZZZZZZZZ';

describe('a caller who may not see a job or a schedule', () => {
  const jobRoutes = NAMES.filter((name) => ROUTES[name].path.includes('{id}'));

  it.each(jobRoutes)('gets the same from %s whatever else they send', async (route) => {
    const { bench, id } = await benchWithJob(route);
    const bad = { query: 'a=b', body: '{"a":', index: 'x', as: 'other' } as const;
    const foreign = await bench.call(route, { ...bad, id });
    expect(foreign).toEqual(await bench.call(route, { ...bad, id: UNKNOWN_ID }));
    expect(foreign).toEqual(await bench.call(route, { as: 'other', id: 'malformed', index: 0 }));
    expect(foreign.status).toBe(404);
  });
});

describe('who may make, edit and run schedules', () => {
  it('may submit the jobs that these make', () => {
    const operates = Object.values(GRANTS).filter(({ always }) => always.includes('job.operate'));
    expect(operates.length).toBeGreaterThan(0);
    for (const { always } of operates) expect(always).toContain('job.create');
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
