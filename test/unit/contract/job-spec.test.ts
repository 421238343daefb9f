import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobSpecSchema, nameSchema } from '../../../core/contract/job-spec.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import { parseInput } from '../../../core/contract/parse-input.ts';

const OP = { name: 'one', action: 'build' };
const PLAIN = { name: 'publish-site', project: 'web', ops: [OP] };

/** Where and with which code a specification is refused; none if it is not. */
function problems(spec: unknown): readonly string[] {
  const parsed = parseInput(jobSpecSchema, spec);
  return parsed.ok ? [] : (parsed.refusal.errors ?? []).map(({ path, code }) => `${path} ${code}`);
}

const withOp = (op: object) => ({ ...PLAIN, ops: [{ ...OP, ...op }] });

describe('a job specification', () => {
  it('gets its defaults', () => {
    expect(jobSpecSchema.parse(PLAIN)).toEqual({
      name: 'publish-site',
      project: 'web',
      queue: 'default',
      priority: 0,
      labels: {},
      hold: false,
      dependsOn: [],
      locks: [],
      resources: [],
      pause: { window: 'P1D' },
      rerunPolicy: 'permitted',
      rollback: { onFailure: true, onCancel: true },
      retention: 'P30D',
      ops: [{ name: 'one', action: 'build', step: 'RUN', input: {}, onError: 'fail' }],
    });
  });

  it('gets the defaults of a retry policy and of a rollback', () => {
    const { ops } = jobSpecSchema.parse(withOp({ retry: {}, rollback: { action: 'undo' } }));
    expect(ops[0]).toMatchObject({
      retry: { maxAttempts: 1, interval: 'PT5S', backoff: 2, maxInterval: 'PT5M' },
      rollback: { action: 'undo', input: {}, when: 'completed' },
    });
  });

  it.each([
    [{ ...PLAIN, rolback: {} }, ' UnknownKey'],
    [withOp({ retires: 3 }), 'ops.0 UnknownKey'],
    [withOp({ rollback: { action: 'undo', undo: true } }), 'ops.0.rollback UnknownKey'],
    [withOp({ retry: { attempts: 3 } }), 'ops.0.retry UnknownKey'],
    [{ ...PLAIN, rollback: { onFail: false } }, 'rollback UnknownKey'],
    [withOp({ functionArn: 'arn:aws:lambda:…' }), 'ops.0 UnknownKey'],
  ])('refuses a key it does not know, rather than ignore it', (spec, problem) => {
    expect(problems(spec)).toEqual([problem]);
  });

  it.each([
    [null, ' WrongType'],
    [[], ' WrongType'],
    [{ ...PLAIN, name: 7 }, 'name WrongType'],
    [{ ...PLAIN, ops: {} }, 'ops WrongType'],
    [{ ...PLAIN, priority: '0' }, 'priority WrongType'],
    [{ ...PLAIN, labels: { site: 7 } }, 'labels.site WrongType'],
  ])('refuses a value of the wrong type', (spec, problem) => {
    expect(problems(spec)).toEqual([problem]);
  });

  it('refuses a job without a name, a project or any op', () => {
    expect(problems({ ops: [OP] })).toEqual(['name WrongType', 'project WrongType']);
    expect(problems({ ...PLAIN, ops: [] })).toEqual(['ops InvalidValue']);
  });

  it.each([
    [-20, []],
    [19, []],
    [-21, ['priority InvalidValue']],
    [20, ['priority InvalidValue']],
  ])('takes priorities from -20 to 19: %i', (priority, wanted) => {
    expect(problems({ ...PLAIN, priority })).toEqual(wanted);
  });

  it('takes 500 ops and not one more', () => {
    const ops = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...OP, name: `op-${index}` }));
    expect(problems({ ...PLAIN, ops: ops(500) })).toEqual([]);
    expect(problems({ ...PLAIN, ops: ops(501) })).toEqual(['ops TooManyOps']);
  });

  it('takes 10 labels and not one more', () => {
    const labels = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, 'v']));
    expect(problems({ ...PLAIN, labels: labels(10) })).toEqual([]);
    expect(problems({ ...PLAIN, labels: labels(11) })).toEqual(['labels TooManyLabels']);
  });

  it('takes labels of 256 characters without control characters', () => {
    const labelled = (site: string) => problems({ ...PLAIN, labels: { site } });
    expect(labelled('é'.repeat(256))).toEqual([]);
    expect(labelled('x'.repeat(257))).toEqual(['labels.site InvalidValue']);
    expect(labelled('a\u0000b')).toEqual(['labels.site InvalidValue']);
    expect(labelled('a\nb')).toEqual(['labels.site InvalidValue']);
    expect(problems({ ...PLAIN, labels: { 'my label': 'v' } })).toEqual(['labels.my label InvalidName']);
  });

  it('takes 100 tries of an op and not one more', () => {
    expect(problems(withOp({ retry: { maxAttempts: 100 } }))).toEqual([]);
    expect(problems(withOp({ retry: { maxAttempts: 101 } }))).toEqual([
      'ops.0.retry.maxAttempts InvalidValue',
    ]);
    expect(problems(withOp({ retry: { maxAttempts: 0 } }))).toEqual(['ops.0.retry.maxAttempts InvalidValue']);
    expect(problems(withOp({ retry: { maxAttempts: 1.5 } })).length).toBeGreaterThan(0);
  });

  it.each(['timeout', 'heartbeat'])('takes a %s from one second to a year', (clock) => {
    const refused = (duration: string) => problems(withOp({ [clock]: duration })).length > 0;
    expect(['PT1S', 'P365D'].map(refused)).toEqual([false, false]);
    expect(['PT0S', 'P365DT1S', 'P1M', 'P1Y', 'PT'].map(refused)).toEqual([true, true, true, true, true]);
  });

  it('wants a heartbeat shorter than the timeout', () => {
    const clocks = (heartbeat: string) => problems(withOp({ timeout: 'PT1M', heartbeat }));
    expect(clocks('PT59S')).toEqual([]);
    expect(clocks('PT60S')).toEqual(['ops.0.heartbeat InvalidValue']);
    expect(clocks('PT2M')).toEqual(['ops.0.heartbeat InvalidValue']);
    const rollback = { action: 'undo', timeout: 'PT1M', heartbeat: 'PT1M' };
    expect(problems(withOp({ rollback }))).toEqual(['ops.0.rollback.heartbeat InvalidValue']);
  });

  it('names everything that is wrong at once', () => {
    const spec = { name: 'no good', project: 'web', ops: [{ ...OP, name: 'a.b', step: 'CHECK' }] };
    expect(problems(spec)).toEqual(['name InvalidName', 'ops.0.name InvalidName', 'ops.0.step InvalidValue']);
  });
});

