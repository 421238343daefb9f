import './entry-environment.ts';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { expect } from 'vitest';
import * as z from 'zod';
import type { ActionKind } from '../../../core/contract/action-catalog.ts';
import { type Problem, problemSchema } from '../../../core/contract/api/problem.ts';
import { API } from '../../../core/contract/api.ts';
import { ERRORS } from '../../../core/contract/error-codes.ts';
import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import type { ScheduleDeps } from '../../../core/ports/schedule-deps.ts';
import { DEFAULT_QUOTAS } from '../../../core/quota/quotas.ts';
import { GLOBAL_SCOPE, SEMAPHORE_KINDS } from '../../../core/semaphore/semaphore.ts';
import { finishJob } from '../../../core/usecases/finish-job.ts';
import { handleOpFailure } from '../../../core/usecases/handle-op-failure.ts';
import { makeChildren } from '../../../core/usecases/make-children.ts';
import { performOp } from '../../../core/usecases/perform-op.ts';
import { planRecovery } from '../../../core/usecases/plan-recovery.ts';
import { addNoteRoute } from '../../../functions/api/add-note.lambda.ts';
import { answerTrapRoute } from '../../../functions/api/answer-trap.lambda.ts';
import { approveJobRoute } from '../../../functions/api/approve-job.lambda.ts';
import { bulkRoute } from '../../../functions/api/bulk.lambda.ts';
import { cancelJobRoute } from '../../../functions/api/cancel-job.lambda.ts';
import { changePriorityRoute } from '../../../functions/api/change-priority.lambda.ts';
import { closeSessionRoute } from '../../../functions/api/close-session.lambda.ts';
import { completeOpRoute } from '../../../functions/api/complete-op.lambda.ts';
import { confirmJobRoute } from '../../../functions/api/confirm-job.lambda.ts';
import { createScheduleRoute } from '../../../functions/api/create-schedule.lambda.ts';
import { deleteJobRoute } from '../../../functions/api/delete-job.lambda.ts';
import { deleteScheduleRoute } from '../../../functions/api/delete-schedule.lambda.ts';
import { editScheduleRoute } from '../../../functions/api/edit-schedule.lambda.ts';
import { explainJobRoute } from '../../../functions/api/explain-job.lambda.ts';
import { failOpRoute } from '../../../functions/api/fail-op.lambda.ts';
import { getJobRoute } from '../../../functions/api/get-job.lambda.ts';
import { getOpenApiRoute } from '../../../functions/api/get-open-api.lambda.ts';
import { getScheduleRoute } from '../../../functions/api/get-schedule.lambda.ts';
import { getSessionRoute } from '../../../functions/api/get-session.lambda.ts';
import { heartbeatOpRoute } from '../../../functions/api/heartbeat-op.lambda.ts';
import { listActionsRoute } from '../../../functions/api/list-actions.lambda.ts';
import { listChildrenRoute } from '../../../functions/api/list-children.lambda.ts';
import { listJobsRoute } from '../../../functions/api/list-jobs.lambda.ts';
import { listLocksRoute } from '../../../functions/api/list-locks.lambda.ts';
import { listOpsRoute } from '../../../functions/api/list-ops.lambda.ts';
import { listQueuesRoute } from '../../../functions/api/list-queues.lambda.ts';
import { listResourcesRoute } from '../../../functions/api/list-resources.lambda.ts';
import { listSchedulesRoute } from '../../../functions/api/list-schedules.lambda.ts';
import { logOpRoute } from '../../../functions/api/log-op.lambda.ts';
import { pauseJobRoute } from '../../../functions/api/pause-job.lambda.ts';
import { putQueueRoute } from '../../../functions/api/put-queue.lambda.ts';
import { putResourceRoute } from '../../../functions/api/put-resource.lambda.ts';
import { readJournalRoute } from '../../../functions/api/read-journal.lambda.ts';
import { rejectJobRoute } from '../../../functions/api/reject-job.lambda.ts';
import { releaseLockRoute } from '../../../functions/api/release-lock.lambda.ts';
import { republishRoute } from '../../../functions/api/republish.lambda.ts';
import { rerunJobRoute } from '../../../functions/api/rerun-job.lambda.ts';
import { rescheduleJobRoute } from '../../../functions/api/reschedule-job.lambda.ts';
import { resumeJobRoute } from '../../../functions/api/resume-job.lambda.ts';
import { rollBackJobRoute } from '../../../functions/api/roll-back-job.lambda.ts';
import { ROUTES, type RouteName } from '../../../functions/api/routes.ts';
import { runScheduleNowRoute } from '../../../functions/api/run-schedule-now.lambda.ts';
import { submitBatchRoute } from '../../../functions/api/submit-batch.lambda.ts';
import { submitJobRoute } from '../../../functions/api/submit-job.lambda.ts';
import type { HttpResult } from '../../../functions/runtime/reply.ts';
import { InMemoryJobStore } from '../../support/in-memory-job-store.ts';
import { InMemoryScheduleStore } from '../../support/in-memory-schedule-store.ts';
import { checkPublished } from '../../support/published-api.ts';
import { RecordingActions } from '../../support/recording-actions.ts';
import { RecordingExecutions } from '../../support/recording-executions.ts';
import { RecordingRecurringSchedules } from '../../support/recording-recurring-schedules.ts';
import { RecordingSchedules } from '../../support/recording-schedules.ts';
import { tokenOf } from './token.ts';

