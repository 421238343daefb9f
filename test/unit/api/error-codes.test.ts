import './entry-environment.ts';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { routeSchemas } from '../../../core/contract/api.ts';
import { ERRORS, type ErrorCode } from '../../../core/contract/error-codes.ts';
import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import { endOfExecution } from '../../../core/usecases/end-of-execution.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { isGuarded, ROUTES, type RouteName } from '../../../functions/api/routes.ts';
import { ApiBench, type Call, SPEC, type User } from './api-bench.ts';

/** How to provoke a code: what is done before, and the call that is refused then. */
type Provoke = (bench: ApiBench, route: RouteName) => Promise<Call> | Call;

interface Row {
  readonly code: ErrorCode;
  readonly routes: readonly RouteName[];
  readonly provoke: Provoke;
}

const NAMES = Object.keys(ROUTES).filter((name): name is RouteName => Object.hasOwn(ROUTES, name));
const GUARDED = NAMES.filter(isGuarded);
const pathOf = (name: RouteName) => ROUTES[name].path;

/** Codes that no request can provoke here, and where they come from. */
const ELSEWHERE: Readonly<Partial<Record<ErrorCode, string>>> = {
  NonceMismatch: "a function's own answer that does not carry its nonce, in the journal: lambda-result.ts",
};

/** Declared of a route, and not provoked here. */
const NOT_PROVOKED: Readonly<Record<string, string>> = {
  'get-open-api InternalError': 'a fault of API Gateway or Lambda: the function does nothing that could fail',
};

/** Routes of whoever may view: no role lacks that, so test/unit/access/permissions.test.ts makes one up. */
const OF_VIEWERS = GUARDED.filter(
  (name) => ROUTES[name].permission === 'job.view_monitor' && pathOf(name).includes('{id}'),
).map((name) => `${name} Forbidden`);

const UNKNOWN = '01JZZZZZZZZZZZZZZZZZZZZZZZ';
const KB = 1024;
const OP = { name: 'a', action: 'log', input: { message: 'm' } };
const WORK = { name: 'w', action: 'transcode' };
const TRY = { attempt: 1, try: 1 };
const FAILED = { ...TRY, error: { code: 'Broken', message: 'it broke' } };
const NIGHTLY = { name: 'nightly', expression: 'cron(0 3 * * ? *)' };
const SPEC_OF_SCHEDULE = { name: 'n', ops: [OP] };
const jobWith = (part: object) => ({ name: 'n', project: 'web', ops: [OP], ...part });
const opsOf = (...ops: readonly object[]) => ({ ops });
const many = <Item>(count: number, item: (index: number) => Item) =>
  Array.from({ length: count }, (_, i) => item(i));
const childrenOf = (job: object, rest: object = {}) =>
  opsOf({ name: 'all', children: { items: [1], job: { name: 'c', ops: [OP], ...job }, ...rest } });

function deepFamily(levels: number): object {
  let job: object = {};
  for (let level = 0; level < levels; level += 1) job = childrenOf(job);
  return job;
}

/** A body that is right for its route, but for a job, an op or a schedule that is there. */
const BODY: Readonly<Partial<Record<RouteName, object>>> = {
  'submit-job': jobWith({}),
  'submit-batch': { jobs: [{}] },
  'reschedule-job': { at: '2026-12-01T02:00:00Z' },
  'answer-trap': { answer: 'retry' },
  'change-priority': { priority: 1 },
  'add-note': { comment: 'hello' },
  'complete-op': TRY,
  'fail-op': FAILED,
  'heartbeat-op': TRY,
  'log-op': { ...TRY, message: 'm' },
  'put-queue': {},
  'put-resource': { name: 'r', capacity: 1 },
  'release-lock': { name: 'l', jobId: UNKNOWN, reason: 'it hangs' },
  'create-schedule': { ...NIGHTLY, job: SPEC_OF_SCHEDULE },
  'edit-schedule': { ...NIGHTLY, job: SPEC_OF_SCHEDULE },
  bulk: { action: 'cancel', filter: { class: 'running' } },
  republish: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
};