describe('an op of children', () => {
  const STEP = { name: 'step', action: 'build' };
  const JOB = { name: 'child', ops: [STEP] };
  const all = (children: object = {}, op: object = {}) => ({
    ...PLAIN,
    ops: [{ name: 'all', ...op, children: { items: [1], job: JOB, ...children } }],
  });
  const messages = (spec: unknown) => {
    const parsed = parseInput(jobSpecSchema, spec);
    return parsed.ok ? [] : (parsed.refusal.errors ?? []).map(({ message }) => message);
  };

  it('gets its defaults, and those of the job that each child is', () => {
    expect(jobSpecSchema.parse(all()).ops[0]).toEqual({
      name: 'all',
      step: 'RUN',
      action: 'children',
      input: {},
      onError: 'fail',
      children: {
        items: [1],
        onChildFailure: 'continue',
        job: {
          name: 'child',
          queue: 'default',
          priority: 0,
          labels: {},
          hold: false,
          locks: [],
          resources: [],
          pause: { window: 'P1D' },
          rerunPolicy: 'permitted',
          rollback: { onFailure: true, onCancel: true },
          ops: [{ ...STEP, step: 'RUN', input: {}, onError: 'fail' }],
        },
      },
    });
  });

  it('is the same once it is stored: its parse changes nothing more', () => {
    const nested = all({
      job: { ...JOB, ops: [STEP, { name: 'deep', children: { items: { $item: 'x' }, job: JOB } }] },
    });
    const once = jobSpecSchema.parse(nested);
    expect(jobSpecSchema.parse(once)).toEqual(once);
  });

  it('takes an op’s own timeout, retries, trap and policy', () => {
    expect(
      problems(all({}, { timeout: 'PT1H', retry: { maxAttempts: 2 }, onError: 'trap', trap: {} })),
    ).toEqual([]);
    expect(
      problems(all({ concurrency: 10_000, onChildFailure: 'cancelRest', tolerate: { count: 0 } })),
    ).toEqual([]);
  });

  it.each([
    [all({}, { action: 'build' }), 'ops.0.action InvalidValue'],
    [{ ...PLAIN, ops: [{ name: 'all' }] }, 'ops.0.action InvalidValue'],
    [{ ...PLAIN, ops: [{ name: 'all', action: 'children' }] }, 'ops.0.action InvalidValue'],
    [all({}, { heartbeat: 'PT1M' }), 'ops.0.children InvalidValue'],
    [all({}, { rollback: { action: 'undo' } }), 'ops.0.children InvalidValue'],
    [all({ childs: 1 }), 'ops.0.children UnknownKey'],
    [all({ job: { ...JOB, retention: 'P1D' } }), 'ops.0.children.job UnknownKey'],
    [all({ job: { ...JOB, dependsOn: [] } }), 'ops.0.children.job UnknownKey'],
    [all({ job: { ...JOB, locks: [{ name: 'a', modus: 1 }] } }), 'ops.0.children.job.locks.0 UnknownKey'],
    [all({ concurrency: 0 }), 'ops.0.children.concurrency InvalidValue'],
    [all({ concurrency: 10_001 }), 'ops.0.children.concurrency InvalidValue'],
    [all({ tolerate: {} }), 'ops.0.children.tolerate InvalidValue'],
  ])('is refused where it says it wrongly: %#', (spec, problem) => {
    expect(problems(spec)).toContain(problem);
  });

  it('is told what it lacks in words', () => {
    expect(messages({ ...PLAIN, ops: [{ name: 'all' }] })).toEqual([
      "must have either an 'action' or 'children'",
    ]);
    expect(messages(all({}, { action: 'build' }))).toEqual(["must have either an 'action' or 'children'"]);
    expect(messages(all({}, { heartbeat: 'PT1M' }))).toEqual([
      'takes no rollback and no heartbeat: completed children are undone by their own rollbacks',
    ]);
  });

  it('names its children by a text or by their item, and by nothing else', () => {
    const named = (name: unknown) => problems(all({ job: { ...JOB, name } }));
    expect(named('child/1')).toEqual([]);
    expect(named({ $item: 'name' })).toEqual([]);
    for (const name of [7, null, '', 'a#b', {}, { $item: 7 }, { $from: 'ops.one.result' }, ['a']]) {
      const found = named(name);
      expect(found, JSON.stringify(name)).not.toEqual([]);
      expect(found.every((problem) => problem.startsWith('ops.0.children.job.name'))).toBe(true);
    }
  });
});

