import { describe, expect, it } from 'vitest';
import { touchedBy } from '../../../core/job/grant.ts';
import { isWaiting } from '../../../core/job/job.ts';
import type { LineFacts } from '../../../core/job/line-facts.ts';
import { TornReadError } from '../../../core/job/torn-read-error.ts';
import { grantNext } from '../../../core/semaphore/line.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;
const NOW = RECEIVED + 7_000;

/** A job that stands in a lock's line, which has become free. */
function freed() {
  const world = new LineWorld();
  world.occupy(LOCK, 1_000, runId(900), RECEIVED);
  const waiter = new JobRun([{ name: 'one' }], { locks: [{ name: 'a' }] }, { world });
  const line = world.line(LOCK);
  const facts: LineFacts = { ...line, semaphore: { ...line.semaphore, held: 0 } };
  const answer = grantNext({ semaphore: facts.semaphore, front: facts.first[0] ?? null }, NOW);
  return { waiter, facts, answer };
}

describe('a waiter that is granted', () => {
  it('holds what it stood for, under the fence of the grant, and stands in line no more', () => {
    const { waiter, facts, answer } = freed();
    const [touch] = touchedBy(answer, facts, NOW);
    expect(touch).toMatchObject({
      before: waiter.job.version,
      job: { status: 'WAITING_LOCK', version: waiter.job.version + 1, holds: [{ need: 1, fence: 2 }] },
    });
    expect(touch?.job).not.toHaveProperty('place');
    expect(touch?.job.logSerial).toBe(waiter.job.logSerial);
  });

  it('is due almost at once, should nobody advance it', () => {
    const { facts, answer } = freed();
    const [touch] = touchedBy(answer, facts, NOW);
    expect(touch?.job).toMatchObject({
      owed: [{ kind: 'advance', by: NOW + 5_000 }],
      dueEntry: { lane: 'owed', at: NOW + 5_000 },
    });
  });

  it('is read again where its head says that it stands elsewhere by now', () => {
    const { waiter, facts, answer } = freed();
    const { job } = waiter;
    if (!isWaiting(job)) throw new Error('it waits');
    const elsewhere = { ...job, place: { need: 1, rank: 0 } };
    const { place: _place, ...nowhere }: typeof job & { place?: unknown } = job;
    for (const head of [elsewhere, nowhere, undefined]) {
      const heads = new Map(head === undefined ? [] : [[job.id, head] as const]);
      expect(() => touchedBy(answer, { ...facts, heads }, NOW)).toThrow(TornReadError);
    }
  });

  it('is nobody where nothing was granted', () => {
    const { facts, answer } = freed();
    expect(touchedBy({ ...answer, granted: null }, facts, NOW)).toEqual([]);
  });
});