const having = (...codes: readonly ErrorCode[]): readonly RouteName[] =>
  GUARDED.filter((name) => codes.every((code) => routeSchemas(name).errors.includes(code)));
const ofJob = (name: RouteName) => pathOf(name).startsWith('/jobs/{id}');
const ofSchedule = (name: RouteName) => pathOf(name).startsWith('/schedules/{id}');
const takesBody = (name: RouteName) => BODY[name] !== undefined || routeSchemas(name).body !== undefined;

async function schedule(bench: ApiBench, rest: object = {}): Promise<string> {
  const body = { ...NIGHTLY, project: 'web', job: SPEC_OF_SCHEDULE, ...rest };
  return (await bench.ok('create-schedule', z.looseObject({ id: z.string() }), { body })).id;
}

/** A call as it should be, of a job whose op a worker has, or of a schedule. */
async function good(bench: ApiBench, route: RouteName, part: object = {}): Promise<Call> {
  const body = takesBody(route) ? { body: { ...BODY[route], ...part } } : {};
  const call = { as: 'admin', name: 'q', session: 's', index: 0, ...body } as const;
  if (ofSchedule(route)) return { ...call, id: await schedule(bench) };
  if (!ofJob(route)) return call;
  const id = await bench.submit();
  await bench.perform(id, 0);
  return { ...call, id };
}

/** With this in the query or, where the route takes one, in the body. */
const withField =
  (query: string, part: object): Provoke =>
  async (bench, route) => {
    const call = await good(bench, route, part);
    return takesBody(route) ? call : { ...call, query };
  };

const inProject = (call: Call, route: RouteName, project: string): Call =>
  takesBody(route)
    ? { ...call, body: { ...Object(call.body), project } }
    : { ...call, query: `project=${project}` };

/** A job as this route takes it, with something wrong. */
const wrongJob =
  (part: object, before: (bench: ApiBench) => Promise<unknown> = async () => {}): Provoke =>
  async (bench, route) => {
    const call = await good(bench, route);
    await before(bench);
    const { project: _project, ...job } = jobWith(part);
    return {
      ...call,
      body:
        route === 'submit-job'
          ? jobWith(part)
          : { ...Object(call.body), ...(route === 'create-schedule' ? { project: 'web' } : {}), job },
    };
  };

const TAKE_JOBS = ['submit-job', 'create-schedule', 'edit-schedule'] as const;
const VERBS = ['complete-op', 'fail-op', 'heartbeat-op', 'log-op'] as const;
const REFERENCE = (path: string) => opsOf({ ...WORK, input: { $from: path } }, { ...OP, name: 'later' });

/** Each wrong in one way. */
const WRONG_JOBS: readonly (readonly [ErrorCode, Provoke])[] = [
  ['UnknownAction', wrongJob(opsOf({ ...OP, action: 'teleport' }))],
  ['UnknownQueue', wrongJob({ queue: 'nowhere' })],
  ['UnknownResource', wrongJob({ resources: [{ name: 'nothing' }] })],
  ['UnitsAboveCapacity', wrongJob({ resources: [{ name: 'r', units: 2 }] }, (bench) => resource(bench, 1))],
  ['QueueDraining', wrongJob({ queue: 'd' }, (bench) => bench.queue('d', { draining: true }))],
  [
    'SpecTooLarge',
    wrongJob(opsOf(...many(5, (i) => ({ ...WORK, name: `w${i}`, input: 'x'.repeat(60 * KB) })))),
  ],
  ['InputTooLarge', wrongJob(opsOf({ ...WORK, input: 'x'.repeat(64 * KB) }))],
  ['InvalidName', wrongJob({ name: '#' })],
  ['TooManyOps', wrongJob(opsOf(...many(501, (i) => ({ ...OP, name: `o${i}` }))))],
  ['TooManyLabels', wrongJob({ labels: Object.fromEntries(many(11, (i) => [`l${i}`, ''])) })],
  ['TooManyLocks', wrongJob({ locks: many(21, (i) => ({ name: `l${i}` })) })],
  ['TooManyChildren', wrongJob(childrenOf({}, { items: many(10_001, () => 1) }))],
  ['ReservedAction', wrongJob(opsOf({ ...OP, action: 'bulk' }))],
  ['InvalidActionInput', wrongJob(opsOf({ ...OP, input: {} }))],
  ['OpsOutOfOrder', wrongJob(opsOf(OP, { ...OP, name: 'b', step: 'PRE' }))],
  ['DuplicateOpName', wrongJob(opsOf(OP, OP))],
  ['DuplicateLock', wrongJob({ locks: [{ name: 'l' }, { name: 'l' }] })],
  [
    'DuplicateResource',
    wrongJob({ resources: [{ name: 'r' }, { name: 'r' }] }, (bench) => resource(bench, 2)),
  ],
  ['InvalidReference', wrongJob(REFERENCE('somewhere'))],
  ['UnknownReference', wrongJob(REFERENCE('ops.nobody.result'))],
  ['ForwardReference', wrongJob(REFERENCE('ops.later.result'))],
  ['FamilyTooDeep', wrongJob(deepFamily(6))],
  ['InvalidItem', wrongJob(childrenOf(opsOf({ ...WORK, input: { $item: 5 } })))],
  ['LockOrder', wrongJob({ locks: [{ name: 'b' }], ...childrenOf({ locks: [{ name: 'a' }] }) })],
];

