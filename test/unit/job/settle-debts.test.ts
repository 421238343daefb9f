import { describe, expect, it } from 'vitest';
import { isLive, type LiveJob } from '../../../core/job/job.ts';
import {
  clearEffects,
  dueNow,
  moveDueEntry,
  recordLook,
  recordRepair,
} from '../../../core/job/settle-debts.ts';
import { LIVENESS } from '../../support/job-run.ts';
import { ENDED, sampleJob } from '../views/sample-job.ts';

const NOW = ENDED;
const STOP = {
  kind: 'stop',
  attempt: 1,
  segment: { group: 'RUN', number: 1, committedAt: 0, tries: 3 },
  by: NOW,
} as const;
const TELL = { kind: 'tell', by: NOW } as const;
const ANSWER = { kind: 'answer', op: 2, by: NOW } as const;

function live(overrides: object): LiveJob {
  const job = sampleJob('RUNNING', overrides);
  if (!isLive(job)) throw new Error('a running job is live');
  return job;
}

describe('an effect that was done', () => {
  it('is owed no more, and the others stay', () => {
    const job = sampleJob('FAILED', { owed: [STOP, ANSWER] });
    const change = clearEffects(job, [STOP], NOW, 'whoever owed them');
    expect(change).toMatchObject({ job: { owed: [ANSWER], version: job.version + 1 }, entries: [] });
  });

  it('leaves the job to its retention when it was the last', () => {
    const job = sampleJob('FAILED', { owed: [STOP], dueEntry: { lane: 'owed', at: NOW } });
    expect(clearEffects(job, [STOP], NOW, 'whoever owed them')?.job).toMatchObject({
      dueEntry: { lane: 'retention' },
    });
  });

  it('changes nothing when it is not owed, or is owed anew', () => {
    const cleared = (owed: readonly object[]) =>
      clearEffects(sampleJob('FAILED', { owed }), [STOP], NOW, 'whoever owed them');
    expect(cleared([])).toBeNull();
    expect(cleared([{ ...STOP, by: NOW + 1 }])).toBeNull();
  });
});

describe('an effect that the sweeper did', () => {
  it('is journaled, one entry each, when nothing that follows would prove it', () => {
    const job = sampleJob('FAILED', { owed: [STOP, TELL, ANSWER] });
    const change = clearEffects(job, [STOP, TELL], NOW, 'the sweeper');
    expect(change).toMatchObject({
      job: { owed: [ANSWER] },
      entries: [
        { kind: 'repair', serial: job.logSerial + 1, message: 'Did what was overdue: stop' },
        { kind: 'repair', serial: job.logSerial + 2, message: 'Did what was overdue: tell' },
      ],
    });
  });

  it('is journaled and owed again a minute later, since nothing proves it yet', () => {
    const job = sampleJob('RUNNING', { owed: [ANSWER] });
    const change = recordRepair(job, ANSWER, NOW);
    expect(change).toMatchObject({
      job: { owed: [{ ...ANSWER, by: NOW + 60_000 }] },
      entries: [{ kind: 'repair', serial: job.logSerial + 1, message: 'Did what was overdue: answer' }],
    });
  });

  it('changes nothing when the job has moved on meanwhile', () => {
    expect(recordRepair(sampleJob('RUNNING'), ANSWER, NOW)).toBeNull();
  });
});

describe('a look at an execution that runs', () => {
  it.each([
    [300, 600],
    [10_800, 21_600],
    [20_000, 21_600],
    [21_600, 21_600],
  ])('after %i seconds is followed by one after %i', (before, after) => {
    const job = live({ liveness: { at: NOW, afterSeconds: before } });
    expect(recordLook(job, NOW, LIVENESS).job).toMatchObject({
      liveness: { at: NOW + after * 1000, afterSeconds: after },
      dueEntry: { lane: 'liveness', at: NOW + after * 1000 },
    });
  });
});

describe('an entry of the index that came early', () => {
  it('moves to the real due time', () => {
    const job = live({
      liveness: { at: NOW + 9_000, afterSeconds: 300 },
      dueEntry: { lane: 'owed', at: NOW },
    });
    expect(moveDueEntry(job, NOW)?.job.dueEntry).toEqual({ lane: 'liveness', at: NOW + 9_000 });
  });

  it('goes away when nothing is due', () => {
    const job = sampleJob('CREATED', { dueEntry: { lane: 'owed', at: NOW } });
    expect(moveDueEntry(job, NOW)?.job).not.toHaveProperty('dueEntry');
  });

  it('stays where it is right', () => {
    const job = live({ liveness: { at: NOW, afterSeconds: 300 }, dueEntry: { lane: 'liveness', at: NOW } });
    expect(moveDueEntry(job, NOW)).toBeNull();
    expect(moveDueEntry(sampleJob('CREATED'), NOW)).toBeNull();
  });
});

describe('what is due now', () => {
  it('is what was owed by now, the look and the long wait whose time has come', () => {
    const job = live({
      owed: [ANSWER, { ...ANSWER, op: 3, by: NOW + 1 }],
      liveness: { at: NOW, afterSeconds: 300 },
      heldUntil: NOW,
    });
    expect(dueNow(job, NOW)).toEqual({
      effects: [ANSWER],
      look: true,
      held: true,
      dates: false,
      leaves: false,
    });
    expect(dueNow(job, NOW - 1)).toEqual({
      effects: [],
      look: false,
      held: false,
      dates: false,
      leaves: false,
    });
  });

  it('is never a look at a job that has ended', () => {
    expect(dueNow(sampleJob('FAILED', { owed: [STOP] }), NOW)).toEqual({
      effects: [STOP],
      look: false,
      held: false,
      dates: false,
      leaves: false,
    });
  });
});
