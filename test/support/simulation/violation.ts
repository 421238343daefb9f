/**
 * What the simulation holds after every step, by the numbers of the design's invariants where it has
 * one. A mutant is caught by one of these names, and not by just any failure.
 */
export const INVARIANTS = {
  nothingOnDoubt: '8 nothing is settled on doubt',
  settledStays: '14 a settled attempt never changes, save to CANCELED_AFTER_FAILURE',
  oneSettlingEntry: '15 one settling journal entry an attempt',
  gapFree: '16 serials are gap-free',
  published: '17 each committed entry is published, none that was not committed',
  harmless: '18 duplicates and reorderings of any input are harmless',
  oneExecution: '19 one execution per attempt, group and segment',
  lateDoesNothing: '20 a late answer of an old attempt or try does nothing',
  sizes: '22 sizes are checked before writing',
  owedIsDone: '24 an owed effect is done within two sweeps',
  moves: 'every move is in the table of transitions',
  liveness: 'no job is live for ever',
  order: 'no op starts before its predecessors are final',
  rollbacks: 'rollbacks run in reverse for completed ops that declared them, at most once successfully',
  post: 'POST runs after success or failure, and not after cancel or abend',
  dispatch: 'a try is dispatched unless it is superseded',
  results: 'the outcome of a try is never lost',
  canceled: 'a cancelled job never shows a later success',
  fence: 'opFence strictly increases with each dispatch',
  activeOp: 'activeOp names the op that has begun and is not final',
  progress: 'progress counts the ops that have run',
  answersFollow: 'a token is answered by what is committed',
  dueEntry: 'the due entry is never later than what is due',
  told: 'an execution that ends of itself has settled its job or handed it on',
  segments: 'a segment hands over before its execution meets a limit',
  serves: 'an execution that was superseded touches nothing',
  stored: 'the store holds what was committed',
  asSpecified: 'a job that meets no fault and no command ends as its specification says',
  retryWaits: 'no try starts before its wait is over',
  idleSweeper: 'where nothing goes wrong, nothing is left for the sweeper to repair',
  noAccident: 'no function meets what it holds impossible',
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** An invariant is broken: ends the history, and never reaches the code under test. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: Invariant;

  constructor(invariant: Invariant, what: string) {
    super(`${INVARIANTS[invariant]}: ${what}`);
    this.invariant = invariant;
  }
}

/** Breaks the history unless the invariant holds. */
export function hold(invariant: Invariant, holds: boolean, what: () => string): void {
  if (!holds) throw new Violation(invariant, what());
}