function resource(bench: ApiBench, capacity: number) {
  return bench.call('put-resource', { as: 'admin', body: { project: 'web', name: 'r', capacity } });
}

/** A job that a parent made, and the parent. */
async function family(bench: ApiBench): Promise<{ parent: JobId; child: JobId }> {
  const [children] = childrenOf({ ops: [UNDOABLE] }).ops;
  const parent = await bench.submit(jobWith({ ops: [UNDOABLE, children] }));
  await bench.work(parent, 0);
  await bench.perform(parent, 1);
  await bench.family();
  const child = bench.store.heads().find((job) => job.parent !== undefined)?.id;
  if (child === undefined) throw new Error('the parent has no child');
  return { parent, child };
}

/** Something has changed at each commit. */
function contend(bench: ApiBench): void {
  const conflict = { ok: false, conflict: { kind: 'contention' } } as const;
  Object.assign(bench.store, { commit: async () => conflict, commitLines: async () => conflict });
  Object.assign(bench.scheduleStore, { commitSchedule: async () => false });
}

const UNDOABLE = { ...SPEC.ops[0], rollback: { action: 'transcode' } };
const HELD_JOB = { ...SPEC, hold: true };
const APPROVAL = { ...SPEC, approval: { approvers: ['group:release-managers'] } };

/** Jobs that a command gets through to, where a running one refuses it. */
const FOR_COMMAND: Readonly<Partial<Record<RouteName, (bench: ApiBench) => Promise<string>>>> = {
  'confirm-job': (bench) => bench.submit(HELD_JOB),
  'approve-job': (bench) => bench.submit(APPROVAL, 'operator'),
  'reject-job': (bench) => bench.submit(APPROVAL, 'operator'),
  'reschedule-job': (bench) => bench.submit(HELD_JOB),
  'change-priority': (bench) => bench.submit(HELD_JOB),
  'rerun-job': (bench) => bench.completedJob(),
  'roll-back-job': (bench) => bench.completedJob({ ...SPEC, ops: [UNDOABLE] }),
  'delete-job': (bench) => bench.completedJob(),
  'resume-job': async (bench) => {
    const id = await bench.submit();
    await bench.perform(id, 0);
    await bench.call('pause-job', { id, body: {} });
    return id;
  },
  'answer-trap': async (bench) => {
    const id = await bench.submit({ ...SPEC, ops: [{ ...SPEC.ops[0], onError: 'trap' }] });
    await bench.work(id, 0, 'DiskFull');
    return id;
  },
};

const replayed: Provoke = async (bench, route) => {
  const headers = { 'idempotency-key': 'k' };
  const call = { ...(await good(bench, route)), headers };
  const filled = route === 'bulk' ? inProject(call, route, 'web') : call;
  const { id } = z.looseObject({ id: z.string() }).parse(JSON.parse((await bench.call(route, filled)).text));
  await bench.call('cancel-job', { as: 'admin', id, body: { force: true } });
  expect((await bench.call('delete-job', { as: 'admin', id })).status).toBe(204);
  return filled;
};

