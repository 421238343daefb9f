import { BEFORE_RUN_STATUSES, FAILURE_STATUSES, isSettled, STATUSES, type Status } from './status.ts';

/**
 * Every move between two statuses that Jobplane makes; a move that is not here is a bug.
 * `null` stands for a job that does not exist yet. A settled job moves on as a new attempt only,
 * save for CANCELED_AFTER_FAILURE, which closes the attempt it has.
 */
export function mayMove(from: Status | null, to: Status): boolean {
  return MOVES.get(from)?.has(to) ?? false;
}

/** Where a job in this status can go, in the order of the status list. */
export function movesFrom(from: Status | null): readonly Status[] {
  return STATUSES.filter((to) => mayMove(from, to));
}

const COMPLETED: readonly Status[] = ['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS', 'COMPLETED_WITH_ERROR'];
const WAITING: readonly Status[] = BEFORE_RUN_STATUSES;
const FAILURES: readonly Status[] = FAILURE_STATUSES;
const AFTER_PRE: readonly Status[] = [
  ...WAITING.filter((status) => status !== 'CREATED'),
  'EXPIRED',
  'FAILED_TO_START',
];
const FORCED: readonly Status[] = ['CANCELED_BEFORE_START', 'CANCELED_WHILE_RUNNING'];
const WITH_CHILDREN: readonly Status[] = [
  'RUNNING',
  'QUEUED',
  'PAUSED',
  'TRAPPED',
  'CANCELING',
  'ROLLING_BACK',
  ...FAILURES,
  ...COMPLETED,
  'ABENDED',
];
const AFTER_TRAP: readonly Status[] = ['RUNNING', 'ROLLING_BACK', ...FAILURES, 'CANCELING', 'ABENDED'];

const MOVES: ReadonlyMap<Status | null, ReadonlySet<Status>> = buildMoves();

function buildMoves(): ReadonlyMap<Status | null, ReadonlySet<Status>> {
  const moves = new Map<Status | null, Set<Status>>();
  const allow = (from: Status | null, targets: readonly Status[]) => {
    const known = moves.get(from) ?? new Set<Status>();
    for (const target of targets) known.add(target);
    moves.set(from, known);
  };

  allow(null, WAITING);
  for (const from of WAITING) {
    allow(from, [...WAITING, 'EXPIRED', 'FAILED_TO_START']);
    allow(from, ['CANCELED_BEFORE_START', 'CANCELED_WHILE_RUNNING', 'CANCELING']);
  }
  allow('QUEUED', ['RUNNING', 'ROLLING_BACK', 'ABENDED']);
  allow('WAITING_APPROVAL', ['REJECTED']);
  allow('RUNNING', ['CHILD_QUEUED', 'CHILD_RUNNING', 'PAUSED', 'TRAPPED', 'CANCELING', 'ROLLING_BACK']);
  allow('RUNNING', [...AFTER_PRE, ...COMPLETED, ...FAILURES, 'ABENDED']);
  allow('CHILD_QUEUED', ['CHILD_RUNNING', ...WITH_CHILDREN]);
  allow('CHILD_RUNNING', WITH_CHILDREN);
  allow('PAUSED', ['RUNNING', 'CANCELING', 'ROLLING_BACK', ...FAILURES, 'ABENDED']);
  allow('TRAPPED', ['TRAP_PAUSED', ...AFTER_TRAP]);
  allow('TRAP_PAUSED', ['TRAPPED', ...AFTER_TRAP]);
  // The natural end that won the race against the cancel.
  allow('CANCELING', ['ROLLING_BACK', 'CANCELED_WHILE_RUNNING', 'ABENDED', ...COMPLETED, ...FAILURES]);
  allow('ROLLING_BACK', [...FAILURES, 'CANCELED_WHILE_RUNNING', 'ROLLED_BACK', 'TRAPPED', 'ABENDED']);
  for (const from of STATUSES) {
    if (!isSettled(from) && from !== 'ROLLING_BACK') allow(from, FORCED);
  }
  for (const from of [...FAILURES, 'FAILED_TO_START', 'ABENDED', 'EXPIRED', 'REJECTED'] as const) {
    allow(from, ['CANCELED_AFTER_FAILURE', ...WAITING]);
  }
  // A rerun under `rerunPolicy: permitted`, and a manual rollback of whatever can still be undone.
  for (const from of ['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS'] as const) allow(from, WAITING);
  for (const from of [...FORCED, 'CANCELED_AFTER_FAILURE', 'ROLLED_BACK'] as const) allow(from, WAITING);
  return moves;
}
