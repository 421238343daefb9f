/** Ended, or standing still until someone acts: both count as over for dependents and retention. */
export const SETTLED_STATUSES = [
  'REJECTED',
  'EXPIRED',
  'COMPLETED_OK',
  'COMPLETED_WITH_WARNINGS',
  'COMPLETED_WITH_ERROR',
  'FAILED_TO_START',
  'FAILED',
  'FAILED_RETRYABLE',
  'TIMED_OUT',
  'ABENDED',
  'CANCELED_BEFORE_START',
  'CANCELED_WHILE_RUNNING',
  'CANCELED_AFTER_FAILURE',
  'ROLLED_BACK',
] as const;

/**
 * The canonical statuses of a job and the classes they fall into.
 * Sources: the status lists of Oracle VM Manager, IBM HMC, Clarive, Ganeti and Ooyala Flex, united
 * as docs/lifecycle.md shows.
 */
export const STATUSES = [
  'CREATED',
  'SCHEDULED',
  'PENDING',
  'QUEUED',
  'WAITING_APPROVAL',
  'WAITING_DEPENDENCY',
  'WAITING_LOCK',
  'RUNNING',
  'CHILD_QUEUED',
  'CHILD_RUNNING',
  'PAUSED',
  'TRAPPED',
  'TRAP_PAUSED',
  'CANCELING',
  'ROLLING_BACK',
  ...SETTLED_STATUSES,
] as const;

export type Status = (typeof STATUSES)[number];

/** Who must act next: time or another job, the job itself, a person, nobody. */
export const STATUS_CLASSES = ['waiting', 'running', 'attention', 'ended'] as const;

export type StatusClass = (typeof STATUS_CLASSES)[number];

const CLASS_OF: Readonly<Record<Status, StatusClass>> = {
  CREATED: 'waiting',
  SCHEDULED: 'waiting',
  PENDING: 'waiting',
  QUEUED: 'waiting',
  WAITING_DEPENDENCY: 'waiting',
  WAITING_LOCK: 'waiting',
  RUNNING: 'running',
  CHILD_QUEUED: 'running',
  CHILD_RUNNING: 'running',
  PAUSED: 'running',
  CANCELING: 'running',
  ROLLING_BACK: 'running',
  WAITING_APPROVAL: 'attention',
  TRAPPED: 'attention',
  TRAP_PAUSED: 'attention',
  REJECTED: 'attention',
  EXPIRED: 'attention',
  COMPLETED_OK: 'ended',
  COMPLETED_WITH_WARNINGS: 'ended',
  COMPLETED_WITH_ERROR: 'ended',
  FAILED_TO_START: 'ended',
  FAILED: 'ended',
  FAILED_RETRYABLE: 'ended',
  TIMED_OUT: 'ended',
  ABENDED: 'ended',
  CANCELED_BEFORE_START: 'ended',
  CANCELED_WHILE_RUNNING: 'ended',
  CANCELED_AFTER_FAILURE: 'ended',
  ROLLED_BACK: 'ended',
};

export function classOf(status: Status): StatusClass {
  return CLASS_OF[status];
}

/** Whether it is one of {@link SETTLED_STATUSES}. */
export function isSettled(status: Status): boolean {
  return SETTLED_STATUSES.some((settled) => settled === status);
}

/** W of the transition table: statuses in which a job holds no execution that has begun an op. */
export const BEFORE_RUN_STATUSES = [
  'CREATED',
  'SCHEDULED',
  'PENDING',
  'QUEUED',
  'WAITING_APPROVAL',
  'WAITING_DEPENDENCY',
  'WAITING_LOCK',
] as const satisfies readonly Status[];

/** F of the transition table: unsuccessful ends that a rerun or a cancel may still follow. */
export const FAILURE_STATUSES = [
  'FAILED',
  'FAILED_RETRYABLE',
  'TIMED_OUT',
  'COMPLETED_WITH_ERROR',
] as const satisfies readonly Status[];
