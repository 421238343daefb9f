/**
 * What a history may have seen. A set of histories that never saw one of these tests less than it
 * says, so the test fails on it.
 */
export const SIGHTS = [
  'abend noticed by a look',
  'abend noticed by an event',
  'answer of a closed token',
  'cancel after failure',
  'cancel before start',
  'cancel refused',
  'cancel while rolling back',
  'cancel while running',
  'completion of an unknown try',
  'completion with a wrong nonce',
  'crash after an effect',
  'crash before an effect',
  'deletion',
  'duplicate completion',
  'duplicate event',
  'execution stopped from outside',
  'failed rollback',
  'force',
  'function ran out of time',
  'heartbeat kept a try alive',
  'heartbeat missed',
  'idempotent replay',
  'idempotency key reused',
  'late completion',
  'long wait held by a token',
  'lost response',
  'note',
  'op continued after its failure',
  'op finished its job early',
  'only if queued',
  'outage',
  'outcome foretold',
  'POST after failure',
  'PRE and RUN',
  'reference resolved',
  'reference to nothing',
  'refused by throttling',
  'retried try',
  'rollback',
  'rollback when started',
  'segment continued',
  'status event lost',
  'superseded execution',
  'sweeper repair',
  'the natural end won against a cancel',
  'timeout',
  'token replaced',
  'unreachable target',
  'version conflict',
  'wait over',
  'warnings',
] as const;

export type Sight = (typeof SIGHTS)[number];

/** What one history saw. */
export class Coverage {
  readonly #seen = new Set<Sight>();

  saw(sight: Sight): void {
    this.#seen.add(sight);
  }

  all(): ReadonlySet<Sight> {
    return this.#seen;
  }
}
