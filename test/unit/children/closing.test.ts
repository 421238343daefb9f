import { describe, expect, it } from 'vitest';
import { closeChildren, closing } from '../../../core/children/close-children.ts';
import { newGroup } from '../../../core/children/group.ts';
import { ENDED, sampleJob } from '../views/sample-job.ts';

const NOW = ENDED + 1_000;
const JOB = sampleJob('CHILD_RUNNING', { activeOp: 1, children: { op: 1, try: 2 } });
const REF = { jobId: JOB.id, attempt: 1, op: 1, try: 2 };
const OPEN = newGroup(REF, 'run', 10);
const CLOSED = { ...OPEN, closed: { how: 'canceled', at: NOW - 1 } } as const;
const CASCADE = { kind: 'cascade', op: 1, try: 2, by: NOW + 60_000 };
const ERROR = { code: 'ChildrenFailed', message: 'a child did not succeed' };

describe('closing a group of children', () => {
  it.each(['canceled', 'failed', 'forced'] as const)('lets no more in, and owes their cancel: %s', (how) => {
    const cascade = how === 'forced' ? { ...CASCADE, force: true } : CASCADE;
    expect(closing(JOB, OPEN, how, NOW)).toEqual({
      group: { kind: 'close', ref: REF, closed: { how, at: NOW } },
      owed: [cascade],
    });
  });

  it('says what the op fails with, where the job goes on', () => {
    expect(closing(JOB, OPEN, 'failed', NOW, ERROR).group).toMatchObject({
      closed: { how: 'failed', error: ERROR },
    });
  });

  it('that is closed changes nothing, but by force', () => {
    expect(closing(JOB, CLOSED, 'canceled', NOW)).toEqual({ owed: [] });
    expect(closing(JOB, CLOSED, 'failed', NOW, ERROR)).toEqual({ owed: [] });
    expect(closing(JOB, CLOSED, 'forced', NOW)).toEqual({ owed: [{ ...CASCADE, force: true }] });
  });

  it('is nothing where the job waits for no children', () => {
    expect(closing(sampleJob('RUNNING'), undefined, 'forced', NOW)).toEqual({ owed: [] });
  });

  it('is never decided on a group that was not read', () => {
    expect(() => closing(JOB, undefined, 'canceled', NOW)).toThrow('were not read');
  });
});

describe('a child that failed where none may', () => {
  it('closes the group, and its parent waits on', () => {
    const change = closeChildren(JOB, REF, OPEN, ERROR, NOW);
    expect(change).toMatchObject({
      transition: 'close children',
      before: JOB.version,
      job: { status: 'CHILD_RUNNING', children: { op: 1, try: 2 }, owed: [CASCADE] },
      group: { kind: 'close', closed: { how: 'failed', error: ERROR } },
      entries: [{ kind: 'decision', message: 'The other children are cancelled: a child did not succeed' }],
    });
  });

  it('closes it once', () => {
    expect(closeChildren(JOB, REF, CLOSED, ERROR, NOW)).toBeNull();
  });

  it.each([
    ['another try', { ...REF, try: 1 }],
    ['another op', { ...REF, op: 0 }],
    ['another attempt', { ...REF, attempt: 2 }],
  ])('changes nothing where its parent waits for those of %s', (_what, ref) => {
    expect(closeChildren(JOB, ref, OPEN, ERROR, NOW)).toBeNull();
  });

  it('changes nothing where its parent waits for none any more', () => {
    const { children: _none, ...job } = JOB;
    expect(closeChildren(job, REF, OPEN, ERROR, NOW)).toBeNull();
  });
});