/** Something outside its bounds. */
const INVALID: Readonly<Partial<Record<RouteName, object>>> = {
  'submit-job': { ops: [] },
  'submit-batch': { jobs: [] },
  'reschedule-job': { at: 'tomorrow' },
  'rerun-job': { from: 'MIDDLE' },
  'answer-trap': { answer: 'perhaps' },
  'change-priority': { priority: 50 },
  'add-note': { comment: ' ' },
  'complete-op': { attempt: 0 },
  'fail-op': { attempt: 0 },
  'heartbeat-op': { attempt: 0 },
  'log-op': { attempt: 0 },
  'put-queue': { maxRunning: 0 },
  'put-resource': { capacity: 0 },
  'release-lock': { reason: '' },
  'create-schedule': { overlap: 'both' },
  'edit-schedule': { overlap: 'both' },
  bulk: { action: 'all' },
  republish: { to: '2025-01-01T00:00:00Z' },
};

const takesJob = (name: RouteName) => TAKE_JOBS.some((each) => each === name);
const inProjectIfNamed = (call: Call, route: RouteName) =>
  having('ProjectRequired').some((name) => name === route) ? inProject(call, route, 'web') : call;

function approval(as: User, owner: User = 'operator'): Provoke {
  return async (bench) => ({ as, id: await bench.submit(APPROVAL, owner), body: {} });
}

