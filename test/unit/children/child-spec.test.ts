import { describe, expect, it } from 'vitest';
import { type ChildSpec, childSpec, newChildSpec } from '../../../core/children/child-spec.ts';
import { groupSemaphore } from '../../../core/children/group.ts';
import type { JobSpec } from '../../../core/contract/job-spec.ts';
import { needsOf } from '../../../core/job/needs.ts';
import type { Json } from '../../../core/op/references.ts';
import { textOfKey } from '../../../core/semaphore/semaphore.ts';
import { RUN_ID, specOf } from '../../support/job-run.ts';

const OP = { name: 'step', action: 'build' };
const PLACE = { id: RUN_ID, attempt: 2, op: 0, try: 3, child: 5, depth: 1 };

/** A parent whose only op has such children. */
function parentOf(job: object, parent: object = {}, op: object = {}, children: object = {}): JobSpec {
  return specOf(
    [{ name: 'all', ...op, children: { items: [], job: { name: 'child', ops: [OP], ...job }, ...children } }],
    parent,
  );
}

/** The child of an item, of which there must be one. */
function made(parent: JobSpec, item: Json, place = PLACE): JobSpec {
  const child = childSpec(parent, { parent: place, item });
  if (!child.ok) throw new Error(child.message);
  return child.spec;
}

function refusedBy(child: ChildSpec): string {
  return child.ok ? 'nothing' : child.code;
}

const lockText = (name: string, scope = 'web') => textOfKey({ scope, kind: 'lock', name });
const resourceText = (name: string) => textOfKey({ scope: 'web', kind: 'resource', name });

describe('the specification of a child', () => {
  it('is its template, with the project and the retention of its parent', () => {
    const job = { queue: 'slow', priority: 3, labels: { a: 'b' }, rerunPolicy: 'strict', hold: true };
    const spec = made(parentOf(job, { project: 'media', retention: 'P7D' }), 'eu');
    expect(spec).toEqual({
      ...specOf([OP], { ...job, name: 'child', project: 'media', retention: 'P7D' }),
      family: { inherited: {} },
    });
  });

  it('takes its item in every place that may name one', () => {
    const item = { name: 'site/eu', n: 7, text: 'hello', list: [1, 2] };
    const $ = (path: string) => ({ $item: path });
    const spec = made(
      parentOf({
        name: $('name'),
        queue: $('name'),
        labels: { site: $('text'), fixed: 'x' },
        locks: [{ name: $('name'), mode: 'shared' }],
        resources: [{ name: $('name'), units: 2 }],
        ops: [
          {
            ...OP,
            input: { deep: [$('n'), { deeper: $('text') }] },
            rollback: { action: 'undo', input: { back: $('n') } },
          },
          { name: 'nested', children: { items: $('list'), job: { name: 'grandchild', ops: [OP] } } },
        ],
      }),
      item,
    );
    expect(spec).toMatchObject({
      name: 'site/eu',
      queue: 'site/eu',
      labels: { site: 'hello', fixed: 'x' },
      locks: [{ name: 'site/eu', mode: 'shared' }],
      resources: [{ name: 'site/eu', units: 2 }],
      ops: [
        { input: { deep: [7, { deeper: 'hello' }] }, rollback: { input: { back: 7 } } },
        { children: { items: [1, 2] } },
      ],
    });
  });

  it('leaves the items of its own children to them', () => {
    const job = { name: { $item: 'name' }, ops: [{ ...OP, input: { $item: 'of-the-grandchild' } }] };
    const nested = { name: 'nested', children: { items: { $item: 'parts' }, job } };
    const spec = made(parentOf({ ops: [nested] }), { parts: [{ name: 'one' }] });
    expect(spec.ops[0]?.children).toMatchObject({ items: [{ name: 'one' }], job });
    const grandchild = made(spec, { name: 'one', 'of-the-grandchild': 7 }, { ...PLACE, depth: 2 });
    expect(grandchild).toMatchObject({ name: 'one', ops: [{ input: 7 }] });
  });

  it('is the same whenever it is asked for', () => {
    const parent = parentOf({ name: { $item: '' }, locks: [{ name: 'z' }] }, { locks: [{ name: 'a' }] });
    expect(made(parent, 'eu')).toEqual(made(structuredClone(parent), 'eu'));
  });

  it.each([
    ['a part that is not there', { name: { $item: 'nope' } }, {}, 'ItemMissing', 'nope'],
    [
      'a part of an input that is not there',
      { ops: [{ ...OP, input: [{ $item: 'nope' }] }] },
      {},
      'ItemMissing',
      'nope',
    ],
    ['a number for a name', { name: { $item: 'n' } }, { n: 7 }, 'WrongType', 'name'],
    ['a name that is none', { name: { $item: 'n' } }, { n: 'a#b' }, 'InvalidName', 'name'],
    ['an object for a label', { labels: { a: { $item: 'n' } } }, { n: {} }, 'WrongType', 'labels.a'],
    ['a line break in a label', { labels: { a: { $item: 'n' } } }, { n: 'a\nb' }, 'InvalidValue', 'labels.a'],
    ['an empty lock', { locks: [{ name: { $item: 'n' } }] }, { n: '' }, 'InvalidName', 'locks.0.name'],
  ])('cannot be made of %s, and says why', (_what, job, item, code, words) => {
    const child = childSpec(parentOf(job), { parent: PLACE, item });
    expect(child).toMatchObject({ ok: false, code });
    expect(child.ok ? '' : child.message).toContain(words);
  });

  it('cannot be made for an op that has no children', () => {
    expect(childSpec(specOf([OP]), { parent: PLACE, item: 1 })).toMatchObject({
      ok: false,
      code: 'InternalError',
    });
  });
});