describe('the conditions of a start', () => {
  const AT = '2026-12-01T02:00:00Z';
  const ID = '01KAQ3R8ZZ0000000000000001';
  const APPROVERS = ['user:grace', 'group:release-managers'];

  it('get their defaults', () => {
    const spec = jobSpecSchema.parse({
      ...PLAIN,
      schedule: { at: AT },
      approval: { approvers: APPROVERS },
      dependsOn: [{ job: ID }],
      locks: [{ name: 'site/docs' }],
      resources: [{ name: 'transcoder' }],
    });
    expect(spec).toMatchObject({
      schedule: { at: AT, startWithin: 'P1D' },
      approval: { approvers: APPROVERS, window: 'P1D', allowOwner: false },
      dependsOn: [{ job: ID, outcomes: ['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS'], otherwise: 'fail' }],
      locks: [{ name: 'site/docs', mode: 'exclusive', scope: 'project' }],
      resources: [{ name: 'transcoder', units: 1, scope: 'project' }],
    });
  });

  it.each([
    [{ schedule: { at: AT, expiry: 'PT1H' } }, 'schedule UnknownKey'],
    [{ approval: { approvers: APPROVERS, quorum: 2 } }, 'approval UnknownKey'],
    [{ dependsOn: [{ job: ID, status: 'x' }] }, 'dependsOn.0 UnknownKey'],
    [{ locks: [{ name: 'a', exclusive: true }] }, 'locks.0 UnknownKey'],
    [{ resources: [{ name: 'a', count: 2 }] }, 'resources.0 UnknownKey'],
  ])('refuse a key they do not know: %j', (keys, problem) => {
    expect(problems({ ...PLAIN, ...keys })).toEqual([problem]);
  });

  it.each([
    ['2026-12-01T02:00:00Z', []],
    ['2026-12-01T02:00:00.123Z', []],
    ['2026-12-01T02:00:00+05:30', []],
    ['1969-07-20T20:17:40Z', []],
    ['2028-02-29T00:00:00Z', []],
    ['2026-12-01T02:00:00', ['schedule.at InvalidValue']],
    ['2026-12-01', ['schedule.at InvalidValue']],
    ['2026-02-30T00:00:00Z', ['schedule.at InvalidValue']],
    ['2026-02-29T00:00:00Z', ['schedule.at InvalidValue']],
    ['2026-12-01T25:00:00Z', ['schedule.at InvalidValue']],
    ['9999-12-31T00:00:00Z', ['schedule.at InvalidValue']],
    ['2100-01-01T00:00:00Z', ['schedule.at InvalidValue']],
    ['tomorrow', ['schedule.at InvalidValue']],
    ['', ['schedule.at InvalidValue']],
    [1_795_426_200_000, ['schedule.at WrongType']],
    [null, ['schedule.at WrongType']],
  ])('take a date with its zone that a calendar has: %s', (at, wanted) => {
    expect([...new Set(problems({ ...PLAIN, schedule: { at } }))]).toEqual(wanted);
  });

  it.each([
    ['PT1S', []],
    ['P100D', []],
    ['PT0S', ['InvalidValue']],
    ['P1M', ['InvalidValue']],
    ['soon', ['InvalidValue']],
  ])('take windows of at least a second: %s', (duration, wanted) => {
    const codes = (path: string, spec: object) =>
      expect([...new Set(problems({ ...PLAIN, ...spec }))]).toEqual(wanted.map((code) => `${path} ${code}`));
    codes('schedule.startWithin', { schedule: { startWithin: duration } });
    codes('approval.window', { approval: { approvers: APPROVERS, window: duration } });
  });

  it.each([
    [[], 'approval.approvers InvalidValue'],
    [['grace'], 'approval.approvers.0 InvalidValue'],
    [['group:'], 'approval.approvers.0 InvalidValue'],
    [['user:'], 'approval.approvers.0 InvalidValue'],
    [['role:admin'], 'approval.approvers.0 InvalidValue'],
    [[`user:${'x'.repeat(252)}`], 'approval.approvers.0 InvalidValue'],
    [Array.from({ length: 21 }, (_, index) => `user:u${index}`), 'approval.approvers InvalidValue'],
  ])('name somebody who can approve: %j', (approvers, problem) => {
    expect(problems({ ...PLAIN, approval: { approvers } })).toEqual([problem]);
  });

  it.each([0, -1, 1.5, 1_000_000_001])('want whole units, at least one: %d', (units) => {
    const found = problems({ ...PLAIN, resources: [{ name: 'transcoder', units }] });
    expect(found.map((problem) => problem.split(' ')[0])).toEqual(['resources.0.units']);
  });

  it.each([
    [{ locks: [{ name: 'a', mode: 'write' }] }, 'locks.0.mode InvalidValue'],
    [{ locks: [{ name: 'a', scope: 'media' }] }, 'locks.0.scope InvalidValue'],
    [{ locks: [{ name: 'a b' }] }, 'locks.0.name InvalidName'],
    [{ dependsOn: [{ job: 'latest' }] }, 'dependsOn.0.job InvalidValue'],
    [{ dependsOn: [{ job: ID, outcomes: [] }] }, 'dependsOn.0.outcomes InvalidValue'],
    [{ dependsOn: [{ job: ID, outcomes: ['RUNNING'] }] }, 'dependsOn.0.outcomes.0 InvalidValue'],
    [{ dependsOn: [{ job: ID, otherwise: 'wait' }] }, 'dependsOn.0.otherwise InvalidValue'],
    [{ hold: 'yes' }, 'hold WrongType'],
  ])('take only what is there to be chosen: %j', (keys, problem) => {
    expect(problems({ ...PLAIN, ...keys })).toEqual([problem]);
  });

  it('take 20 dependencies and not one more', () => {
    const dependsOn = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ job: `01KAQ3R8ZZ${String(index).padStart(16, '0')}` }));
    expect(problems({ ...PLAIN, dependsOn: dependsOn(20) })).toEqual([]);
    expect(problems({ ...PLAIN, dependsOn: dependsOn(21) })).toEqual(['dependsOn TooManyDependencies']);
  });

  it('take a priority of an op’s own from -20 to 19', () => {
    const refused = (priority: number) => problems(withOp({ priority })).length > 0;
    expect([-21, -20, 19, 20].map(refused)).toEqual([true, false, false, true]);
  });
});

