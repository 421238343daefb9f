import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import {
  type AcquireAnswer,
  acquire,
  grantNext,
  type LineAnswer,
  type Place,
  release,
  removeWaiter,
  rerank,
  reshape,
  type SemaphoreChange,
} from '../../../core/semaphore/line.ts';
import {
  type Hold,
  holdSchema,
  newSemaphore,
  type Semaphore,
  semaphoreSchema,
  type Wait,
  waitSchema,
} from '../../../core/semaphore/semaphore.ts';

const HALF_AN_HOUR_MS = 30 * 60 * 1000;

/** What a table holds of one semaphore, with the guards of a transaction. */
class StoredLine {
  semaphore: Semaphore;
  readonly holds = new Map<JobId, Hold>();
  readonly waits = new Map<JobId, Wait>();
  now = 1_000_000_000_000;

  constructor(capacity: number) {
    this.semaphore = newSemaphore({ scope: 'web', kind: 'resource', name: 'transcoder' }, capacity);
  }

  front(without?: JobId): Wait | null {
    const line = [...this.waits.values()].filter((wait) => wait.jobId !== without);
    return line.sort((a, b) => a.rank - b.rank || (a.jobId < b.jobId ? -1 : 1))[0] ?? null;
  }

  own(jobId: JobId): Hold | Wait | null {
    return this.holds.get(jobId) ?? this.waits.get(jobId) ?? null;
  }

  commit(change: SemaphoreChange | null | undefined): void {
    if (change === null || change === undefined) return;
    expect(change.before).toBe(this.semaphore.ver);
    for (const wait of change.deleteWaits) expect(this.waits.delete(wait.jobId)).toBe(true);
    for (const hold of change.deleteHolds) {
      expect(this.holds.get(hold.jobId)?.fence).toBe(hold.fence);
      this.holds.delete(hold.jobId);
    }
    for (const hold of change.putHolds) this.holds.set(hold.jobId, holdSchema.parse(hold));
    for (const wait of change.putWaits) {
      expect(this.waits.has(wait.jobId)).toBe(false);
      this.waits.set(wait.jobId, waitSchema.parse(wait));
    }
    this.semaphore = semaphoreSchema.parse(change.semaphore);
  }

  ask(jobId: JobId, units: number, priority = 0): AcquireAnswer {
    const line = { semaphore: this.semaphore, own: this.own(jobId), front: this.front() };
    const answer = acquire(line, { jobId, project: 'web', owner: 'ada', units, priority }, this.now);
    this.commit(answer.change);
    return answer;
  }

  giveBack(jobId: JobId, fence = this.holds.get(jobId)?.fence ?? 0): LineAnswer | null {
    const answer = release(
      { semaphore: this.semaphore, own: this.own(jobId), front: this.front() },
      { fence },
      this.now,
    );
    this.commit(answer?.change);
    return answer;
  }

  leave(jobId: JobId): LineAnswer | null {
    const line = { semaphore: this.semaphore, own: this.own(jobId), front: this.front(jobId) };
    const answer = removeWaiter(line, this.now);
    this.commit(answer?.change);
    return answer;
  }

  move(jobId: JobId, steps: number): (LineAnswer & { readonly place: Place }) | null {
    const own = this.waits.get(jobId);
    if (own === undefined) return null;
    const answer = rerank(this.semaphore, own, this.front(jobId), steps, this.now);
    this.commit(answer.change);
    return answer;
  }

  change(wanted: { capacity?: number; paused?: boolean }): LineAnswer {
    const answer = reshape({ semaphore: this.semaphore, front: this.front() }, wanted, this.now);
    this.commit(answer.change);
    return answer;
  }

  advance(): LineAnswer {
    const answer = grantNext({ semaphore: this.semaphore, front: this.front() }, this.now);
    this.commit(answer.change);
    return answer;
  }
}

const JOBS = Array.from({ length: 6 }, (_, position) => jobIdSchema.parse(`${position}`.padStart(26, '0')));

function job(position: number): JobId {
  const found = JOBS[position % JOBS.length];
  if (found === undefined) throw new Error(`there is no job ${position}`);
  return found;
}