describe('what a child needs', () => {
  const kinds = (spec: JobSpec) => needsOf(spec).map(({ key }) => `${key.kind} ${key.name}`);

  it('is no admission, since its root was admitted, and a slot like anybody', () => {
    expect(kinds(made(parentOf({ queue: 'slow' }), 1))).toEqual(['slot slow']);
  });

  it('is its turn in its group first, where the op says how many are under way', () => {
    const spec = made(parentOf({ locks: [{ name: 'z' }] }, {}, {}, { concurrency: 4 }), 1);
    const { name } = groupSemaphore('web', { jobId: RUN_ID, attempt: 2, op: 0, try: 3 });
    expect(spec.family?.concurrency).toEqual({ name, capacity: 4 });
    expect(kinds(spec)).toEqual([`group ${name}`, 'lock z', 'slot default']);
    expect(needsOf(spec)[0]).toMatchObject({ units: 1, capacity: 4 });
  });

  it('is nothing that its parent holds', () => {
    const parent = parentOf(
      { locks: [{ name: 'a', mode: 'shared' }, { name: 'b' }], resources: [{ name: 'r', units: 2 }] },
      { locks: [{ name: 'a' }], resources: [{ name: 'r', units: 3 }] },
    );
    const spec = made(parentOf({ locks: [{ name: 'a' }], resources: [{ name: 'r', units: 3 }] }, parent), 1);
    expect(kinds(spec)).toEqual(['slot default']);
    expect(spec.family?.inherited).toEqual({ [lockText('a')]: 1_000, [resourceText('r')]: 3 });
  });

  it('is nothing that any ancestor holds, however far up', () => {
    const nested = {
      name: 'nested',
      children: {
        items: [1],
        job: { name: 'g', locks: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], ops: [OP] },
      },
    };
    const child = made(parentOf({ locks: [{ name: 'b' }], ops: [nested] }, { locks: [{ name: 'a' }] }), 1);
    const grandchild = made(child, 1, { ...PLACE, depth: 2 });
    expect(kinds(child)).toEqual(['lock b', 'slot default']);
    expect(grandchild.family?.inherited).toEqual({ [lockText('a')]: 1_000, [lockText('b')]: 1_000 });
    expect(kinds(grandchild)).toEqual(['lock c', 'slot default']);
  });

  it('is what its parent holds only later, where it is of a PRE op', () => {
    const parent = { locks: [{ name: 'a' }] };
    const spec = made(parentOf({ locks: [{ name: 'b' }] }, parent, { step: 'PRE' }), 1);
    expect(spec.family?.inherited).toEqual({});
    expect(kinds(spec)).toEqual(['lock b', 'slot default']);
  });
});

