import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Group } from '../../../core/children/group.ts';
import { outcomeOfChildren, summary } from '../../../core/children/outcome-of-children.ts';
import type { ChildrenSpec } from '../../../core/contract/job-spec.ts';
import { SETTLED_STATUSES } from '../../../core/job/status.ts';
import { specOf } from '../../support/job-run.ts';
import { endedGroup } from './groups.ts';

/** The policy of an op of children that says this of it. */
function policyOf(said: object = {}): ChildrenSpec {
  const job = { name: 'child', ops: [{ name: 'step', action: 'build' }] };
  const children = specOf([{ name: 'all', children: { items: [], job, ...said } }]).ops[0]?.children;
  if (children === undefined) throw new Error('the op has no children');
  return children;
}

const POLICIES: Readonly<Record<string, object>> = {
  continue: {},
  'count 0': { tolerate: { count: 0 } },
  'count 2': { tolerate: { count: 2 } },
  'percent 50': { tolerate: { percent: 50 } },
  'percent 100': { tolerate: { percent: 100 } },
  cancelRest: { onChildFailure: 'cancelRest' },
  'cancelRest, count 2': { onChildFailure: 'cancelRest', tolerate: { count: 2 } },
};

/** By how the children ended: what becomes of the op under each policy; `warned`: ok, but not all were. */
const TABLE = `
ended                                   continue count_0 count_2 percent_50 percent_100 cancelRest cancelRest,_count_2
-                                       ok       ok      ok      ok         ok          ok         ok
COMPLETED_OK:4                          ok       ok      ok      ok         ok          ok         ok
COMPLETED_OK:3,COMPLETED_WITH_WARNINGS:1 ok      ok      ok      ok         ok          ok         ok
COMPLETED_OK:3,FAILED:1                 warned   failed  warned  warned     warned      failed     failed
COMPLETED_OK:2,REJECTED:1,EXPIRED:1     warned   failed  warned  warned     warned      failed     failed
COMPLETED_OK:1,ABENDED:3                warned   failed  failed  failed     warned      failed     failed
COMPLETED_OK:1,CANCELED_BEFORE_START:1  warned   failed  warned  warned     warned      failed     failed
COMPLETED_OK:1,CANCELED_WHILE_RUNNING:2 warned   failed  warned  failed     warned      failed     failed
COMPLETED_OK:1,CANCELED_AFTER_FAILURE:1 warned   failed  warned  warned     warned      failed     failed
COMPLETED_OK:4,FAILED_TO_START:1        warned   failed  warned  warned     warned      failed     failed
COMPLETED_WITH_WARNINGS:1,TIMED_OUT:1   warned   failed  warned  warned     warned      failed     failed
COMPLETED_OK:1,COMPLETED_WITH_ERROR:1   warned   failed  warned  warned     warned      failed     failed
COMPLETED_OK:1,FAILED_RETRYABLE:1       warned   failed  warned  warned     warned      failed     failed
FAILED:1                                failed   failed  failed  failed     failed      failed     failed
REJECTED:1,EXPIRED:1                    failed   failed  failed  failed     failed      failed     failed
`;

const [HEAD = [], ...ROWS] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

const cells = ROWS.flatMap(([ended = '', ...words]) =>
  words.map(
    (word, column) =>
      [
        ended,
        (HEAD[column + 1] ?? '').replace('_', ' ').replace(',_', ', ').replace('_', ' '),
        word,
      ] as const,
  ),
);

function groupOf(ended: string): Group {
  if (ended === '-') return endedGroup({});
  return endedGroup(
    Object.fromEntries(
      ended
        .split(',')
        .map((part) => part.split(':'))
        .map(([status, count]) => [status, Number(count)]),
    ),
  );
}

function wordOf(group: Group, policy: ChildrenSpec | undefined): string {
  const outcome = outcomeOfChildren(group, policy);
  if (outcome.kind === 'failed') return 'failed';
  return outcome.tolerated === true ? 'warned' : 'ok';
}

