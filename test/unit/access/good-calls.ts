import * as z from 'zod';
import { type GuardedRouteName, isGuarded, ROUTES, type RouteName } from '../../../functions/api/routes.ts';
import { ApiBench, type Call, SPEC, type User } from '../api/api-bench.ts';

/** Routes that need a permission. */
export const GUARDED_NAMES = Object.keys(ROUTES)
  .filter((name): name is RouteName => Object.hasOwn(ROUTES, name))
  .filter(isGuarded);

const { project: _project, ...JOB } = SPEC;
const SCHEDULE = { name: 'nightly', expression: 'cron(0 3 * * ? *)', job: JOB };
/** The session of jobs whose routes are about one. */
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
const CONDITIONS: Readonly<Partial<Record<GuardedRouteName, object>>> = {
  'confirm-job': { hold: true },
  'reschedule-job': { hold: true },
  'approve-job': { approval: { approvers: ['group:nobody'] } },
  'reject-job': { approval: { approvers: ['group:nobody'] } },
  'release-lock': { locks: [{ name: 'site/docs' }] },
  'get-session': { sessionId: SESSION },
  'close-session': { sessionId: SESSION },
};

/** Routes that act on a job that has ended. */
const IS_SETTLED: readonly GuardedRouteName[] = ['delete-job', 'rerun-job', 'roll-back-job'];

const UNDOABLE = { ...SPEC, ops: [{ ...SPEC.ops[0], rollback: { action: 'transcode' } }] };

/** Routes that everybody may call who sees the job, and whose job names who may do it. */
export const BY_THE_JOB: readonly GuardedRouteName[] = ['approve-job', 'reject-job'];

/** Routes that everybody may call, since the permission is asked for each job by itself. */
export const ASKS_OF_EACH: readonly GuardedRouteName[] = ['submit-batch', 'get-session', 'close-session'];

/** Routes whose body names the job. */
const NAMES_ITS_JOB: readonly GuardedRouteName[] = ['republish', 'release-lock'];

export const isScheduleRoute = (route: GuardedRouteName) => ROUTES[route].path.startsWith('/schedules/{id}');

/** Whether the request names a job or a schedule by its id. */
export const isJobRoute = (route: GuardedRouteName) =>
  route === 'republish' || ROUTES[route].path.includes('{id}');

/** A job of `web` that the user owns, with an op that a worker has; another where only that can be. */
export async function benchWithJob(route: GuardedRouteName, as: User = 'admin') {
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
  const id = await bench.submit({ ...SPEC, ...conditions }, as);
  if (conditions === undefined) await bench.perform(id, 0);
  return { bench, id };
}

/** A good call about the job, by Ada in these groups, or by somebody else in them. */
export function callOn(
  route: GuardedRouteName,
  id: string,
  groups: readonly string[],
  username = 'ada',
): Call {
  const call = GOOD[route];
  return {
    ...call,
    as: { username, 'cognito:groups': groups },
    ...('body' in call && NAMES_ITS_JOB.includes(route)
      ? { body: { ...Object(call.body), jobId: id } }
      : { id, index: 0 }),
  };
}