/** When the bench's clock starts. */
export const NOW = Date.UTC(2026, 10, 1, 8, 0, 0);

/** The groups of some users, by name. */
export const USERS = {
  admin: ['*:admin'],
  operator: ['web:operator'],
  submitter: ['web:submitter'],
  viewer: ['web:viewer'],
  worker: ['web:worker'],
  approver: ['web:viewer', 'web:release-managers'],
  other: ['media:operator'],
  both: ['web:operator', 'media:operator'],
} as const;

export type User = keyof typeof USERS;

/** One op for a worker, one that a Lambda function does. */
export const SPEC = {
  name: 'publish-site',
  project: 'web',
  ops: [
    { name: 'transcode', action: 'transcode', input: { file: 'a.mov' }, heartbeat: 'PT1M', timeout: 'PT1H' },
    { name: 'publish', action: 'site-publish', input: { from: { $from: 'ops.transcode.result.file' } } },
  ],
} as const;

const SCOPES = ['web', 'media', GLOBAL_SCOPE];

const CATALOG = new Map<string, { readonly kind: ActionKind }>([
  ['transcode', { kind: 'external' }],
  ['site-publish', { kind: 'lambda' }],
  ['log', { kind: 'log' }],
  ['wait', { kind: 'wait' }],
  ['fail', { kind: 'fail' }],
  ['bulk', { kind: 'bulk' }],
  ['children', { kind: 'children' }],
]);

/** What a test sends. */
export interface Call {
  /** A user, or claims of a token; null for none. The operator of `web`, unless it says otherwise. */
  readonly as?: User | object | null;
  readonly id?: string;
  readonly index?: number | string;
  /** Of a queue, in its path. */
  readonly name?: string;
  /** Of a session, in its path. */
  readonly session?: string;
  readonly query?: string | Readonly<Record<string, string | number>>;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly base64?: boolean;
}

export interface Called {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The answer's text; '' where it has none. */
  readonly text: string;
}

/** The API over a store in memory, with a clock that stands still unless it is moved. */
export class ApiBench {
  now = NOW;
  readonly store = new InMemoryJobStore();
  readonly executions = new RecordingExecutions();
  readonly actions = new RecordingActions();
  readonly schedules = new RecordingSchedules();
  readonly scheduleStore = new InMemoryScheduleStore();
  readonly recurring = new RecordingRecurringSchedules();
  readonly published: JournalEntry[] = [];
  /** Entries that the bus will not take. */
  refusesToPublish: (entry: JournalEntry) => boolean = () => false;
  /** What happens while somebody waits a moment. */
  onPause: () => Promise<unknown> = async () => {};
  readonly deps: ScheduleDeps;
  readonly #routes: Readonly<
    Record<RouteName, (event: APIGatewayProxyEventV2, context: Context) => Promise<HttpResult>>
  >;
  #jobs = 0;