describe('a trap', () => {
  const ofOp = (trap: object) => ({ onError: 'trap', trap });
  const ofRollback = (call: object) => ({ rollback: { action: 'undo', ...call } });

  it('aborts, three times at the most tried again, where it says no more', () => {
    const spec = jobSpecSchema.parse(withOp({ ...ofOp({}), ...ofRollback(ofOp({ timeout: 'PT1H' })) }));
    expect(spec.ops[0]).toMatchObject({
      trap: { onTimeout: 'abort', maxRetries: 3 },
      rollback: { onError: 'trap', trap: { timeout: 'PT1H', onTimeout: 'abort', maxRetries: 3 } },
    });
  });

  it('goes only with onError trap, of an op as of a rollback', () => {
    expect(problems(withOp({ onError: 'trap' }))).toEqual([]);
    expect(problems(withOp({ trap: {} }))).toEqual(['ops.0.trap InvalidValue']);
    expect(problems(withOp({ onError: 'continue', trap: {} }))).toEqual(['ops.0.trap InvalidValue']);
    expect(problems(withOp(ofRollback({ trap: {} })))).toEqual(['ops.0.rollback.trap InvalidValue']);
  });

  it.each([
    [{ timeout: 'PT1S' }, []],
    [{ timeout: 'P400D' }, []],
    [{ timeout: 'PT0S' }, ['timeout InvalidValue']],
    [{ timeout: 'P1M' }, ['timeout InvalidValue']],
    [{ onTimeout: 'skip' }, []],
    [{ onTimeout: 'retry', maxRetries: 100 }, []],
    [{ onTimeout: 'pause' }, ['onTimeout InvalidValue']],
    [{ maxRetries: 0 }, ['maxRetries InvalidValue']],
    [{ maxRetries: 101 }, ['maxRetries InvalidValue']],
    [{ answer: 'skip' }, [' UnknownKey']],
  ])('takes a timeout, and what that answers: %j', (trap, wanted) => {
    const found = [...new Set(problems(withOp(ofOp(trap))))];
    expect(found).toEqual(
      wanted.map((problem) => `ops.0.trap${problem.startsWith(' ') ? '' : '.'}${problem}`),
    );
  });

  it('is all that a rollback may be beside failing', () => {
    const rulings = ['fail', 'trap', 'continue', 'finish'].map((onError) =>
      problems(withOp(ofRollback({ onError }))),
    );
    const refused = ['ops.0.rollback.onError InvalidValue'];
    expect(rulings).toEqual([[], [], refused, refused]);
  });
});

