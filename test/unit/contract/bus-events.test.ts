import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { busEventOf, type Published, publishedKinds } from '../../../core/contract/bus-events.ts';
import { EVENT_DETAILS } from '../../../core/contract/event-details.ts';
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

  const deployments: readonly Published[] = [{ log: false }, { log: true }];

  it.each(JOURNAL_KINDS.flatMap((kind) => deployments.map((published) => ({ kind, ...published }))))(
    'of kind $kind is there if and only if the stream is asked for it (log: $log)',
    ({ kind, log }) => {
      const event = busEventOf({ ...ENTRY, kind }, { log });
      expect(publishedKinds({ log }).some((published) => published === kind)).toBe(event !== null);
      expect(event === null).toBe(![...['status', 'op', 'ready'], ...(log ? ['log'] : [])].includes(kind));
      if (event !== null) expect(Object.keys(EVENT_DETAILS)).toContain(event.detailType);
    },
  );

  it('of what an action logs has its words, where a deployment publishes the log', () => {
    const { from: _from, to: _to, ...plain } = ENTRY;
    const entry: JournalEntry = { ...plain, kind: 'log', op: { index: 1, name: 'two' }, message: '7 pages' };
    expect(busEventOf(entry)).toBeNull();
    expect(busEventOf(entry, { log: true })).toMatchObject({
      detailType: 'Job Log Added',
      detail: { serial: 7, op: { index: 1, name: 'two' }, reason: '7 pages' },
    });
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

  it('has the shape that is documented, and never a token or a nonce, whatever becomes of a job', () => {
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
        const events = run.entries.flatMap((entry) => busEventOf(entry, { log: true }) ?? []);
        for (const { detailType, detail } of events) EVENT_DETAILS[detailType].parse(detail);
        const published = JSON.stringify(events);
        expect(secrets.size).toBeGreaterThan(0);
        for (const secret of secrets) expect(published).not.toContain(secret);
        expect(published).not.toMatch(/token|nonce/);
      }),
      { numRuns: 50 },
    );
  });
});