  constructor(parts: Partial<ScheduleDeps> = {}) {
    this.deps = {
      store: this.store,
      executions: this.executions,
      actions: this.actions,
      schedules: this.schedules,
      scheduleStore: this.scheduleStore,
      recurring: this.recurring,
      surroundings: {
        now: () => this.now,
        jobId: () => this.#nextId(),
        nonce: () => 'a-nonce',
        random: () => 0.5,
        pause: async (milliseconds) => {
          this.now += Math.ceil(milliseconds);
          await this.onPause();
        },
      },
      catalog: CATALOG,
      liveness: { firstSeconds: 300, maxSeconds: 21_600 },
      quotas: DEFAULT_QUOTAS,
      retention: 'P30D',
      reportOwed: (effect, error) => {
        throw new Error(`effect ${effect} failed`, { cause: error });
      },
      ...parts,
    };
    const publisher = {
      publish: async (entries: readonly JournalEntry[]) => {
        const failed = entries.filter((entry) => this.refusesToPublish(entry));
        this.published.push(...entries.filter((entry) => !failed.includes(entry)));
        return failed;
      },
    };
    this.#routes = {
      'get-open-api': getOpenApiRoute(),
      'submit-job': submitJobRoute(this.deps),
      'submit-batch': submitBatchRoute(this.deps),
      'list-jobs': listJobsRoute(this.deps),
      'get-job': getJobRoute(this.deps),
      'read-journal': readJournalRoute(this.deps),
      'list-ops': listOpsRoute(this.deps),
      'list-children': listChildrenRoute(this.deps),
      'explain-job': explainJobRoute(this.deps),
      'list-actions': listActionsRoute(this.deps),
      'cancel-job': cancelJobRoute(this.deps),
      'confirm-job': confirmJobRoute(this.deps),
      'approve-job': approveJobRoute(this.deps),
      'reject-job': rejectJobRoute(this.deps),
      'reschedule-job': rescheduleJobRoute(this.deps),
      'rerun-job': rerunJobRoute(this.deps),
      'roll-back-job': rollBackJobRoute(this.deps),
      'pause-job': pauseJobRoute(this.deps),
      'resume-job': resumeJobRoute(this.deps),
      'answer-trap': answerTrapRoute(this.deps),
      'change-priority': changePriorityRoute(this.deps),
      'add-note': addNoteRoute(this.deps),
      'delete-job': deleteJobRoute(this.deps),
      'complete-op': completeOpRoute(this.deps),
      'fail-op': failOpRoute(this.deps),
      'heartbeat-op': heartbeatOpRoute(this.deps),
      'log-op': logOpRoute(this.deps),
      'get-session': getSessionRoute(this.deps),
      'close-session': closeSessionRoute(this.deps),
      'list-queues': listQueuesRoute(this.deps),
      'put-queue': putQueueRoute(this.deps),
      'list-resources': listResourcesRoute(this.deps),
      'put-resource': putResourceRoute(this.deps),
      'list-locks': listLocksRoute(this.deps),
      'release-lock': releaseLockRoute(this.deps),
      'list-schedules': listSchedulesRoute(this.deps),
      'create-schedule': createScheduleRoute(this.deps),
      'get-schedule': getScheduleRoute(this.deps),
      'edit-schedule': editScheduleRoute(this.deps),
      'delete-schedule': deleteScheduleRoute(this.deps),
      'run-schedule-now': runScheduleNowRoute(this.deps),
      bulk: bulkRoute(this.deps),
      republish: republishRoute({ ...this.deps, publisher }),
    };
  }

  /** Calls a route; every answer, good or bad, must be one that the contract and the published document declare. */
  async call(route: RouteName, call: Call = {}): Promise<Called> {
    const result = await this.#routes[route](eventOf(route, call, this.now), CONTEXT);
    const { statusCode: status = 0, headers = {}, body: text = '' } = result;
    checkPublished(route, { status, contentType: headers['content-type'], text });
    const answers: Readonly<Record<number, z.ZodType | null>> = API[route].answers;
    const schema = answers[status];
    if (schema === undefined) checkProblem(text, status, headers);
    else schema?.parse(JSON.parse(text));
    return { status, headers, text };
  }

  /** Calls a route that must answer with this status, and returns its JSON. */
  async ok<Body>(route: RouteName, schema: z.ZodType<Body>, call: Call = {}): Promise<Body> {
    const called = await this.call(route, call);
    expect(called.text).not.toContain('urn:jobplane:error');
    return schema.parse(JSON.parse(called.text));
  }

  /** Calls a route that must refuse, and returns the problem; nothing may have been written. */
  async refusal(route: RouteName, call: Call = {}): Promise<Problem> {
    const before = await this.stored();
    const called = await this.call(route, call);
    expect(called.status, called.text).toBeGreaterThanOrEqual(400);
    expect(await this.stored()).toBe(before);
    return problemSchema.parse(JSON.parse(called.text));
  }

  /** Submits a job and returns its id. */
  async submit(spec: object = SPEC, as: User = 'admin'): Promise<JobId> {
    const { id } = await this.ok('submit-job', z.object({ id: jobIdSchema }), { body: spec, as });
    return id;
  }

  /** Makes a queue of `web`, without limits unless they are given. */
  async queue(name: string, limits: object = {}): Promise<void> {
    const body = { project: 'web', ...limits };
    expect((await this.call('put-queue', { as: 'admin', name, body })).status).toBe(200);
  }

  /** Starts an op's next try as the state machine does, answered to the token that is returned. */
  async perform(jobId: JobId, op: number): Promise<string> {
    const token = `token-${jobId}-${op}-${this.executions.answered.length}`;
    await performOp(this.deps, jobId, { ...(await this.#serves(jobId)), op, token });
    return token;
  }

  /** What `child-jobs` does with the children that were asked for last, batch by batch. */
  async family(): Promise<void> {
    const { batches, ...of } = this.executions.families.at(-1) ?? { batches: [] };
    for (const batch of batches) if ('jobId' in of) await makeChildren(this.deps, { ...of, ...batch });
  }

  /** What the state machine asks after a try has failed. */
  async handleFailure(jobId: JobId, op: number, error = { name: 'OpFailed', cause: '' }): Promise<void> {
    const token = `failure-${jobId}-${op}-${this.executions.answered.length}`;
    await handleOpFailure(this.deps, jobId, { ...(await this.#serves(jobId)), op, token, error });
  }

  /** What the state machine asks last. */
  async finish(jobId: JobId, after: 'ops' | 'recovery' = 'ops'): Promise<void> {
    await finishJob(this.deps, jobId, { ...(await this.#serves(jobId)), after });
  }

  /** A worker does the op's next try well, or fails it with this code and what the state machine does then. */
  async work(jobId: JobId, op: number, code?: string): Promise<void> {
    await this.perform(jobId, op);
    const [stored] = await this.store.readSomeOps(jobId, (await this.#serves(jobId)).attempt, [op]);
    const body = { attempt: stored?.attempt, try: stored?.try };
    const call = { as: 'admin', id: jobId, index: op } as const;
    if (code === undefined) {
      await this.call('complete-op', { ...call, body: { ...body, result: { file: 'a.mp4' } } });
      return;
    }
    const error = { code, message: `it was ${code}` };
    await this.call('fail-op', { ...call, body: { ...body, error } });
    await this.handleFailure(jobId, op);
  }

  /** The state machine's way to the end once an op has failed for good: what it plans then goes well. */
  async recover(jobId: JobId): Promise<void> {
    const error = { name: 'OpFailed', cause: '' };
    const planned = await planRecovery(this.deps, jobId, { ...(await this.#serves(jobId)), error });
    for (const { op } of planned) await this.work(jobId, op);
    await this.finish(jobId, 'recovery');
  }

  /** A job of one op that a worker has completed. */
  async completedJob(spec: object = { ...SPEC, ops: [SPEC.ops[0]] }): Promise<JobId> {
    const id = await this.submit(spec);
    await this.work(id, 0);
    await this.finish(id);
    return id;
  }

  /** Everything that is stored, as text to compare. */
  async stored(): Promise<string> {
    const jobs = this.store.heads().map(async (head) => ({
      head,
      journal: this.store.journal(head.id),
      ops: await this.store.readOps(head.id, 'all'),
    }));
    const lines = SCOPES.flatMap((scope) =>
      SEMAPHORE_KINDS.map((kind) => this.store.listSemaphores(scope, kind, { limit: 1_000 })),
    );
    const queues = SCOPES.map((project) => this.store.listQueues(project));
    const schedules = this.scheduleStore.heads().map(async (head) => ({
      head,
      runs: await this.scheduleStore.readRuns(head.id, 1_000),
    }));
    return JSON.stringify(await Promise.all([...jobs, ...lines, ...queues, ...schedules]));
  }

  async #serves(jobId: JobId) {
    const job = await this.store.readJob(jobId);
    if (job === null || !('segment' in job)) throw new Error(`job ${jobId} has no execution`);
    const { group, number } = job.segment;
    return { attempt: job.attempt, group, number };
  }

  #nextId(): JobId {
    this.#jobs += 1;
    return jobIdSchema.parse(`01J${String(this.#jobs).padStart(23, '0')}`);
  }
}

/** A token for a user, or with these claims. */
export function bearer(as: User | object, now: number): string {
  const exp = Math.floor(now / 1000) + 3600;
  const claims = typeof as === 'object' ? as : { username: as, 'cognito:groups': USERS[as] };
  return `Bearer ${tokenOf({ exp, sub: 'a-sub', ...claims })}`;
}

/** The event that API Gateway makes of a call. */
export function eventOf(route: RouteName, call: Call, now = NOW): APIGatewayProxyEventV2 {
  const { as = 'operator', id, index, name, session, query = '', body, headers = {}, base64 = false } = call;
  const { method, path } = ROUTES[route];
  const pathParameters = {
    ...(id === undefined || !path.includes('{id}') ? {} : { id }),
    ...(index === undefined || !path.includes('{index}') ? {} : { index: String(index) }),
    ...(name === undefined || !path.includes('{name+}') ? {} : { name }),
    ...(session === undefined || !path.includes('{session}') ? {} : { session }),
  };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString:
      typeof query === 'string'
        ? query
        : new URLSearchParams(
            Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]),
          ).toString(),
    headers: {
      ...(as === null ? {} : { authorization: bearer(as, now) }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.test',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'a-request',
      routeKey: `${method} ${path}`,
      stage: '$default',
      time: '01/Nov/2026:08:00:00 +0000',
      timeEpoch: now,
    },
    ...(body === undefined ? {} : { body: base64 ? Buffer.from(text).toString('base64') : text }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    isBase64Encoded: base64,
  };
}

function checkProblem(text: string, status: number, headers: Readonly<Record<string, unknown>>): void {
  const problem = problemSchema.parse(JSON.parse(text));
  const known = new Map<string, { readonly status: number; readonly title: string }>(Object.entries(ERRORS));
  expect(known.get(problem.code)).toEqual({ status: problem.status, title: problem.title });
  expect(problem.type).toBe(`urn:jobplane:error:${problem.code}`);
  expect(problem.status).toBe(status);
  expect(headers['content-type']).toBe('application/problem+json');
}

export const CONTEXT: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'jobplane-route',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:jobplane-route',
  memoryLimitInMB: '256',
  awsRequestId: 'a-lambda-request',
  logGroupName: 'group',
  logStreamName: 'stream',
  getRemainingTimeInMillis: () => 30_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};