const ROWS: readonly Row[] = [
  { code: 'Unauthenticated', routes: GUARDED, provoke: () => ({ as: null }) },
  {
    code: 'InvalidJson',
    routes: GUARDED,
    provoke: async (bench, route) => ({ ...(await good(bench, route)), body: '{' }),
  },
  {
    code: 'UnsupportedMediaType',
    routes: GUARDED,
    provoke: async (bench, route) => ({
      ...(await good(bench, route)),
      body: '{}',
      headers: { 'content-type': 'text/plain' },
    }),
  },
  {
    code: 'TooDeep',
    routes: GUARDED,
    provoke: async (bench, route) => ({
      ...(await good(bench, route)),
      body: `${'['.repeat(65)}${']'.repeat(65)}`,
    }),
  },
  {
    code: 'UnknownKey',
    routes: GUARDED,
    provoke: async (bench, route) => ({ ...(await good(bench, route)), query: 'colour=red' }),
  },
  {
    code: 'WrongType',
    routes: GUARDED,
    provoke: async (bench, route) => ({ ...(await good(bench, route)), body: '[]' }),
  },
  {
    code: 'InternalError',
    routes: GUARDED,
    provoke: async (bench, route) => {
      const call = await good(bench, route);
      Object.assign(bench.deps.surroundings, {
        now: () => {
          throw new Error('the clock stopped');
        },
      });
      return call;
    },
  },
  ...(['MessageTooLarge', 'SpecTooLarge', 'ResultTooLarge', 'BatchTooLarge'] as const).map(
    (code): Row => ({
      code,
      routes: having(code).filter((name) => code !== 'SpecTooLarge' || !having('InvalidItem').includes(name)),
      provoke: async (bench, route) => ({
        ...(await good(bench, route)),
        body: { text: 'x'.repeat((code === 'BatchTooLarge' ? 2048 : 256) * KB) },
      }),
    }),
  ),
  {
    code: 'InvalidInput',
    routes: having('InvalidInput').filter((name) => name !== 'run-schedule-now'),
    provoke: async (bench, route) => ({
      ...(await good(bench, route)),
      ...(takesBody(route)
        ? {
            body: {
              action: 'cancel',
              colour: 'red',
              comment: 5,
              reason: 5,
              project: 5,
              attempt: '',
              jobs: 5,
              name: 5,
              at: 5,
              answer: 5,
              priority: '',
            },
          }
        : { query: `colour=red&${route === 'get-job' ? 'view=mine' : 'limit=x&project=%23'}` }),
    }),
  },
  {
    code: 'InvalidValue',
    routes: having('InvalidValue'),
    provoke: async (bench, route) => ({
      ...(await good(bench, route, INVALID[route])),
      ...(takesBody(route) ? {} : { query: route === 'get-job' ? `fields=${','.repeat(51)}` : 'limit=0' }),
    }),
  },
  {
    code: 'InvalidYaml',
    routes: having('InvalidYaml'),
    provoke: async (bench, route) => ({
      ...(await good(bench, route)),
      body: 'a: [',
      headers: { 'content-type': 'application/yaml' },
    }),
  },
  {
    code: 'InvalidName',
    routes: having('InvalidName').filter((name) => !takesJob(name)),
    provoke: async (bench, route) => ({ ...inProject(await good(bench, route), route, '#'), session: '#' }),
  },
  {
    code: 'ProjectRequired',
    routes: having('ProjectRequired'),
    provoke: async (bench, route) => ({ ...(await good(bench, route)), as: 'both' }),
  },
  {
    code: 'Forbidden',
    routes: having('Forbidden').filter((name) => !OF_VIEWERS.includes(`${name} Forbidden`)),
    provoke: async (bench, route) => {
      const call = { ...(await good(bench, route)), as: 'viewer' } as const;
      if (ofJob(route) || ofSchedule(route) || route === 'submit-job') return call;
      return inProject(call, route, 'media');
    },
  },
  {
    code: 'JobNotFound',
    routes: having('JobNotFound').filter((name) => !having('IdempotencyKeyReused').includes(name)),
    provoke: async (bench, route) => {
      const call = { ...(await good(bench, route)), id: UNKNOWN };
      if (route === 'republish') return { ...call, body: { jobId: UNKNOWN } };
      return route === 'release-lock' ? inProject(call, route, 'web') : call;
    },
  },
  { code: 'JobNotFound', routes: having('IdempotencyKeyReused'), provoke: replayed },
  {
    code: 'IdempotencyKeyReused',
    routes: having('IdempotencyKeyReused'),
    provoke: async (bench, route) => {
      const headers = { 'idempotency-key': 'k' };
      const call = { ...inProject(await good(bench, route), route, 'web'), headers };
      expect((await bench.call(route, call)).status).toBe(201);
      return {
        ...call,
        body: { ...Object(call.body), ...(route === 'bulk' ? { reason: 'r' } : { name: 'b' }) },
      };
    },
  },
  {
    code: 'InvalidIdempotencyKey',
    routes: having('InvalidIdempotencyKey'),
    provoke: async (bench, route) => ({
      ...inProject(await good(bench, route), route, 'web'),
      headers: { 'idempotency-key': '\u00e4' },
    }),
  },
  {
    code: 'ScheduleNotFound',
    routes: having('ScheduleNotFound'),
    provoke: async (bench, route) => ({ ...(await good(bench, route)), id: UNKNOWN }),
  },
  {
    code: 'InvalidCursor',
    routes: having('InvalidCursor'),
    provoke: async (bench, route) => {
      if (route === 'list-children') return { id: (await family(bench)).parent, query: 'cursor=x' };
      const call = inProject(await good(bench, route, { cursor: 'x' }), route, 'web');
      return takesBody(route) ? call : { ...call, query: ofJob(route) ? 'cursor=x' : 'project=web&cursor=x' };
    },
  },
  {
    code: 'CommandRefused',
    routes: having('CommandRefused'),
    provoke: async (bench, route) => {
      const call = await good(bench, route);
      const ends = ['cancel-job', 'pause-job', 'resume-job', 'change-priority'].includes(route);
      return ends ? { ...call, id: await bench.completedJob() } : call;
    },
  },
  {
    code: 'Contended',
    routes: having('Contended').filter((name) => !takesJob(name)),
    provoke: async (bench, route) => {
      const call = inProjectIfNamed(await good(bench, route), route);
      const id = await FOR_COMMAND[route]?.(bench);
      const locked =
        route === 'release-lock' ? await bench.submit({ ...SPEC, locks: [{ name: 'l' }] }) : null;
      contend(bench);
      if (locked !== null) return { ...call, body: { ...Object(call.body), jobId: locked } };
      return { ...call, ...(id === undefined ? {} : { id }) };
    },
  },
  {
    code: 'Contended',
    routes: TAKE_JOBS,
    provoke: async (bench, route) => {
      const call =
        route === 'create-schedule'
          ? inProject(await good(bench, route), route, 'web')
          : await good(bench, route);
      contend(bench);
      return call;
    },
  },
  {
    code: 'QuotaExceeded',
    routes: having('QuotaExceeded'),
    provoke: async (bench, route) => {
      const call = inProjectIfNamed(await good(bench, route), route);
      await bench.submit({ ...SPEC, hold: true });
      await schedule(bench);
      Object.assign(bench.deps, { quotas: { waitingJobs: 1, schedules: 1 } });
      return call;
    },
  },
  ...WRONG_JOBS.map(([code, provoke]): Row => ({ code, routes: TAKE_JOBS, provoke })),
  {
    code: 'TooManyDependencies',
    routes: ['submit-job'],
    provoke: wrongJob({ dependsOn: many(21, () => ({ job: UNKNOWN })) }),
  },
  { code: 'UnknownDependency', routes: ['submit-job'], provoke: wrongJob({ dependsOn: [{ job: UNKNOWN }] }) },
  {
    code: 'DuplicateDependency',
    routes: ['submit-job'],
    provoke: async (bench, route) => {
      const job = await bench.submit();
      return wrongJob({ dependsOn: [{ job }, { job }] })(bench, route);
    },
  },
  {
    code: 'TooManyJobs',
    routes: ['submit-batch'],
    provoke: () => ({ body: { jobs: many(26, () => ({})) } }),
  },
  {
    code: 'InvalidScheduleExpression',
    routes: having('InvalidScheduleExpression'),
    provoke: withField('', { expression: 'now and then' }),
  },
  {
    code: 'UnknownTimeZone',
    routes: having('UnknownTimeZone'),
    provoke: withField('', { timezone: 'Moon' }),
  },
  { code: 'ScheduleChanged', routes: having('ScheduleChanged'), provoke: withField('', { version: 7 }) },
  {
    code: 'ScheduleRunning',
    routes: ['run-schedule-now'],
    provoke: async (bench) => {
      const id = await schedule(bench);
      expect((await bench.call('run-schedule-now', { id })).status).toBe(201);
      return { id };
    },
  },
  { code: 'UnknownAction', routes: ['run-schedule-now'], provoke: afterDeployment([]) },
  { code: 'InvalidActionInput', routes: ['run-schedule-now'], provoke: afterDeployment(['w', 'v']) },
  { code: 'InvalidInput', routes: ['run-schedule-now'], provoke: afterDeployment(['w']) },
  {
    code: 'UnitsAboveCapacity',
    routes: ['run-schedule-now'],
    provoke: async (bench) => {
      await resource(bench, 2);
      const id = await schedule(bench, {
        job: { ...SPEC_OF_SCHEDULE, resources: [{ name: 'r', units: 2 }] },
      });
      await resource(bench, 1);
      return { id };
    },
  },
  {
    code: 'QueueDraining',
    routes: ['run-schedule-now'],
    provoke: async (bench) => {
      await bench.queue('q');
      const id = await schedule(bench, { job: { ...SPEC_OF_SCHEDULE, queue: 'q' } });
      await bench.queue('q', { draining: true });
      return { id };
    },
  },
  { code: 'UnknownView', routes: ['get-job'], provoke: withField('view=mine', {}) },
  { code: 'UnknownField', routes: ['get-job'], provoke: withField('fields=colour', {}) },
  { code: 'AttemptNotFound', routes: ['list-ops'], provoke: withField('attempt=7', {}) },
  ...(['Queue', 'Resource', 'Lock'] as const).map(
    (what): Row => ({
      code: `${what}NotFound`,
      routes: having(`${what}NotFound`),
      provoke: () => ({ query: 'project=web&name=nothing' }),
    }),
  ),
  {
    code: 'AnswerTooLarge',
    routes: having('AnswerTooLarge'),
    provoke: async (bench, route) => {
      const call = await good(bench, route);
      const result = 'x'.repeat(6 * 1024 * KB);
      const { store, scheduleStore } = bench;
      const [entry] = store.journal(await bench.submit());
      if (ofJob(route)) await bench.call('complete-op', { ...call, body: { ...TRY, result: {} } });
      const ops = ofJob(route) ? await store.readOps(jobIdSchema.parse(call.id), 'all') : [];
      await schedule(bench);
      const { schedules } = await scheduleStore.listSchedules('web', { limit: 1 });
      Object.assign(store, { readJournal: async () => [{ ...entry, message: result }] });
      const huge = ops.map((op) => ({ ...op, result }));
      Object.assign(store, { readOps: async () => huge, readSomeOps: async () => huge });
      Object.assign(scheduleStore, {
        listSchedules: async () => ({ schedules: schedules.map((each) => ({ ...each, owner: result })) }),
      });
      if (route === 'get-job') return { ...call, query: 'fields=opresult' };
      return ofJob(route) ? call : { query: 'project=web' };
    },
  },
  { code: 'NotAnApprover', routes: having('NotAnApprover'), provoke: approval('viewer') },
  { code: 'OwnerMayNotApprove', routes: having('OwnerMayNotApprove'), provoke: approval('admin', 'admin') },
  {
    code: 'AlreadyStarted',
    routes: ['cancel-job'],
    provoke: withField('', { onlyIfQueued: true }),
  },
  {
    code: 'ChildOfParent',
    routes: having('ChildOfParent'),
    provoke: async (bench, route) => {
      const { child } = await family(bench);
      if (route === 'reschedule-job')
        return { as: 'admin', id: await expiredChild(bench), body: BODY[route] };
      await bench.work(child, 0);
      await bench.finish(child);
      return { as: 'admin', id: child };
    },
  },
  {
    code: 'ChildrenUnsettled',
    routes: having('ChildrenUnsettled'),
    provoke: async (bench) => {
      const { parent, child } = await family(bench);
      await bench.perform(child, 0);
      const job = await bench.store.readJob(parent);
      if (job === null || !('segment' in job)) throw new Error('the parent has no execution');
      const { group, number } = job.segment;
      await endOfExecution(bench.deps, parent, { attempt: 1, group, number, how: 'aborted' });
      return { as: 'admin', id: parent };
    },
  },
  {
    code: 'NothingToUndo',
    routes: ['roll-back-job'],
    provoke: async (bench) => ({ id: await bench.completedJob() }),
  },
  {
    code: 'NothingPending',
    routes: ['change-priority'],
    provoke: async (bench, route) => {
      const id = await bench.submit({ ...SPEC, ops: [SPEC.ops[0]] });
      await bench.perform(id, 0);
      return { ...(await good(bench, route)), id };
    },
  },
  {
    code: 'OpNotFound',
    routes: having('OpNotFound'),
    provoke: async (bench, route) => {
      const call = await good(bench, route, route === 'change-priority' ? { op: 7 } : {});
      return route === 'change-priority'
        ? { ...call, id: await bench.submit(HELD_JOB) }
        : { ...call, index: 7 };
    },
  },
  {
    code: 'NotAWorkersOp',
    routes: VERBS,
    provoke: async (bench, route) => {
      const id = await bench.submit(jobWith({}));
      return { ...(await good(bench, route)), id };
    },
  },
  { code: 'OpNotStarted', routes: VERBS, provoke: withField('', { try: 7 }) },
  {
    code: 'TrySuperseded',
    routes: VERBS,
    provoke: async (bench, route) => {
      const call = await good(bench, route);
      const retry = { maxAttempts: 2, interval: 'PT1S' };
      const id = await bench.submit({ ...SPEC, ops: [{ ...SPEC.ops[0], retry }] });
      await bench.work(id, 0, 'Flaky');
      await bench.perform(id, 0);
      return { ...call, id };
    },
  },
  {
    code: 'AttemptSuperseded',
    routes: VERBS,
    provoke: async (bench, route) => {
      const call = await good(bench, route);
      const id = await bench.completedJob();
      expect((await bench.call('rerun-job', { id, body: {} })).status).toBe(200);
      return { ...call, id };
    },
  },
  {
    code: 'CompletionRepeated',
    routes: VERBS,
    provoke: async (bench, route) => {
      const call = await good(bench, route);
      const [index, id] = [0, String(call.id)];
      await bench.call(route === 'fail-op' ? 'fail-op' : 'complete-op', {
        as: 'admin',
        id,
        index,
        body: route === 'fail-op' ? FAILED : TRY,
      });
      return call;
    },
  },
  {
    code: 'CompletionLate',
    routes: VERBS,
    provoke: async (bench, route) => {
      const call = await good(bench, route);
      await bench.call('cancel-job', { as: 'admin', id: String(call.id), body: {} });
      return call;
    },
  },
  {
    code: 'LockNotHeld',
    routes: ['release-lock'],
    provoke: async (bench, route) => {
      const call = inProject(await good(bench, route), route, 'web');
      return { ...call, body: { ...Object(call.body), jobId: await bench.submit() } };
    },
  },
  {
    code: 'PublishingFailed',
    routes: ['republish'],
    provoke: async (bench) => {
      bench.refusesToPublish = () => true;
      return { body: { jobId: await bench.submit() } };
    },
  },
];

