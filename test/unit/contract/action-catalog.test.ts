import { describe, expect, it } from 'vitest';
import { actionProblems, type CatalogEntry } from '../../../core/contract/action-catalog.ts';
import { CATALOG, specOf } from '../../support/job-run.ts';

const problems = (...ops: readonly object[]) =>
  actionProblems(specOf(ops.map((op, index) => ({ name: `op-${index}`, ...op }))), CATALOG).map(
    ({ path, code }) => `${path} ${code}`,
  );

describe('the actions of a specification', () => {
  it('are registered ones, in rollbacks too', () => {
    expect(problems({}, { action: 'hand', rollback: { action: 'build' } })).toEqual([]);
    expect(problems({ action: 'nowhere' }, { rollback: { action: 'neither' } })).toEqual([
      'ops.0.action UnknownAction',
      'ops.1.rollback.action UnknownAction',
    ]);
  });

  it('are named when one is not found', () => {
    const [problem] = actionProblems(specOf([{ name: 'one', action: 'nowhere' }]), CATALOG);
    expect(problem?.message).toBe(
      "there is no action 'nowhere'; the actions are build, fail, hand, log, wait",
    );
  });

  it('take any input when they are a team’s own', () => {
    expect(problems({ input: [1, { a: null }] }, { action: 'hand', input: 'text' })).toEqual([]);
  });

  it('take a message, literal or referred to, when they log', () => {
    expect(problems({ action: 'log', input: { message: 'hi' } })).toEqual([]);
    expect(problems({ action: 'log', input: { message: { $from: 'ops.a.result' } } })).toEqual([]);
    expect(problems({ action: 'log' })).toEqual(['ops.0.input.message InvalidActionInput']);
    expect(problems({ action: 'log', input: { message: 7 } })).toEqual([
      'ops.0.input.message InvalidActionInput',
    ]);
    expect(problems({ action: 'log', input: { message: 'hi', level: 'info' } })).toEqual([
      'ops.0.input InvalidActionInput',
    ]);
  });

  it.each([0, -1, 1.5, '30', 31_536_001, { $from: 'ops.a.result' }])(
    'do not wait for %j seconds: whole ones, literal, up to a year',
    (seconds) => {
      expect(problems({ action: 'wait', input: { seconds } })).toEqual([
        'ops.0.input.seconds InvalidActionInput',
      ]);
    },
  );

  it.each([{ timeout: 'PT1M' }, { heartbeat: 'PT1M' }])('wait by their own clock and take no %j', (clock) => {
    const wait = { action: 'wait', input: { seconds: 30 } };
    expect(problems(wait)).toEqual([]);
    expect(problems({ ...wait, ...clock })).toEqual(['ops.0 InvalidActionInput']);
    expect(problems({ rollback: { ...wait, ...clock } })).toEqual(['ops.0.rollback InvalidActionInput']);
  });

  it('fail with a code that is a name', () => {
    expect(problems({ action: 'fail', input: { code: 'Busy' } })).toEqual([]);
    expect(problems({ action: 'fail', input: { code: 'not a name' } })).toEqual([
      'ops.0.input.code InvalidActionInput',
    ]);
    expect(problems({ action: 'fail' })).toEqual(['ops.0.input.code InvalidActionInput']);
  });

  it('ask only hosts that are listed, as far as that is known before', () => {
    const catalog = new Map<string, CatalogEntry>([
      ...CATALOG,
      ['fetch', { kind: 'http', http: { hosts: ['api.example.com'], methods: ['GET'] } }],
      ['sign', { kind: 'manual' }],
      ['render', { kind: 'ecsTask' }],
    ]);
    const found = (input: unknown) =>
      actionProblems(specOf([{ name: 'a', action: 'fetch', input }]), catalog).map(
        ({ path, code }) => `${path} ${code}`,
      );
    expect(found({ url: 'https://api.example.com/a' })).toEqual([]);
    expect(found({ url: { $from: 'ops.a.result' } })).toEqual([]);
    expect(found({ url: 'https://127.0.0.1/' })).toEqual(['ops.0.input.url InvalidActionInput']);
    expect(found({ url: 'https://api.example.com/', method: 'POST' })).toEqual([
      'ops.0.input.method InvalidActionInput',
    ]);
    expect(found('https://api.example.com/')).toEqual(['ops.0.input InvalidActionInput']);
    for (const action of ['sign', 'render']) {
      expect(actionProblems(specOf([{ name: 'a', action, input: 7 }]), catalog)).toEqual([]);
    }
  });
});
