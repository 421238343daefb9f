import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf, nextSerial } from '../../../core/job/change.ts';
import { dueEntryAfter, dueOf } from '../../../core/job/due.ts';
import type { Job } from '../../../core/job/job.ts';
import { BEFORE_RUN_STATUSES } from '../../../core/job/status.ts';
import { mayMove } from '../../../core/job/transitions.ts';
import { ENDED, JOB_STATUSES, sampleJob } from '../views/sample-job.ts';

const NOW = ENDED;

describe('a change', () => {
  it('counts the version up by one and the serials without gaps', () => {
    const job = sampleJob('RUNNING', { version: 41, logSerial: 99 });
    const change = changeOf('add log', job, job, NOW, {
      actor: 'jobplane',
      entries: [
        { kind: 'log', message: 'a' },
        { kind: 'log', message: 'b', actor: 'ada' },
      ],
    });
    expect(change).toMatchObject({ before: 41, job: { version: 42, logSerial: 101 } });
    expect(change.entries).toMatchObject([
      { serial: 100, message: 'a', actor: 'jobplane', at: NOW, attempt: 1, step: 'RUN', project: 'web' },
      { serial: 101, message: 'b', actor: 'ada' },
    ]);
    expect([nextSerial(job), nextSerial(job, 1)]).toEqual([100, 101]);
  });

  it('without entries leaves the serial alone', () => {
    const job = sampleJob('RUNNING', { version: 41, logSerial: 99 });
    expect(changeOf('clear effect', job, job, NOW, { actor: 'jobplane' }).job).toMatchObject({
      version: 42,
      logSerial: 99,
    });
  });

  it.each(JOB_STATUSES)('from %s makes no move that the transition table does not have', (from) => {
    for (const to of JOB_STATUSES) {
      const make = () => changeOf('settle job', sampleJob(from), sampleJob(to), NOW, { actor: 'jobplane' });
      if (from === to || mayMove(from, to)) expect(make).not.toThrow();
      else expect(make).toThrow(`settle job: no transition leads from ${from} to ${to}`);
    }
  });

  it('creates a job in a waiting status only', () => {
    for (const to of JOB_STATUSES) {
      const make = () => changeOf('submit job', null, sampleJob(to), NOW, { actor: 'ada' });
      if (BEFORE_RUN_STATUSES.some((status) => status === to)) expect(make().before).toBeNull();
      else expect(make).toThrow(/no transition leads from nothing/);
    }
  });
});

describe('the stop of an execution', () => {
  const segment = { group: 'RUN', number: 1, committedAt: 0, tries: 1 } as const;
  const STOP = { kind: 'stop', attempt: 1, segment, by: NOW } as const;
  const ANSWER = { kind: 'answer', op: 0, by: NOW } as const;
  const owing = (...owed: readonly object[]) => sampleJob('RUNNING', { owed });

  it('stays owed whatever else is done: nothing that follows proves it', () => {
    const before = owing(STOP, ANSWER);
    const change = changeOf('start op', before, { ...before, owed: [] }, NOW, { actor: 'jobplane' });
    expect(change.job.owed).toEqual([STOP]);
    const settled = changeOf('settle job', before, sampleJob('FAILED'), NOW, { actor: 'jobplane' });
    expect(settled.job.owed).toEqual([STOP]);
  });

  it('is owed once, by whoever takes it over', () => {
    const before = owing(STOP);
    const change = changeOf('add note', before, before, NOW, { actor: 'ada' });
    expect(change.job.owed).toEqual([STOP]);
  });

  it.each(['clear effect', 'record repair'] as const)(
    'is owed no more where it was done: %s',
    (transition) => {
      const before = owing(STOP, ANSWER);
      const change = changeOf(transition, before, { ...before, owed: [ANSWER] }, NOW, { actor: 'jobplane' });
      expect(change.job.owed).toEqual([ANSWER]);
    },
  );
});

describe('the due time of a job', () => {
  it('is that of what comes first, in its lane', () => {
    const owed = [{ kind: 'answer', op: 0, by: 500 }];
    const liveness = { at: 1_000, afterSeconds: 300 };
    expect(dueOf(sampleJob('RUNNING', { owed, liveness }))).toEqual({ lane: 'owed', at: 500 });
    expect(dueOf(sampleJob('RUNNING', { liveness }))).toEqual({ lane: 'liveness', at: 1_000 });
    expect(dueOf(sampleJob('RUNNING', { liveness, heldUntil: 700 }))).toEqual({ lane: 'dates', at: 700 });
  });

  it('is that of what is owed for a job that has ended', () => {
    expect(dueOf(sampleJob('FAILED', { owed: [{ kind: 'delete', by: 9 }] }))).toEqual({
      lane: 'owed',
      at: 9,
    });
  });

  const moments = fc.nat({ max: 1_000 });

  it('is never before the entry that the index holds, which only moves when it must', () => {
    const jobs = fc.record({
      by: fc.array(moments, { maxLength: 3 }),
      liveness: moments,
      held: fc.option(moments, { nil: undefined }),
      entry: fc.option(moments, { nil: undefined }),
    });
    fc.assert(
      fc.property(jobs, ({ by, liveness, held, entry }) => {
        const job: Job = sampleJob('RUNNING', {
          owed: by.map((at, op) => ({ kind: 'answer', op, by: at })),
          liveness: { at: liveness, afterSeconds: 300 },
          heldUntil: held,
          dueEntry: entry === undefined ? undefined : { lane: 'owed', at: entry },
        });
        const due = dueOf(job);
        const next = dueEntryAfter(job, job.dueEntry);
        expect(due?.at).toBe(Math.min(...by, liveness, held ?? Number.POSITIVE_INFINITY));
        expect(next?.at).toBe(Math.min(due?.at ?? 0, entry ?? Number.POSITIVE_INFINITY));
        if (entry !== undefined && due !== undefined && entry <= due.at) expect(next).toBe(job.dueEntry);
      }),
    );
  });

  it('frees the entry once nothing is due', () => {
    expect(dueEntryAfter(sampleJob('CREATED'), { lane: 'owed', at: 5 })).toBeUndefined();
  });
});
