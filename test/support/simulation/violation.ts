/**
 * What the simulation holds after every step, by the numbers of the design's invariants where it has
 * one. A mutant is caught by one of these names, and not by just any failure.
 */
export const INVARIANTS = {
  capacity: '1 nothing is granted beyond the capacity',
  counts: '2 held is the sum of the holds, waiting the number of the waits, and heads say the same',
  releasedOnce: '3 a grant is released once',
  noGrantToSettled: '4 nothing is granted to a settled job',
  madeOnce: 'a child is made once, where it is meant, and counts as it ended',
  countedOnce: 'a group counts what its children are: each once',
  closedMakesNone: 'a closed group takes no more children',
  awaitsChildren: 'an op of children ends only after all of them',
  holdsForChildren: 'what a parent holds is given back only after all below it have ended',
  slotless: 'a parent that waits for its children has no slot, and goes on with the one it had',
  familyEnds: 'the children of a parent that was cut off are cancelled',
  inherits: 'a child asks for nothing that is held above it, nor for what comes before that',
  familyOutcome: 'an op of children ends as their policy says',
  undone: 'what is said to be undone has been, in every child',
  handedOn: '5 the first in line and enough free units never stay beside each other',
  leaked: '6 what an ended job holds is given back',
  deadWaiter: '7 a dead waiter is never granted',
  keepsHolds: '8 nothing is released on doubt: a job keeps what it holds',
  fences: '9 fences strictly increase',
  reentrant: '10 acquire is re-entrant',
  ranked: '11 grants follow rank, and nobody overtakes',
  oneLine: '12 a job waits in one line at most, and takes what it needs in the one order',
  noDeadlock: '13 no deadlock',
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
  guarded: 'every version that was decided on is what was changed',
  paused: 'a paused semaphore grants nothing',
  waitersAreDue: '24 whoever may go on is owed a look',
  hasAll: 'a job starts only with everything it needs',
  givenBackFirst: 'the end comes after everything is given back, save for force and abend',
  neverEarly: '20 no job runs before its date',
  neverLate: '20 no job starts after its window, and none expires inside it',
  asked: 'nothing starts that waits for a person',
  dependents: 'a dependent starts only after the ends that it waits for',
  schedules: 'no schedule is left that nobody wants',
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
  attempts: 'an attempt begins only from an end, as the table allows, and does what it has to',
  heldStill: 'a held job starts no try, keeps what it was doing, and no clock ends its op',
  trapped: 'only a trapped op is answered, and an answer does what it says',
  superseded: 'an execution that nobody needs any more is stopped, and its tokens with it',
  inputs: 'an input is made of the results that its attempt sees',
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