/** A schedule whose job has two actions, of which a deployment left these names and made them built-in ones. */
function afterDeployment(left: readonly string[]): Provoke {
  return async (bench) => {
    const kept = new Map([...bench.deps.catalog]);
    const named = (names: readonly string[], kind: 'external' | 'log') =>
      new Map([...kept, ...names.map((name) => [name, { kind }] as const)]);
    Object.assign(bench.deps, { catalog: named(['w', 'v'], 'external') });
    const ops = ['w', 'v'].map((action) => ({ name: action, action }));
    const id = await schedule(bench, { job: { ...SPEC_OF_SCHEDULE, ops } });
    Object.assign(bench.deps, { catalog: named(left, 'log') });
    return { id };
  };
}

/** A child whose date for starting has passed. */
async function expiredChild(bench: ApiBench): Promise<string> {
  const parent = await bench.submit(
    jobWith(childrenOf({ ops: [WORK], schedule: { at: '2026-11-02T00:00:00Z', startWithin: 'PT1H' } })),
  );
  await bench.perform(parent, 0);
  await bench.family();
  const child = bench.store.heads().findLast((job) => job.parent?.id === parent)?.id;
  if (child === undefined) throw new Error('the parent has no child');
  bench.now += 7 * 86_400_000;
  await lookAtJob(bench.deps, child);
  return child;
}

