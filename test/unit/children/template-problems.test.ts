import { describe, expect, it } from 'vitest';
import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import { checkSpec } from '../../../core/usecases/submit-job.ts';
import { CATALOG } from '../../support/job-run.ts';

const STEP = { name: 'step', action: 'build' };

function childrenOf(job: object = {}, rest: object = {}): object {
  return { name: 'all', children: { items: [1, 2], job: { name: 'child', ops: [STEP], ...job }, ...rest } };
}

const withOps = (...ops: readonly object[]) => ({ name: 'parent', project: 'web', ops });

/** Where and with which code a specification is refused; none if it is not. */
function problems(spec: object): readonly string[] {
  const refused = checkSpec({ catalog: CATALOG }, jobSpecSchema.parse(spec));
  return refused === null ? [] : (refused.refusal.errors ?? []).map(({ path, code }) => `${path} ${code}`);
}

/** A job with children that have children, so many levels down. */
function deep(levels: number): object {
  let job: object = { ops: [STEP] };
  for (let level = 1; level < levels; level += 1) job = { ops: [childrenOf(job)] };
  return withOps(childrenOf(job));
}

describe('a specification with children', () => {
  it('is accepted where its template is a specification itself', () => {
    const job = {
      name: { $item: 'name' },
      locks: [{ name: { $item: 'site' } }],
      ops: [STEP, { name: 'next', action: 'build', input: { from: { $from: 'ops.step.result' } } }],
    };
    expect(problems(withOps(STEP, childrenOf(job, { items: { $from: 'ops.step.result.sites' } })))).toEqual(
      [],
    );
  });

  it(`has children ${LIMITS.familyDepth} levels down and no deeper`, () => {
    expect(problems(deep(5))).toEqual([]);
    const path = Array.from({ length: 6 }, () => 'ops.0.children').join('.job.');
    expect(problems(deep(6))).toEqual([`${path} FamilyTooDeep`]);
  });

  it('has 10,000 children of an op and not one more', () => {
    const items = (count: number) =>
      withOps(childrenOf({}, { items: Array.from({ length: count }, () => 1) }));
    expect(problems(items(10_000))).toEqual([]);
    expect(problems(items(10_001))).toEqual(['ops.0.children.items TooManyChildren']);
  });

  it.each([['text'], [7], [null], [true]])('has a list of items, or what becomes one: %j', (items) => {
    expect(problems(withOps(childrenOf({}, { items })))).toEqual(['ops.0.children.items InvalidValue']);
  });

  it.each([
    ['a reference that is none', { items: { from: 'ops.one.result' } }, 'ops.0.children.items InvalidValue'],
    [
      'a reference to no op',
      { items: { $from: 'ops.nobody.result' } },
      'ops.0.children.items UnknownReference',
    ],
    [
      'a reference to itself',
      { items: { $from: 'ops.all.result' } },
      'ops.0.children.items ForwardReference',
    ],
    ['a reference in an item', { items: [{ $from: 'all' }] }, 'ops.0.children.items.0 InvalidReference'],
  ])('refers to its items as inputs do: %s', (_what, rest, problem) => {
    expect(problems(withOps(childrenOf({}, rest)))).toEqual([problem]);
  });
});

describe('what is wrong with a template is told by its path', () => {
  const at = (path: string) => `ops.0.children.job.${path}`;

  it.each([
    ['an unknown action', { ops: [{ ...STEP, action: 'nobody' }] }, at('ops.0.action UnknownAction')],
    [
      'an unknown action of a rollback',
      { ops: [{ ...STEP, rollback: { action: 'nobody' } }] },
      at('ops.0.rollback.action UnknownAction'),
    ],
    [
      'ops out of order',
      { ops: [STEP, { ...STEP, name: 'pre', step: 'PRE' }] },
      at('ops.1.step OpsOutOfOrder'),
    ],
    ['two ops of one name', { ops: [STEP, STEP] }, at('ops.1.name DuplicateOpName')],
    [
      'a reference to an op of the parent',
      { ops: [{ ...STEP, input: { $from: 'ops.all.result' } }] },
      at('ops.0.input UnknownReference'),
    ],
    ['a lock twice', { locks: [{ name: 'b' }, { name: 'b' }] }, at('locks.1 DuplicateLock')],
    ['a resource twice', { resources: [{ name: 'b' }, { name: 'b' }] }, at('resources.1 DuplicateResource')],
    [
      '21 locks',
      { locks: Array.from({ length: 21 }, (_, index) => ({ name: `l${index}` })) },
      at('locks TooManyLocks'),
    ],
    [
      'half an item reference',
      { ops: [{ ...STEP, input: { a: { $item: 'x', b: 1 } } }] },
      at('ops.0.input.a InvalidItem'),
    ],
    [
      'an item reference of a rollback that is none',
      { ops: [{ ...STEP, rollback: { action: 'build', input: [{ $item: 1 }] } }] },
      at('ops.0.rollback.input.0 InvalidItem'),
    ],
    [
      'an input that a built-in action does not take',
      { ops: [{ ...STEP, action: 'log', input: { text: 'x' } }] },
      at('ops.0.input.message InvalidActionInput'),
    ],
  ])('%s', (_what, job, problem) => {
    expect(problems(withOps(childrenOf(job)))).toContain(problem);
  });

  it('however deep it is', () => {
    const job = { ops: [childrenOf({ ops: [{ ...STEP, action: 'nobody' }] })] };
    expect(problems(withOps(STEP, childrenOf(job)))).toEqual([
      'ops.1.children.job.ops.0.children.job.ops.0.action UnknownAction',
    ]);
  });

  it('and once', () => {
    const spec = withOps(
      childrenOf({ ops: [{ ...STEP, action: 'nobody' }], locks: [{ name: 'a' }, { name: 'a' }] }),
    );
    expect(problems(spec)).toHaveLength(2);
  });

  it('and not where the item says it', () => {
    const said = { name: 'say', action: 'log', input: { message: { $item: 'text' } } };
    expect(problems(withOps(childrenOf({ ops: [said] })))).toEqual([]);
    expect(problems(withOps(childrenOf({ ops: [{ ...said, input: { $item: '' } }] })))).toEqual([]);
  });
});

describe('a template that asks for locks', () => {
  const asked = (parent: object, job: object) => problems({ ...withOps(childrenOf(job)), ...parent });
  const locks = (name: unknown, rest: object = {}) => ({ locks: [{ name, ...rest }] });

  it('behind what its parent holds is accepted', () => {
    expect(asked(locks('a'), locks('b'))).toEqual([]);
    expect(asked(locks('a'), locks('a'))).toEqual([]);
    expect(asked(locks('b'), locks({ $item: 'x' }))).toEqual([]);
  });

  it('before it, or of a stronger mode, or more units, is refused at once', () => {
    expect(asked(locks('b'), locks('a'))).toEqual(['ops.0.children.job.locks LockOrder']);
    expect(asked(locks('a', { mode: 'shared' }), locks('a'))).toEqual(['ops.0.children.job.locks LockOrder']);
    const units = (count: number) => ({ resources: [{ name: 'r', units: count }] });
    expect(asked(units(1), units(2))).toEqual(['ops.0.children.job.resources LockOrder']);
  });

  it('is held against all that are above it', () => {
    const job = { ops: [childrenOf(locks('b'))] };
    const path = 'ops.0.children.job.ops.0.children.job.locks';
    expect(asked(locks('c'), job)).toEqual([`${path} LockOrder`]);
    expect(asked({}, { ...job, ...locks('c') })).toEqual([`${path} LockOrder`]);
    expect(asked(locks('b'), job)).toEqual([]);
  });
});