describe('the line of a semaphore', () => {
  it('grants what fits, and puts the rest in line in the order it came', () => {
    const line = new StoredLine(2);
    expect(line.ask(job(0), 1).kind).toBe('granted');
    expect(line.ask(job(1), 2).kind).toBe('waiting');
    expect(line.ask(job(2), 1).kind).toBe('waiting');
    expect(line.giveBack(job(0))?.granted?.hold).toMatchObject({ jobId: job(1), units: 2 });
  });

  it('answers the same when asked again, since an answer may be lost', () => {
    const line = new StoredLine(1);
    line.ask(job(0), 1);
    line.ask(job(1), 1);
    expect(line.ask(job(0), 1)).toMatchObject({ kind: 'granted', change: null });
    expect(line.ask(job(1), 1)).toMatchObject({ kind: 'waiting', change: null });
  });

  it('weighs a step of priority as half an hour of waiting', () => {
    const line = new StoredLine(1);
    line.ask(job(0), 1);
    line.ask(job(1), 1, 1);
    line.now += HALF_AN_HOUR_MS - 10;
    line.ask(job(2), 1);
    expect(line.front()?.jobId).toBe(job(2));
    line.ask(job(3), 1, -1);
    expect(line.front()?.jobId).toBe(job(3));
  });

  it('releases nothing for a fence that is not the one that is held', () => {
    const line = new StoredLine(1);
    line.ask(job(0), 1);
    line.giveBack(job(0));
    line.ask(job(0), 1);
    expect(line.giveBack(job(0), 1)).toBeNull();
    expect(line.holds.get(job(0))?.fence).toBe(2);
  });

  it('grants nothing while it is paused, and the front when it goes on', () => {
    const line = new StoredLine(1);
    line.change({ paused: true });
    expect(line.ask(job(0), 1).kind).toBe('waiting');
    expect(line.change({ paused: false }).granted?.wait.jobId).toBe(job(0));
  });

  describe('when a waiter’s priority changes', () => {
    it('moves it past those it now ranks before, each step by half an hour', () => {
      const line = new StoredLine(1);
      line.ask(job(0), 1);
      line.ask(job(1), 1);
      line.now += HALF_AN_HOUR_MS + 10;
      line.ask(job(2), 1);
      expect(line.move(job(2), -1)).toMatchObject({ granted: null });
      expect(line.front()?.jobId).toBe(job(1));
      line.move(job(2), -1);
      expect(line.front()?.jobId).toBe(job(2));
      expect(line.giveBack(job(0))?.granted?.wait.jobId).toBe(job(2));
    });

    it('grants the waiter itself, where it fits once it is first', () => {
      const line = new StoredLine(3);
      line.ask(job(0), 2);
      line.ask(job(1), 2);
      line.ask(job(2), 1);
      expect(line.holds.has(job(2))).toBe(false);
      expect(line.move(job(2), -1)).toMatchObject({ granted: { wait: { jobId: job(2) } } });
      expect([...line.waits.keys()]).toEqual([job(1)]);
      expect(line.holds.get(job(2))).toMatchObject({ units: 1, fence: 2 });
    });

    it('grants another, where the waiter stood before one that fits', () => {
      const line = new StoredLine(3);
      line.ask(job(0), 2);
      line.ask(job(1), 2);
      line.ask(job(2), 1);
      expect(line.move(job(1), 1)).toMatchObject({ granted: { wait: { jobId: job(2) } } });
      expect([...line.waits.keys()]).toEqual([job(1)]);
      expect(line.semaphore).toMatchObject({ held: 3, waiting: 1 });
    });
  });

  it('holds its invariants over random commands', () => {
    const command = fc.tuple(
      fc.constantFrom('ask', 'release', 'leave', 'move', 'capacity', 'pause', 'advance'),
      fc.nat(JOBS.length - 1),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: -2, max: 2 }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(command, { maxLength: 60 }),
        (capacity, commands) => {
          const line = new StoredLine(capacity);
          const fences: number[] = [];
          for (const [verb, position, units, priority] of commands) {
            line.now += units;
            const before = line.semaphore;
            const frontBefore = line.front();
            if (verb === 'ask') {
              const answer = line.ask(job(position), units, priority);
              // 11: a newcomer is granted past those in line only if it ranks before them all.
              if (answer.kind === 'granted' && answer.change !== null && frontBefore !== null) {
                const rank = line.semaphore.clock + priority * HALF_AN_HOUR_MS;
                expect(rank).toBeLessThanOrEqual(frontBefore.rank);
              }
            }
            if (verb === 'release') line.giveBack(job(position));
            if (verb === 'leave') line.leave(job(position));
            if (verb === 'move') {
              const stood = line.waits.get(job(position));
              const moved = line.move(job(position), priority);
              // Its place moves by what the steps are worth, and nobody else's.
              expect(moved?.place.rank).toBe(
                stood === undefined ? undefined : stood.rank + priority * HALF_AN_HOUR_MS,
              );
              if (moved !== null && moved.granted === null) {
                expect(line.waits.get(job(position))?.rank).toBe(moved.place.rank);
              }
            }
            if (verb === 'capacity') line.change({ capacity: units });
            if (verb === 'pause') line.change({ paused: priority > 0 });
            if (verb === 'advance') line.advance();
            const { semaphore, holds, waits } = line;
            const held = [...holds.values()].reduce((sum, hold) => sum + hold.units, 0);
            // 2: the head counts what there is. 12: nobody holds and waits at once.
            expect([semaphore.held, semaphore.waiting]).toEqual([held, waits.size]);
            for (const jobId of holds.keys()) expect(waits.has(jobId)).toBe(false);
            // 1: no grant beyond capacity, also when it shrinks.
            if (semaphore.held > before.held) expect(semaphore.held).toBeLessThanOrEqual(semaphore.capacity);
            // 9: fences strictly increase, one a grant.
            if (semaphore.fence > before.fence) fences.push(semaphore.fence);
            expect(semaphore.fence).toBe(fences.length);
            // 5: the front that fits is granted, or somebody is told to look.
            const front = line.front();
            const fits =
              front !== null && !semaphore.paused && semaphore.held + front.units <= semaphore.capacity;
            if (fits) expect(semaphore.dueAt).toBeDefined();
          }
        },
      ),
    );
  });
});
