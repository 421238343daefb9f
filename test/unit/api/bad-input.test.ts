import { describe, expect, it } from 'vitest';
import { problemSchema } from '../../../core/contract/api/problem.ts';
import { ERRORS } from '../../../core/contract/error-codes.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import type { RouteName } from '../../../functions/api/routes.ts';
import { ApiBench, type Call, SPEC } from './api-bench.ts';

const [TRANSCODE, PUBLISH] = SPEC.ops;

const withOps = (...ops: readonly object[]) => ({ ...SPEC, ops });
const withOp = (op: object) => withOps({ ...TRANSCODE, ...op });

const CHILD = { name: 'child', ops: [{ name: 'step', action: 'transcode' }] };
const family = (children: object = {}, rest: object = {}) =>
  withOps({ name: 'all', ...rest, children: { items: [1], job: CHILD, ...children } });
const template = (job: object) => family({ job: { ...CHILD, ...job } });

const text = (bytes: number) => 'x'.repeat(bytes);

/** Every way to spoil a specification that has a code of its own, and where the problem is said to be. */
const SPECS: readonly [name: string, spec: unknown, code: keyof typeof ERRORS, path: string][] = [
  ['both an action and children', family({}, { action: 'log' }), 'InvalidValue', 'ops.0.action'],
  ['neither an action nor children', withOps({ name: 'all' }), 'InvalidValue', 'ops.0.action'],
  ['children with a heartbeat', family({}, { heartbeat: 'PT1M' }), 'InvalidValue', 'ops.0.children'],
  [
    'children with a rollback',
    family({}, { rollback: { action: 'transcode' } }),
    'InvalidValue',
    'ops.0.children',
  ],
  ['an unknown key of children', family({ itmes: [] }), 'UnknownKey', 'ops.0.children'],
  ['an unknown key of a template', template({ sechdule: {} }), 'UnknownKey', 'ops.0.children.job'],
  [
    'an unknown key of an op of a template',
    template({ ops: [{ name: 'step', action: 'transcode', retries: 1 }] }),
    'UnknownKey',
    'ops.0.children.job.ops.0',
  ],
  ['a project of a template', template({ project: 'media' }), 'UnknownKey', 'ops.0.children.job'],
  ['dependencies of a template', template({ dependsOn: [] }), 'UnknownKey', 'ops.0.children.job'],
  ['no template', withOps({ name: 'all', children: { items: [] } }), 'WrongType', 'ops.0.children.job'],
  ['no ops in a template', template({ ops: [] }), 'InvalidValue', 'ops.0.children.job.ops'],
  ['a number for the name of children', template({ name: 7 }), 'InvalidValue', 'ops.0.children.job.name'],
  ['a name of children with #', template({ name: 'a#b' }), 'InvalidName', 'ops.0.children.job.name'],
  [
    'a name of children beside its item',
    template({ name: { $item: 'a', b: 1 } }),
    'UnknownKey',
    'ops.0.children.job.name',
  ],
  ['no children at once', family({ concurrency: 0 }), 'InvalidValue', 'ops.0.children.concurrency'],
  [
    'a policy that is none',
    family({ onChildFailure: 'ignore' }),
    'InvalidValue',
    'ops.0.children.onChildFailure',
  ],
  [
    'more tolerance than all',
    family({ tolerate: { percent: 101 } }),
    'InvalidValue',
    'ops.0.children.tolerate.percent',
  ],
  [
    'two tolerances',
    family({ tolerate: { percent: 1, count: 1 } }),
    'InvalidValue',
    'ops.0.children.tolerate',
  ],
  ['a text for items', family({ items: 'eu' }), 'InvalidValue', 'ops.0.children.items'],
  [
    '10,001 children',
    family({ items: Array.from({ length: 10_001 }, () => 1) }),
    'TooManyChildren',
    'ops.0.children.items',
  ],
  [
    'half a reference to an item',
    template({ ops: [{ name: 'step', action: 'transcode', input: { $item: 7 } }] }),
    'InvalidItem',
    'ops.0.children.job.ops.0.input',
  ],
  [
    'a lock of children before their parent’s',
    { ...template({ locks: [{ name: 'a' }] }), locks: [{ name: 'b' }] },
    'LockOrder',
    'ops.0.children.job.locks',
  ],
  ['an unknown key', { ...SPEC, shedule: {} }, 'UnknownKey', ''],
  ['an unknown key of an op', withOp({ onerror: 'trap' }), 'UnknownKey', 'ops.0'],
  [
    'an unknown key of a rollback',
    withOp({ rollback: { action: 'log', when: 'started', arn: 'x' } }),
    'UnknownKey',
    'ops.0.rollback',
  ],
  ['a number for a name', { ...SPEC, name: 7 }, 'WrongType', 'name'],
  ['a text for a priority', { ...SPEC, priority: '1' }, 'WrongType', 'priority'],
  ['half a priority', { ...SPEC, priority: 0.5 }, 'WrongType', 'priority'],
  ['an object for ops', { ...SPEC, ops: {} }, 'WrongType', 'ops'],
  ['null for everything', null, 'WrongType', ''],
  ['a list for everything', [], 'WrongType', ''],
  ['no name', { ...SPEC, name: undefined }, 'WrongType', 'name'],
  ['no project', { ...SPEC, project: undefined }, 'WrongType', 'project'],
  ['no ops', { ...SPEC, ops: [] }, 'InvalidValue', 'ops'],
  [
    '501 ops',
    withOps(
      ...Array.from({ length: 501 }, (_, index) => ({
        name: `op${index}`,
        action: 'log',
        input: { message: 'm' },
      })),
    ),
    'TooManyOps',
    'ops',
  ],
  [
    '11 labels',
    { ...SPEC, labels: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`l${index}`, 'v'])) },
    'TooManyLabels',
    'labels',
  ],
  ['a priority out of range', { ...SPEC, priority: 20 }, 'InvalidValue', 'priority'],
  ['a timeout that is no duration', withOp({ timeout: '10 minutes' }), 'InvalidValue', 'ops.0.timeout'],
  [
    'a heartbeat as long as the timeout',
    withOp({ timeout: 'PT1M', heartbeat: 'PT1M' }),
    'InvalidValue',
    'ops.0.heartbeat',
  ],
  ['a name with #', { ...SPEC, name: 'a#b' }, 'InvalidName', 'name'],
  ['a name with a control character', { ...SPEC, name: 'a\u0007b' }, 'InvalidName', 'name'],
  ['a name with a line break at its end', { ...SPEC, name: 'ab\n' }, 'InvalidName', 'name'],
  ['a name of 129 characters', { ...SPEC, name: text(129) }, 'InvalidName', 'name'],
  ['an empty name', { ...SPEC, name: '' }, 'InvalidName', 'name'],
  ['a project with #', { ...SPEC, project: 'web#x' }, 'InvalidName', 'project'],
  ['a project that is *', { ...SPEC, project: '*' }, 'InvalidName', 'project'],
  ['a queue with a control character', { ...SPEC, queue: 'a\u0000' }, 'InvalidName', 'queue'],
  ['a label with #', { ...SPEC, labels: { 'a#b': 'v' } }, 'InvalidName', 'labels.a#b'],
  [
    "a label's value with a control character",
    { ...SPEC, labels: { a: '\u001b[31m' } },
    'InvalidValue',
    'labels.a',
  ],
  ['an op name with a dot', withOp({ name: 'trans.code' }), 'InvalidName', 'ops.0.name'],
  ['an op name of 129 characters', withOp({ name: text(129) }), 'InvalidName', 'ops.0.name'],
  ['two ops of one name', withOps(TRANSCODE, TRANSCODE), 'DuplicateOpName', 'ops.1.name'],
  [
    'a PRE op behind a RUN op',
    withOps(TRANSCODE, { name: 'build', step: 'PRE', action: 'transcode' }),
    'OpsOutOfOrder',
    'ops.1.step',
  ],
  ['an unknown action', withOp({ action: 'rm' }), 'UnknownAction', 'ops.0.action'],
  [
    'an unknown action of a rollback',
    withOp({ rollback: { action: 'rm' } }),
    'UnknownAction',
    'ops.0.rollback.action',
  ],
  [
    'an action named as what every object has',
    withOp({ action: 'constructor' }),
    'UnknownAction',
    'ops.0.action',
  ],
  [
    'an input that a built-in action does not take',
    withOps({ name: 'wait', action: 'wait', input: { seconds: 0 } }),
    'InvalidActionInput',
    'ops.0.input.seconds',
  ],
  [
    '$from to a later op',
    withOps({ ...PUBLISH, input: { $from: 'ops.transcode.result.file' } }, TRANSCODE),
    'ForwardReference',
    'ops.0.input',
  ],
  [
    '$from to the op itself',
    withOps({ ...TRANSCODE, input: { $from: 'ops.transcode.result' } }),
    'ForwardReference',
    'ops.0.input',
  ],
  [
    '$from to an op that is missing',
    withOp({ input: { a: [{ $from: 'ops.encode.result.file' }] } }),
    'UnknownReference',
    'ops.0.input.a.0',
  ],
  ['$from of another form', withOp({ input: { $from: 'ops.transcode' } }), 'InvalidReference', 'ops.0.input'],
  [
    '$from with a key beside it',
    withOps(TRANSCODE, { ...PUBLISH, input: { $from: 'ops.transcode.result', or: 1 } }),
    'InvalidReference',
    'ops.1.input',
  ],
  ['$from that is no text', withOp({ input: { $from: 1 } }), 'InvalidReference', 'ops.0.input'],
  ['a trap that nothing leads to', withOp({ trap: {} }), 'InvalidValue', 'ops.0.trap'],
  [
    'a trap of an op that may fail',
    withOp({ onError: 'continue', trap: { timeout: 'PT1H' } }),
    'InvalidValue',
    'ops.0.trap',
  ],
  [
    'a trap that waits for no time',
    withOp({ onError: 'trap', trap: { timeout: 'PT0S' } }),
    'InvalidValue',
    'ops.0.trap.timeout',
  ],
  [
    'a trap whose timeout pauses it',
    withOp({ onError: 'trap', trap: { timeout: 'PT1H', onTimeout: 'pause' } }),
    'InvalidValue',
    'ops.0.trap.onTimeout',
  ],
  [
    'a trap that never tries again',
    withOp({ onError: 'trap', trap: { maxRetries: 0 } }),
    'InvalidValue',
    'ops.0.trap.maxRetries',
  ],
  [
    'a trap that tries 101 times',
    withOp({ onError: 'trap', trap: { maxRetries: 101 } }),
    'InvalidValue',
    'ops.0.trap.maxRetries',
  ],
  [
    'a trap of a rollback that nothing leads to',
    withOp({ rollback: { action: 'log', trap: {} } }),
    'InvalidValue',
    'ops.0.rollback.trap',
  ],
  [
    'a rollback that may fail',
    withOp({ rollback: { action: 'log', onError: 'continue' } }),
    'InvalidValue',
    'ops.0.rollback.onError',
  ],
  ['a pause that is over at once', { ...SPEC, pause: { window: 'PT0S' } }, 'InvalidValue', 'pause.window'],
  ['a pause that knows no window', { ...SPEC, pause: { for: 'PT1H' } }, 'UnknownKey', 'pause'],
  ['an input of more than 64 KB', withOp({ input: text(LIMITS.inputBytes) }), 'InputTooLarge', 'ops.0.input'],
  [
    "a rollback's input of more than 64 KB",
    withOp({ rollback: { action: 'transcode', input: text(LIMITS.inputBytes) } }),
    'InputTooLarge',
    'ops.0.rollback.input',
  ],
];