describe('a pause', () => {
  it.each([
    ['PT1S', []],
    ['P100D', []],
    ['PT0S', ['pause.window InvalidValue']],
    ['soon', ['pause.window InvalidValue']],
  ])('has a window of at least a second: %s', (window, wanted) => {
    expect([...new Set(problems({ ...PLAIN, pause: { window } }))]).toEqual(wanted);
  });

  it('has a window of a day where none is said', () => {
    expect(jobSpecSchema.parse({ ...PLAIN, pause: {} }).pause).toEqual({ window: 'P1D' });
  });
});

describe('a name', () => {
  const isName = (text: string) => nameSchema.safeParse(text).success;

  it('has 1 to 128 letters, digits, dots, underscores, slashes and dashes', () => {
    expect(['a', 'A-z_0.9/x', 'x'.repeat(LIMITS.nameCharacters)].map(isName)).toEqual([true, true, true]);
    expect(['', 'x'.repeat(LIMITS.nameCharacters + 1)].map(isName)).toEqual([false, false]);
  });

  it('holds nothing that a key, a log line or a path is built with', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        if (isName(text)) expect(text).toMatch(/^[A-Za-z0-9._/-]{1,128}$/);
      }),
    );
    for (const text of ['a#b', 'a b', 'a\n', 'a"b', 'é', 'a:b', 'a*']) expect(isName(text)).toBe(false);
  });

  it('of an op has no dot, by which references separate their parts', () => {
    expect(problems(withOp({ name: 'a.b' }))).toEqual(['ops.0.name InvalidName']);
    expect(problems(withOp({ name: 'a/b' }))).toEqual([]);
  });
});
