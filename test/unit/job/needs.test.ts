import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needsOf, needsOfGroup } from '../../../core/job/needs.ts';
import { textOfKey } from '../../../core/semaphore/semaphore.ts';
import { specOf } from '../../support/job-run.ts';

const OPS = [{ name: 'one' }];

function named(job: object): readonly string[] {
  return needsOf(specOf(OPS, job)).map(({ key, units }) => `${key.scope} ${key.kind} ${key.name} ${units}`);
}

describe('what a job needs', () => {
  it('is admission first, a slot last, and in between locks and resources, those of all projects first', () => {
    const job = {
      queue: 'slow',
      locks: [{ name: 'z', scope: 'global' }, { name: 'b' }, { name: 'a', mode: 'shared' }],
      resources: [
        { name: 'transcoder', units: 3 },
        { name: 'license', scope: 'global' },
      ],
    };
    expect(named(job)).toEqual([
      'web admission slow 1',
      '* lock z 1000',
      '* resource license 1',
      'web lock a 1',
      'web lock b 1000',
      'web resource transcoder 3',
      'web slot slow 1',
    ]);
  });

  it('is numbered by its place in that order, which holds and places are named by', () => {
    const needs = needsOf(specOf(OPS, { locks: [{ name: 'b' }, { name: 'a' }] }));
    expect(needs.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  it('is a queue’s two alone for PRE, under the same numbers', () => {
    const spec = specOf(OPS, { locks: [{ name: 'a' }] });
    expect(needsOfGroup(spec, 'PRE').map(({ index, key }) => [index, key.kind])).toEqual([
      [0, 'admission'],
      [2, 'slot'],
    ]);
    expect(needsOfGroup(spec, 'RUN')).toEqual(needsOf(spec));
  });

  it('is taken by all jobs in one order, however they list it', () => {
    const lock = fc.record({
      name: fc.constantFrom('a', 'b', 'c/d', 'c', 'Z'),
      scope: fc.constantFrom('project', 'global'),
    });
    const locks = fc.uniqueArray(lock, { selector: ({ name, scope }) => `${scope} ${name}` });
    fc.assert(
      fc.property(locks, locks, (ours, theirs) => {
        const textsOf = (job: object) => {
          const keys = needsOf(specOf(OPS, job)).map(({ key }) => textOfKey(key));
          return keys.slice(1, -1);
        };
        const [one, other] = [textsOf({ locks: ours }), textsOf({ locks: theirs })];
        const shared = one.filter((text) => other.includes(text));
        expect(other.filter((text) => one.includes(text))).toEqual(shared);
      }),
    );
  });
});