describe('what the child of a PRE op’s child may not ask for', () => {
  const nested = {
    name: 'nested',
    children: { items: [1], job: { name: 'g', locks: [{ name: 'b' }], ops: [OP] } },
  };
  const grandchild = (parent: object) =>
    newChildSpec(made(parentOf({ ops: [nested] }, parent, { step: 'PRE' }), 1), {
      parent: { ...PLACE, depth: 2 },
      item: 1,
    });

  it('is what comes before all that the root holds while it undoes them', () => {
    expect(refusedBy(grandchild({ locks: [{ name: 'c' }] }))).toBe('LockOrder');
    expect(refusedBy(grandchild({ resources: [{ name: 'a', units: 1 }] }))).toBe('LockOrder');
  });

  it('nor what the root asks for itself, since it does not hold it yet', () => {
    expect(refusedBy(grandchild({ locks: [{ name: 'b' }] }))).toBe('LockOrder');
  });

  it('and nothing else', () => {
    expect(refusedBy(grandchild({ locks: [{ name: 'a' }] }))).toBe('nothing');
  });

  it('does not make one unreadable that an earlier version let be made', () => {
    const child = made(parentOf({ ops: [nested] }, { locks: [{ name: 'c' }] }, { step: 'PRE' }), 1);
    const grandchild = made(child, 1, { ...PLACE, depth: 2 });
    expect(grandchild.locks.map(({ name }) => name)).toEqual(['b']);
  });
});

describe('what a child may not ask for', () => {
  const asked = (job: object, parent: object, op: object = {}) =>
    refusedBy(newChildSpec(parentOf(job, parent, op), { parent: PLACE, item: { name: 'a' } }));
  const lock = (name: unknown, rest: object = {}) => ({ locks: [{ name, ...rest }] });
  const units = (name: string, count: number) => ({ resources: [{ name, units: count }] });

  it.each([
    ['a lock behind the parent’s', lock('n'), lock('m'), 'nothing'],
    ['a lock before the parent’s', lock('l'), lock('m'), 'LockOrder'],
    ['a lock before the parent’s, by its item', lock({ $item: 'name' }), lock('m'), 'LockOrder'],
    ['the parent’s own lock', lock('m'), lock('m'), 'nothing'],
    ['a share of it', lock('m', { mode: 'shared' }), lock('m'), 'nothing'],
    ['all of a lock that the parent shares', lock('m'), lock('m', { mode: 'shared' }), 'LockOrder'],
    ['a resource behind the parent’s lock', units('a', 1), lock('m'), 'nothing'],
    ['a lock before the parent’s resource', lock('z'), units('a', 1), 'LockOrder'],
    ['as many units', units('r', 2), units('r', 2), 'nothing'],
    ['more units', units('r', 3), units('r', 2), 'LockOrder'],
    [
      'a global lock, which sorts before all of a project',
      lock('z', { scope: 'global' }),
      lock('a'),
      'LockOrder',
    ],
    ['a lock of the project behind a global one', lock('a'), lock('z', { scope: 'global' }), 'nothing'],
    [
      'the project’s lock of a name that the parent holds globally',
      lock('a'),
      lock('a', { scope: 'global' }),
      'nothing',
    ],
  ])('%s: %j beside %j', (_what, job, parent, code) => {
    expect(asked(job, parent)).toBe(code);
  });

  it('is the same in PRE, where the parent takes its locks later', () => {
    expect(asked(lock('n'), lock('m'), { step: 'PRE' })).toBe('nothing');
    expect(asked(lock('l'), lock('m'), { step: 'PRE' })).toBe('LockOrder');
    // While it is undone its parent holds it.
    expect(asked(lock('m'), lock('m'), { step: 'PRE' })).toBe('LockOrder');
  });

  it('is anything before what a grandparent holds', () => {
    const nested = {
      name: 'nested',
      children: { items: [1], job: { name: 'g', locks: [{ name: 'b' }], ops: [OP] } },
    };
    const child = made(parentOf({ ops: [nested] }, { locks: [{ name: 'm' }] }), 1);
    const grandchild = newChildSpec(child, { parent: { ...PLACE, depth: 2 }, item: 1 });
    expect(refusedBy(grandchild)).toBe('LockOrder');
  });

  it('is told in words that name the lock and what to do', () => {
    const child = newChildSpec(parentOf(lock('l'), lock('m')), { parent: PLACE, item: 1 });
    expect(child.ok ? '' : child.message).toMatch(/lock 'l'.*parent holds.*Rename it, or let the parent ask/);
    const more = newChildSpec(parentOf(units('r', 3), units('r', 2)), { parent: PLACE, item: 1 });
    expect(more.ok ? '' : more.message).toMatch(/more of resource 'r'.*let the parent ask for all of it/);
  });
});