describe('POST /jobs refuses', () => {
  it.each(SPECS)('%s', async (_name, spec, code, path) => {
    const bench = new ApiBench();
    const problem = await bench.refusal('submit-job', { as: 'admin', body: JSON.stringify(spec) });
    expect(problem).toMatchObject({ code, status: ERRORS[code].status });
    expect(problem.errors).toContainEqual(expect.objectContaining({ code, path }));
    expect(bench.store.heads()).toEqual([]);
    expect(bench.executions.started).toEqual([]);
  });

  it.each(SPECS)('%s in a dry run too', async (_name, spec, code) => {
    const bench = new ApiBench();
    const call = { as: 'admin', body: JSON.stringify(spec), query: 'dryRun=true' } as const;
    expect(await bench.refusal('submit-job', call)).toMatchObject({ code });
  });

  it('a specification of more than 256 KB, by its bytes without white space', async () => {
    const bench = new ApiBench();
    const ops = Array.from({ length: 5 }, (_, index) => ({
      ...TRANSCODE,
      name: `op${index}`,
      input: text(60_000),
    }));
    expect(await bench.refusal('submit-job', { body: withOps(...ops) })).toMatchObject({
      code: 'SpecTooLarge',
      status: 413,
    });
    const spaced = JSON.stringify(SPEC, null, 2).replace('{', `{${' '.repeat(LIMITS.specBytes)}`);
    expect((await bench.call('submit-job', { body: spaced })).status).toBe(201);
  });

  it('a specification that is too large with its defaults only', async () => {
    const ops = Array.from({ length: 500 }, (_, index) => ({
      name: `op${index}`,
      action: 'transcode',
      input: text(420),
      rollback: { action: 'log', input: { message: 'm' } },
    }));
    const bytes = Buffer.byteLength(JSON.stringify(withOps(...ops)));
    expect(bytes).toBeLessThan(LIMITS.specBytes);
    expect(await new ApiBench().refusal('submit-job', { body: withOps(...ops) })).toMatchObject({
      code: 'SpecTooLarge',
    });
  });

  it('several problems at once, each with its code', async () => {
    const problem = await new ApiBench().refusal('submit-job', {
      body: withOps(
        { ...TRANSCODE, name: 'a', action: 'rm' },
        { ...PUBLISH, name: 'a', input: { $from: 'x' } },
      ),
    });
    expect(problem.code).toBe('InvalidInput');
    expect(problem.errors?.map(({ code }) => code).sort()).toEqual([
      'DuplicateOpName',
      'InvalidReference',
      'UnknownAction',
    ]);
  });

  it('a hundred thousand problems with an answer that lists the first', async () => {
    const called = await new ApiBench().call('submit-job', {
      body: withOps(...Array.from({ length: 100_000 }, () => 1).map(Object)),
    });
    const problem = problemSchema.parse(JSON.parse(called.text));
    expect(problem.errors).toHaveLength(50);
    expect(called.text.length).toBeLessThan(20_000);
  });

  it('ten thousand unknown keys with an answer that names the first', async () => {
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, 1]));
    const called = await new ApiBench().call('submit-job', { body: { ...SPEC, ...keys } });
    expect(called.text).toContain('nor 9995 more');
    expect(called.text.length).toBeLessThan(2_000);
  });

  it('an unknown action and lists those that there are', async () => {
    const { detail } = await new ApiBench().refusal('submit-job', { body: withOp({ action: 'rm' }) });
    expect(detail).toContain('fail, log, site-publish, transcode, wait');
  });
});

