import { type Change, changeOf } from './change.ts';
import { giveBack } from './give-back.ts';
import { endingOf, isLive, isWaiting, type Job } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';
import { type EndFacts, settleChange } from './settle.ts';

/**
 * The next transaction of a job that gives back what it holds, one semaphore each; the last one ends
 * the job if it is ending. Each is guarded by the head that owes it and by the fence of the hold, so
 * one that comes late never takes a hold gained since. Null: nothing is owed.
 */
export function windUp(job: Job, facts: EndFacts): Change | null {
  if (job.children !== undefined || !job.owed.some(({ kind }) => kind === 'release')) return null;
  const [held, ...left] = job.holds;
  const given = held === undefined ? { semaphores: [], touched: [] } : giveBack(job, held, facts);
  const owed = job.owed.filter(({ kind }) => kind !== 'release');
  const ending = endingOf(job);
  if (left.length === 0 && ending !== undefined && (isLive(job) || isWaiting(job))) {
    return settleChange('settle job', { ...job, holds: [] }, ending, facts, { ...given, owed });
  }
  const again: OwedEffect[] = isWaiting(job) ? [{ kind: 'advance', by: facts.now + EFFECT_OWED_MS }] : [];
  const next: Job = {
    ...job,
    holds: left,
    owed: left.length > 0 ? job.owed : [...owed, ...again],
  };
  return changeOf('give back', job, next, facts.now, { actor: JOBPLANE, ...given });
}