const CASES = ROWS.flatMap(({ code, routes, provoke }) => routes.map((route) => ({ code, route, provoke })));

describe('each error code', () => {
  it.each(CASES)('$code of $route is answered to whoever provokes it', async ({ code, route, provoke }) => {
    const bench = new ApiBench();
    const call = await provoke(bench, route);
    const { status, text } = await bench.call(route, call);
    expect(JSON.parse(text)).toMatchObject({ code });
    expect(status).toBe(ERRORS[code].status);
  });
});

describe('the codes that a route declares', () => {
  const provoked = new Set(CASES.map(({ code, route }) => `${route} ${code}`));
  const pairs = NAMES.flatMap((route) => routeSchemas(route).errors.map((code) => `${route} ${code}`));

  it('are those that this file provokes, but for these', () => {
    expect(pairs.filter((pair) => !provoked.has(pair)).sort()).toEqual(
      [...Object.keys(NOT_PROVOKED), ...OF_VIEWERS].sort(),
    );
    expect([...provoked].filter((pair) => !pairs.includes(pair))).toEqual([]);
  });

  it('are all codes that there are, but for these', () => {
    const declared = new Set(NAMES.flatMap((route) => routeSchemas(route).errors));
    const codes = Object.keys(ERRORS);
    expect(codes.filter((code) => ![...declared].some((each) => each === code))).toEqual(
      Object.keys(ELSEWHERE),
    );
  });
});