/** Requests that are wrong whatever the job is: the operator's own job, with its first op running. */
const REQUESTS: readonly [name: string, route: RouteName, call: Call, code: keyof typeof ERRORS][] = [
  ['a query that submitting does not have', 'submit-job', { body: SPEC, query: 'dryrun=true' }, 'UnknownKey'],
  ['a flag that is neither', 'submit-job', { body: SPEC, query: 'dryRun=yes' }, 'InvalidValue'],
  ['a batch that is a list', 'submit-batch', { body: [{ spec: SPEC }] }, 'WrongType'],
  ['a batch without jobs', 'submit-batch', { body: {} }, 'WrongType'],
  ['a batch whose jobs are no list', 'submit-batch', { body: { jobs: { spec: SPEC } } }, 'WrongType'],
  ['a batch of nothing', 'submit-batch', { body: { jobs: [] } }, 'InvalidValue'],
  [
    'a batch of 26 jobs',
    'submit-batch',
    { body: { jobs: Array.from({ length: 26 }, () => ({ spec: SPEC })) } },
    'TooManyJobs',
  ],
  [
    'a batch of more than 2 MB',
    'submit-batch',
    { body: { jobs: [{ spec: SPEC, note: text(LIMITS.batchBytes) }] } },
    'BatchTooLarge',
  ],
  ['a bulk of nothing to do', 'bulk', { body: { filter: { class: 'waiting' } } }, 'InvalidValue'],
  ['a bulk that deletes', 'bulk', { body: { action: 'delete', filter: { class: 'ended' } } }, 'InvalidValue'],
  ['a bulk without a filter', 'bulk', { body: { action: 'cancel' } }, 'WrongType'],
  ['a bulk of everything', 'bulk', { body: { action: 'cancel', filter: {} } }, 'InvalidValue'],
  [
    'a bulk by a cursor',
    'bulk',
    { body: { action: 'cancel', filter: { class: 'waiting', cursor: 'x' } } },
    'UnknownKey',
  ],
  [
    'a bulk cancel with a priority',
    'bulk',
    { body: { action: 'cancel', filter: { class: 'waiting' }, priority: 1 } },
    'UnknownKey',
  ],
  [
    'a bulk without its priority',
    'bulk',
    { body: { action: 'reprioritise', filter: { owner: 'a' } } },
    'WrongType',
  ],
  [
    'a bulk rerun of PRE now',
    'bulk',
    { body: { action: 'rerun', filter: { owner: 'a' }, runNow: true } },
    'InvalidValue',
  ],
  ['an unknown query', 'list-jobs', { query: 'state=RUNNING' }, 'UnknownKey'],
  ['a status that does not exist', 'list-jobs', { query: 'status=running' }, 'InvalidValue'],
  ['a class that does not exist', 'list-jobs', { query: 'class=done' }, 'InvalidValue'],
  ['a project with #', 'list-jobs', { query: { project: 'web#HEAD' } }, 'InvalidName'],
  ['a queue of 129 characters', 'list-jobs', { query: { queue: text(129) } }, 'InvalidName'],
  ['a label without a key', 'list-jobs', { query: 'label=:v' }, 'InvalidValue'],
  ['a limit of 0', 'list-jobs', { query: 'limit=0' }, 'InvalidValue'],
  ['a limit of 101', 'list-jobs', { query: 'limit=101' }, 'InvalidValue'],
  ['a limit that is no number', 'list-jobs', { query: 'limit=1e1' }, 'InvalidValue'],
  ['a limit twice', 'list-jobs', { query: 'limit=1&limit=2' }, 'WrongType'],
  ['a date without its offset', 'list-jobs', { query: 'since=2026-01-01T00:00:00' }, 'InvalidValue'],
  ['a cursor that is none', 'list-jobs', { query: 'cursor=abc' }, 'InvalidCursor'],
  ['a cursor of bytes that are no text', 'list-jobs', { query: 'cursor=_____w' }, 'InvalidCursor'],
  ['an unknown view', 'get-job', { query: 'view=jenkins' }, 'UnknownView'],
  ['an unknown field', 'get-job', { query: 'fields=id,colour' }, 'UnknownField'],
  ['a field of every object', 'get-job', { query: 'fields=constructor' }, 'UnknownField'],
  [
    '51 fields',
    'get-job',
    { query: `fields=${Array.from({ length: 51 }, () => 'id').join(',')}` },
    'InvalidValue',
  ],
  ['a wait of 21 seconds', 'read-journal', { query: 'wait=21' }, 'InvalidValue'],
  ['a negative serial', 'read-journal', { query: 'newerThan=-1' }, 'InvalidValue'],
  ['a limit of 1001', 'read-journal', { query: 'limit=1001' }, 'InvalidValue'],
  ['a cursor that is none', 'list-ops', { query: 'cursor=abc' }, 'InvalidCursor'],
  ['an unknown query', 'list-actions', { query: 'kind=lambda' }, 'UnknownKey'],
  ['a body where there is none', 'get-job', { body: { a: 1 } }, 'UnknownKey'],
  ['an unknown key', 'cancel-job', { body: { Force: true } }, 'UnknownKey'],
  ['a text for a flag', 'cancel-job', { body: { force: 'true' } }, 'WrongType'],
  ['a reason of more than 4 KB', 'cancel-job', { body: { reason: text(4097) } }, 'MessageTooLarge'],
  ['a comment that is no text', 'confirm-job', { body: { comment: 1 } }, 'WrongType'],
  ['a comment of more than 4 KB', 'approve-job', { body: { comment: text(4097) } }, 'MessageTooLarge'],
  ['a comment of more than 4 KB', 'reject-job', { body: { comment: text(4097) } }, 'MessageTooLarge'],
  ['an unknown key', 'reject-job', { body: { reason: 'no' } }, 'UnknownKey'],
  ['a reschedule without a date', 'reschedule-job', { body: {} }, 'WrongType'],
  ['a date without its zone', 'reschedule-job', { body: { at: '2026-12-01T02:00:00' } }, 'InvalidValue'],
  ['a day that no calendar has', 'reschedule-job', { body: { at: '2026-02-30T02:00:00Z' } }, 'InvalidValue'],
  ['a date in 2100', 'reschedule-job', { body: { at: '2100-01-01T00:00:00Z' } }, 'InvalidValue'],
  [
    'a window of no length',
    'reschedule-job',
    { body: { at: '2026-12-01T02:00:00Z', startWithin: 'PT0S' } },
    'InvalidValue',
  ],
  [
    'a window that is no duration',
    'reschedule-job',
    { body: { at: '2026-12-01T02:00:00Z', startWithin: 3600 } },
    'WrongType',
  ],
  ['a rerun from nowhere', 'rerun-job', { body: { from: 'INIT' } }, 'InvalidValue'],
  ['a rerun of PRE now', 'rerun-job', { body: { from: 'PRE', runNow: true } }, 'InvalidValue'],
  ['a rerun from the start now', 'rerun-job', { body: { runNow: true } }, 'InvalidValue'],
  ['a text for a flag', 'rerun-job', { body: { from: 'RUN', runNow: 'yes' } }, 'WrongType'],
  ['an unknown key', 'rerun-job', { body: { step: 'RUN' } }, 'UnknownKey'],
  ['a comment of more than 4 KB', 'rerun-job', { body: { comment: text(4097) } }, 'MessageTooLarge'],
  ['an unknown key', 'roll-back-job', { body: { reason: 'x' } }, 'UnknownKey'],
  ['a comment that is no text', 'pause-job', { body: { comment: 1 } }, 'WrongType'],
  ['an unknown key', 'resume-job', { body: { answer: 'resume' } }, 'UnknownKey'],
  ['an answer that is empty', 'answer-trap', { body: {} }, 'InvalidValue'],
  ['an answer that nobody knows', 'answer-trap', { body: { answer: 'ignore' } }, 'InvalidValue'],
  ['no answer at all', 'answer-trap', {}, 'InvalidValue'],
  [
    'a comment of more than 4 KB',
    'answer-trap',
    { body: { answer: 'skip', comment: text(4097) } },
    'MessageTooLarge',
  ],
  ['an attempt of no number', 'list-ops', { query: 'attempt=first' }, 'InvalidValue'],
  ['an attempt beyond what any job may have', 'list-ops', { query: 'attempt=1001' }, 'InvalidValue'],
  ['no priority', 'change-priority', { body: {} }, 'WrongType'],
  ['a priority out of range', 'change-priority', { body: { priority: -21 } }, 'InvalidValue'],
  ['half a priority', 'change-priority', { body: { priority: 0.5 } }, 'WrongType'],
  ['an op that is no index', 'change-priority', { body: { priority: 1, op: -1 } }, 'InvalidValue'],
  ['a queue with #', 'put-queue', { name: 'a#b', body: {} }, 'InvalidName'],
  ['a queue whose name is still encoded', 'put-queue', { name: 'a%2Fb', body: {} }, 'InvalidName'],
  ['a queue of 129 characters', 'put-queue', { name: text(129), body: {} }, 'InvalidName'],
  ['a queue without a name', 'put-queue', { body: {} }, 'WrongType'],
  ['a queue that runs nothing', 'put-queue', { name: 'a', body: { maxRunning: 0 } }, 'InvalidValue'],
  ['half a job', 'put-queue', { name: 'a', body: { maxAdmitted: 1.5 } }, 'WrongType'],
  ['a queue named twice', 'put-queue', { name: 'a', body: { name: 'b' } }, 'UnknownKey'],
  ['an unknown query', 'list-queues', { query: 'limit=1' }, 'UnknownKey'],
  ['a queue with #', 'list-queues', { query: { name: 'a#b' } }, 'InvalidName'],
  ['a resource without units', 'put-resource', { body: { name: 'a', capacity: 0 } }, 'InvalidValue'],
  ['a resource without a capacity', 'put-resource', { body: { name: 'a' } }, 'WrongType'],
  ['a resource without a name', 'put-resource', { body: { capacity: 1 } }, 'WrongType'],
  ['a resource with #', 'put-resource', { body: { name: 'a#b', capacity: 1 } }, 'InvalidName'],
  [
    'a scope that does not exist',
    'put-resource',
    { body: { name: 'a', capacity: 1, scope: '*' } },
    'InvalidValue',
  ],
  ['a project that is *', 'put-resource', { body: { name: 'a', capacity: 1, project: '*' } }, 'InvalidName'],
  ['a scope that does not exist', 'list-locks', { query: 'scope=*' }, 'InvalidValue'],
  ['a limit of 101', 'list-resources', { query: 'limit=101' }, 'InvalidValue'],
  ['a cursor that is none', 'list-locks', { query: 'cursor=abc' }, 'InvalidCursor'],
  ['a release without a reason', 'release-lock', { body: { name: 'a', jobId: 'x' } }, 'WrongType'],
  [
    'a reason that says nothing',
    'release-lock',
    { body: { name: 'a', jobId: 'x', reason: ' ' } },
    'InvalidValue',
  ],
  [
    'a reason of more than 4 KB',
    'release-lock',
    { body: { name: 'a', jobId: 'x', reason: text(4097) } },
    'MessageTooLarge',
  ],
  ['a note without a comment', 'add-note', { body: {} }, 'WrongType'],
  ['a note that says nothing', 'add-note', { body: { comment: ' \n' } }, 'InvalidValue'],
  ['a note of more than 4 KB', 'add-note', { body: { comment: 'é'.repeat(2049) } }, 'MessageTooLarge'],
  ['an op that is no number', 'complete-op', { index: '1a', body: { attempt: 1, try: 1 } }, 'OpNotFound'],
  [
    'an op that the job does not have',
    'complete-op',
    { index: 2, body: { attempt: 1, try: 1 } },
    'OpNotFound',
  ],
  [
    'a rollback that was not declared',
    'complete-op',
    { index: 3, body: { attempt: 1, try: 1 } },
    'OpNotFound',
  ],
  ['a completion without its try', 'complete-op', { body: { attempt: 1 } }, 'WrongType'],
  ['a completion of try 0', 'complete-op', { body: { attempt: 1, try: 0 } }, 'InvalidValue'],
  ['a completion with a nonce', 'complete-op', { body: { attempt: 1, try: 1, nonce: 'n' } }, 'UnknownKey'],
  [
    'a result of more than 64 KB',
    'complete-op',
    { body: { attempt: 1, try: 1, result: text(LIMITS.resultBytes) } },
    'ResultTooLarge',
  ],
  [
    'a result of more than 256 KB',
    'complete-op',
    { body: { attempt: 1, try: 1, result: text(LIMITS.specBytes) } },
    'ResultTooLarge',
  ],
  ['a failure without an error', 'fail-op', { body: { attempt: 1, try: 1 } }, 'WrongType'],
  [
    'a failure with an unknown key',
    'fail-op',
    { body: { attempt: 1, try: 1, error: { code: 'a', message: 'b', stack: 'c' } } },
    'UnknownKey',
  ],
  [
    'an error code of 129 characters',
    'fail-op',
    { body: { attempt: 1, try: 1, error: { code: text(129), message: 'b' } } },
    'InvalidValue',
  ],
  [
    'an error message of more than 4 KB',
    'fail-op',
    { body: { attempt: 1, try: 1, error: { code: 'a', message: text(4097) } } },
    'MessageTooLarge',
  ],
  [
    'an error detail of more than 4 KB',
    'fail-op',
    { body: { attempt: 1, try: 1, error: { code: 'a', message: 'b', detail: text(4096) } } },
    'MessageTooLarge',
  ],
  ['a heartbeat with a result', 'heartbeat-op', { body: { attempt: 1, try: 1, result: 1 } }, 'UnknownKey'],
  [
    'a log message of more than 4 KB',
    'log-op',
    { body: { attempt: 1, try: 1, message: text(4097) } },
    'MessageTooLarge',
  ],
  ['a log message that is no text', 'log-op', { body: { attempt: 1, try: 1, message: 1 } }, 'WrongType'],
  ['a republish of nothing', 'republish', { body: {} }, 'InvalidValue'],
  ['a republish of half a range', 'republish', { body: { from: '2026-01-01T00:00:00Z' } }, 'InvalidValue'],
  [
    'a republish of a range that ends before it begins',
    'republish',
    { body: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } },
    'InvalidValue',
  ],
  [
    'a republish of a job and a range',
    'republish',
    { body: { jobId: 'x', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' } },
    'InvalidValue',
  ],
  [
    'a republish with a cursor that is none',
    'republish',
    { body: { project: 'web', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', cursor: 'abc' } },
    'InvalidCursor',
  ],
];

describe('every route refuses', () => {
  it.each(REQUESTS)('%s: %s', async (_name, route, call, code) => {
    const bench = new ApiBench();
    const id = await bench.submit();
    await bench.perform(id, 0);
    const problem = await bench.refusal(route, { as: ADMIN_OF_WEB, id, index: 0, ...call });
    expect(problem).toMatchObject({ code, status: ERRORS[code].status });
  });
});

/** One project only, so that no request has to name it. */
const ADMIN_OF_WEB = { username: 'ada', 'cognito:groups': ['web:admin'] };
