import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { busEventOf, PUBLISHED_KINDS } from '../../../core/contract/bus-events.ts';
import { JOURNAL_KINDS, type JournalEntry } from '../../../core/job/journal-entry.ts';
import { type Ending, failing, JobRun, RECEIVED, RUN_ID } from '../../support/job-run.ts';

const ENTRY: JournalEntry = {
  jobId: RUN_ID,
  serial: 7,
  at: RECEIVED,
  kind: 'status',
  message: 'one starts',
  actor: 'ada',
  attempt: 2,
  project: 'web',
  step: 'RUN',
  from: 'QUEUED',
  to: 'RUNNING',
};

const undone = { rollback: { action: 'hand', when: 'started' } };

describe('the event of a journal entry', () => {
  it('of a job’s status tells from where to where, and why', () => {
    expect(busEventOf(ENTRY)).toEqual({
      detailType: 'Job Status Changed',
      time: RECEIVED,
      detail: {
        jobId: RUN_ID,
        attempt: 2,
        serial: 7,
        project: 'web',
        at: '2026-11-23T09:30:00.000Z',
        step: 'RUN',
        from: 'QUEUED',
        to: 'RUNNING',
        reason: 'one starts',
      },
    });
  });

  it('of a submission comes from nothing', () => {
    expect(busEventOf({ ...ENTRY, from: null, to: 'QUEUED' })?.detail).toMatchObject({ from: null });
  });

  it('of an op names it', () => {
    const event = busEventOf({ ...ENTRY, kind: 'op', op: { index: 1, name: 'two' } });
    expect(event).toMatchObject({
      detailType: 'Op Status Changed',
      detail: { op: { index: 1, name: 'two' } },
    });
  });

  it('of an op that is ready has all that a worker needs, and when to stop trusting it', () => {
    const ready = { action: 'hand', try: 2, opFence: 7, input: { page: 3 } };
    const { from: _from, to: _to, ...plain } = ENTRY;
    const event = busEventOf({ ...plain, kind: 'ready', op: { index: 1, name: 'two' }, ready });
    expect(event).toMatchObject({
      detailType: 'Op Ready',
      detail: {
        jobId: RUN_ID,
        attempt: 2,
        op: { index: 1, name: 'two', action: 'hand', try: 2, opFence: 7 },
        input: { page: 3 },
      },
    });
    expect(event?.detail).not.toHaveProperty('from');
  });

  it.each(JOURNAL_KINDS)('of kind %s is one of the closed set, or none', (kind) => {
    const event = busEventOf({ ...ENTRY, kind });
    const types = ['Job Status Changed', 'Op Status Changed', 'Op Ready'];
    expect(event === null).toBe(!['status', 'op', 'ready'].includes(kind));
    expect(PUBLISHED_KINDS.includes(kind)).toBe(event !== null);
    if (event !== null) expect(types).toContain(event.detailType);
  });

  it('does not tell who did it', () => {
    expect(JSON.stringify(busEventOf(ENTRY))).not.toContain('ada');
  });

  const endings = fc.constantFrom<Ending>(
    { kind: 'succeeded' },
    failing('Broken'),
    failing('Unreachable'),
    failing('Busy'),
    'timeout',
    'heartbeat timeout',
  );

  it('never holds a token or a nonce, whatever becomes of a job', () => {
    const scripts = fc.record({
      one: fc.array(endings, { maxLength: 4 }),
      two: fc.array(endings, { maxLength: 4 }),
      cancelIn: fc.constantFrom('one', 'two', 'none'),
      force: fc.boolean(),
    });
    fc.assert(
      fc.property(scripts, ({ one, two, cancelIn, force }) => {
        const retry = { maxAttempts: 4 };
        const run = new JobRun([
          { name: 'one', action: 'hand', step: 'PRE', retry, ...undone },
          { name: 'two', retry, ...undone },
        ]);
        const secrets = new Set<string>();
        const ending = (name: string, list: readonly Ending[]) => (current: JobRun, number: number) => {
          for (const op of current.ops) {
            if (op.status === 'running') secrets.add(op.token).add(op.nonce);
          }
          if (cancelIn === name && number === list.length + 1) {
            current.cancel({ force });
            return 'interrupted' as const;
          }
          return list[number - 1] ?? ({ kind: 'succeeded' } as const);
        };
        run.play({ one: ending('one', one), two: ending('two', two) });
        const published = JSON.stringify(run.entries.map(busEventOf));
        expect(secrets.size).toBeGreaterThan(0);
        for (const secret of secrets) expect(published).not.toContain(secret);
        expect(published).not.toMatch(/token|nonce/);
      }),
      { numRuns: 50 },
    );
  });
});
