import { release, removeWaiter, type SemaphoreChange } from '../semaphore/line.ts';
import type { Touch } from './change.ts';
import { touchedBy } from './grant.ts';
import type { Instant } from './instant.ts';
import { commonOf, type Held, type Job, placeOf } from './job.ts';
import { frontBeside, type LineFacts, type LinesOfNeeds } from './line-facts.ts';
import type { Need } from './needs.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';

/** What was read of a job's needs when it gives something back. */
export interface HeldFacts {
  readonly now: Instant;
  readonly needs: readonly Need[];
  readonly lines: LinesOfNeeds;
}

/** What giving back does beside the job's own head. */
export interface GivenBack {
  readonly semaphores: readonly SemaphoreChange[];
  readonly touched: readonly Touch[];
}

/** What a job still has after it left its lines, and what that takes in the same transaction. */
export interface Departure extends GivenBack {
  readonly holds: readonly Held[];
  /** To give back what it still has. */
  readonly owed: readonly OwedEffect[];
}

/**
 * The job leaves its place in line, and whoever is first then is granted what fits, in the same
 * transaction. What it holds is given back with it if nobody waits for any of that; otherwise it
 * keeps all of it, to be given back one semaphore a transaction.
 */
export function depart(job: Job, facts: HeldFacts): Departure {
  const left = leavePlace(job, facts);
  // What a parent holds is given back once all its children have ended.
  if (job.children !== undefined) return { ...left, holds: job.holds, owed: [] };
  if (job.holds.some(({ need }) => lineOf(facts, need).semaphore.waiting > 0)) {
    return { ...left, holds: job.holds, owed: [{ kind: 'release', by: facts.now + EFFECT_OWED_MS }] };
  }
  const given = job.holds.map((held) => giveBack(job, held, facts));
  return {
    semaphores: [...left.semaphores, ...given.flatMap(({ semaphores }) => semaphores)],
    touched: left.touched,
    holds: [],
    owed: [],
  };
}

/** The job once it has left its lines: of what it owed, only what its dates need is left. */
export function departed(job: Job, departure: Departure): ReturnType<typeof commonOf> {
  const kept = job.owed.filter(({ kind }) => kind === 'schedule' || kind === 'unschedule');
  return { ...commonOf(job), holds: [...departure.holds], owed: [...kept, ...departure.owed] };
}

/** Gives one hold back under its fence, and grants whoever is first if that fits now. */
export function giveBack(job: Job, held: Held, facts: HeldFacts): GivenBack {
  const line = lineOf(facts, held.need);
  const own = { jobId: job.id, fence: held.fence, units: unitsOf(facts, held.need) };
  const answer = release(
    { semaphore: line.semaphore, own, front: frontBeside(line, job.id) },
    held,
    facts.now,
  );
  if (answer === null) return { semaphores: [], touched: [] };
  return { semaphores: [answer.change], touched: touchedBy(answer, line, facts.now) };
}

/** The job's place in line, if it has one, is gone; whoever is first then is granted what fits. */
export function leavePlace(job: Job, facts: HeldFacts): GivenBack {
  const place = placeOf(job);
  if (place === undefined) return { semaphores: [], touched: [] };
  const line = lineOf(facts, place.need);
  const own = { jobId: job.id, rank: place.rank };
  const answer = removeWaiter(
    { semaphore: line.semaphore, own, front: frontBeside(line, job.id) },
    facts.now,
  );
  if (answer === null) return { semaphores: [], touched: [] };
  return { semaphores: [answer.change], touched: touchedBy(answer, line, facts.now) };
}

function lineOf(facts: HeldFacts, need: number): LineFacts {
  const line = facts.lines.get(need);
  if (line === undefined) throw new Error(`the line of need ${need} was not read`);
  return line;
}

function unitsOf(facts: HeldFacts, index: number): number {
  const need = facts.needs[index];
  if (need === undefined) throw new Error(`the job has no need ${index}`);
  return need.units;
}