describe('the op of children that have all ended', () => {
  it.each(cells)('with %s under %s is %s', (ended, name, word) => {
    const said = POLICIES[name];
    if (said === undefined) throw new Error(`there is no policy '${name}'`);
    expect(wordOf(groupOf(ended), policyOf(said))).toBe(word);
  });

  it('counts them in its result, by how they ended, and warns of those that did not do well', () => {
    const group = groupOf('COMPLETED_OK:2,COMPLETED_WITH_WARNINGS:1,FAILED:1,EXPIRED:2');
    expect(outcomeOfChildren(group, policyOf())).toEqual({
      kind: 'succeeded',
      result: {
        total: 6,
        unsuccessful: 3,
        statuses: { COMPLETED_OK: 2, COMPLETED_WITH_WARNINGS: 1, FAILED: 1, EXPIRED: 2 },
        warnings: ['3 of 6 children did not succeed', '1 of 6 children completed with warnings'],
      },
      tolerated: true,
    });
  });

  it('is not tolerated, only warned of, where children completed with warnings', () => {
    expect(outcomeOfChildren(groupOf('COMPLETED_WITH_WARNINGS:2'), policyOf())).toEqual({
      kind: 'succeeded',
      result: {
        total: 2,
        unsuccessful: 0,
        statuses: { COMPLETED_WITH_WARNINGS: 2 },
        warnings: ['2 of 2 children completed with warnings'],
      },
    });
  });

  it('fails with a code of its own and with how they ended', () => {
    expect(outcomeOfChildren(groupOf('FAILED:1,REJECTED:1'), policyOf())).toEqual({
      kind: 'failed',
      error: { code: 'ChildrenFailed', message: '2 children: 1 FAILED, 1 REJECTED' },
    });
  });

  it('fails with what closed its group, however well the children did that there were', () => {
    const closed = {
      how: 'failed',
      at: 1,
      error: { code: 'InternalError', message: 'not all were made' },
    } as const;
    const group = endedGroup({ COMPLETED_OK: 3 }, { total: 5, closed });
    expect(outcomeOfChildren(group, policyOf())).toEqual({
      kind: 'failed',
      error: { code: 'InternalError', message: 'not all were made; 3 children: 3 COMPLETED_OK' },
    });
  });

  it('of a rollback wants every child undone', () => {
    const undone = endedGroup({ ROLLED_BACK: 3 }, { verb: 'undo', unsuccessful: 0 });
    expect(outcomeOfChildren(undone, undefined)).toEqual({
      kind: 'succeeded',
      result: { total: 3, unsuccessful: 0, statuses: { ROLLED_BACK: 3 } },
    });
    expect(wordOf({ ...undone, unsuccessful: 1 }, undefined)).toBe('failed');
  });

  it('is told in words', () => {
    expect(summary({ created: 1, counts: { FAILED: 1 } })).toBe('1 child: 1 FAILED');
    expect(summary({ created: 3, counts: { COMPLETED_OK: 2, ABENDED: 1 } })).toBe(
      '3 children: 2 COMPLETED_OK, 1 ABENDED',
    );
    expect(summary({ created: 0, counts: {} })).toBe('0 children');
  });
});

const counts = fc.dictionary(fc.constantFrom(...SETTLED_STATUSES), fc.integer({ min: 1, max: 50 }));
const policies = fc.record(
  {
    onChildFailure: fc.constantFrom('continue', 'cancelRest'),
    tolerate: fc.oneof(
      fc.record({ count: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ percent: fc.integer({ min: 0, max: 200 }).map((half) => half / 2) }),
    ),
  },
  { requiredKeys: ['onChildFailure'] },
);

describe('any op of children', () => {
  it('is ok if and only if all did well, or no more failed than may, and not all', () => {
    fc.assert(
      fc.property(counts, policies, (ended, policy) => {
        const group = endedGroup(ended);
        const { created, unsuccessful } = group;
        const { tolerate } = policy;
        const isWithin =
          tolerate === undefined ||
          ('count' in tolerate
            ? unsuccessful <= tolerate.count
            : unsuccessful * 100 <= tolerate.percent * created);
        const mayFail = policy.onChildFailure === 'continue' && unsuccessful < created && isWithin;
        const word = wordOf(group, policyOf(policy));
        expect(word).toBe(unsuccessful === 0 ? 'ok' : mayFail ? 'warned' : 'failed');
      }),
    );
  });

  it('counts each child once in its result', () => {
    fc.assert(
      fc.property(counts, (ended) => {
        const outcome = outcomeOfChildren(endedGroup(ended), policyOf());
        if (outcome.kind !== 'succeeded') return;
        const total = Object.values(ended).reduce((sum, count) => sum + count, 0);
        expect(outcome.result).toMatchObject({ total, statuses: ended });
      }),
    );
  });
});
