import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familyName, familyOf } from '../../../core/children/family-name.ts';
import {
  groupOfChild,
  groupRefOf,
  groupSchema,
  groupSemaphore,
  isComplete,
  newGroup,
  outcomeOfChild,
} from '../../../core/children/group.ts';
import { isSettledJob } from '../../../core/job/job.ts';
import { isSettled, STATUSES } from '../../../core/job/status.ts';
import { FAMILY_VERBS } from '../../../core/ports/executions.ts';
import { RUN_ID, runId } from '../../support/job-run.ts';
import { sampleJob } from '../views/sample-job.ts';
import { REF } from './groups.ts';

const CLOSED = { how: 'canceled', at: 1 } as const;

describe('a group of children', () => {
  it('begins with none made and none ended', () => {
    const group = newGroup(REF, 'run', 3);
    expect(group).toMatchObject({ ...REF, total: 3, created: 0, settled: 0, unsuccessful: 0, counts: {} });
    expect(groupSchema.parse(group)).toEqual(group);
  });

  it.each([
    ['none of three', { total: 3, created: 0, settled: 0 }, false],
    ['two of three', { total: 3, created: 3, settled: 2 }, false],
    ['all that were made, and not all were', { total: 3, created: 2, settled: 2 }, false],
    ['all', { total: 3, created: 3, settled: 3 }, true],
    ['none was made before it was closed', { total: 3, created: 0, settled: 0, closed: CLOSED }, true],
    ['all that were made before it was closed', { total: 3, created: 2, settled: 2, closed: CLOSED }, true],
    [
      'not all that were made before it was closed',
      { total: 3, created: 2, settled: 1, closed: CLOSED },
      false,
    ],
  ])('is complete once all have ended that there will ever be: %s', (_what, parts, complete) => {
    expect(isComplete({ ...newGroup(REF, 'run', parts.total), ...parts })).toBe(complete);
  });

  it('is named by its job’s attempt, and by the place of the child that it counts', () => {
    const job = sampleJob('CHILD_RUNNING', { attempt: 3, children: { op: 2, try: 4 } });
    expect(groupRefOf(job)).toEqual({ jobId: job.id, attempt: 3, op: 2, try: 4 });
    expect(groupRefOf(sampleJob('RUNNING'))).toBeUndefined();
    const place = { id: RUN_ID, attempt: 3, op: 2, try: 4, child: 9, depth: 1 };
    expect(groupOfChild(place)).toEqual({ jobId: RUN_ID, attempt: 3, op: 2, try: 4 });
  });

  it('has a semaphore of its own for every try', () => {
    const names = [
      REF,
      { ...REF, attempt: 2 },
      { ...REF, op: 1 },
      { ...REF, try: 2 },
      { ...REF, jobId: runId(2) },
    ].map((ref) => groupSemaphore('web', ref).name);
    expect(new Set(names).size).toBe(names.length);
    expect(groupSemaphore('web', REF)).toMatchObject({ scope: 'web', kind: 'group' });
  });
});

describe('how a child counts', () => {
  const settled = STATUSES.filter(isSettled)
    .map((status) => sampleJob(status))
    .filter(isSettledJob);

  it.each(settled.map((job) => [job.status, job] as const))('%s', (status, job) => {
    const wentWell = status === 'COMPLETED_OK' || status === 'COMPLETED_WITH_WARNINGS';
    expect(outcomeOfChild(job)).toEqual({ status, unsuccessful: !wentWell });
  });

  it.each(['none', 'ok', 'needed', 'failed', 'running'] as const)(
    'that was undone, by what is left of it: %s',
    (rollback) => {
      for (const status of ['ROLLED_BACK', 'ABENDED', 'CANCELED_WHILE_RUNNING'] as const) {
        const job = sampleJob(status, { rollback, again: { kind: 'rollback' } });
        if (!isSettledJob(job)) throw new Error('it has ended');
        const unsuccessful = rollback !== 'ok' && rollback !== 'none';
        expect(outcomeOfChild(job)).toEqual({ status, unsuccessful });
      }
    },
  );
});

describe('the name of an execution of child-jobs', () => {
  const refs = fc.record({
    jobId: fc.integer({ min: 1, max: 1_000_000 }).map(runId),
    attempt: fc.integer({ min: 1, max: 1_000 }),
    op: fc.integer({ min: 0, max: 400_000 }),
    try: fc.integer({ min: 1, max: 1_000 }),
    verb: fc.constantFrom(...FAMILY_VERBS),
  });

  it('says what it does with which group, and is at most 80 characters that Step Functions takes', () => {
    fc.assert(
      fc.property(refs, (ref) => {
        const name = familyName(ref);
        // An op's children and those of its rollback differ by their index.
        expect(familyOf(name)).toEqual({ ...ref, verb: ref.verb === 'undo' ? 'run' : ref.verb });
        expect(name).toMatch(/^[0-9A-Za-z_-]{1,80}$/);
      }),
    );
  });

  it.each([
    '',
    'x',
    RUN_ID,
    `${RUN_ID}-1-RUN-1`,
    `${RUN_ID}-1-0-1-stop`,
    `${RUN_ID}-0-0-1`,
    `${RUN_ID}-1-0-0`,
    `${RUN_ID}-1-0-1-run`,
    `a${RUN_ID}-1-0-1`,
    `${RUN_ID}-1-0-1-cancel-cancel`,
  ])('that is not ours says nothing: %s', (name) => {
    expect(familyOf(name)).toBeNull();
  });
});
