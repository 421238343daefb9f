import type { Status } from './status.ts';

/** What people and programs can ask of a job, beside reading it. */
export const COMMANDS = [
  'confirm',
  'approve',
  'reject',
  'reschedule',
  'cancel',
  'force',
  'pause',
  'resume',
  'trap',
  'rerun',
  'priority',
  'delete',
  'rollback',
  'note',
] as const;

export type Command = (typeof COMMANDS)[number];

/**
 * - `allowed`: always, in this status.
 * - `conditional`: by what the job has (a policy, something to undo, a start date): the command decides.
 * - `refused`: never, in this status.
 */
export type Ruling = 'allowed' | 'conditional' | 'refused';

/** The command table of the lifecycle, as data: docs/lifecycle.md prints it. */
export function ruling(status: Status, command: Command): Ruling {
  if (command === 'note') return 'allowed';
  return RULINGS[status][command] ?? 'refused';
}

/** The commands that a job in this status can take at all, for refusals to name. */
export function possibleCommands(status: Status): readonly Command[] {
  return COMMANDS.filter((command) => ruling(status, command) !== 'refused');
}

type Row = Readonly<Partial<Record<Command, Ruling>>>;

const WAITING: Row = { reschedule: 'allowed', cancel: 'allowed', force: 'allowed', priority: 'allowed' };
const RUNNING: Row = {
  cancel: 'allowed',
  force: 'allowed',
  pause: 'allowed',
  resume: 'allowed',
  priority: 'conditional',
};
const TRAPPED: Row = { cancel: 'allowed', force: 'allowed', trap: 'allowed', priority: 'conditional' };
const STOPPING: Row = { force: 'allowed' };
const FAILED: Row = {
  cancel: 'allowed',
  force: 'allowed',
  rerun: 'allowed',
  delete: 'allowed',
  rollback: 'conditional',
};
const COMPLETED: Row = { rerun: 'conditional', delete: 'allowed', rollback: 'conditional' };
const CANCELED: Row = { delete: 'allowed', rollback: 'conditional' };

const RULINGS: Readonly<Record<Status, Row>> = {
  CREATED: { ...WAITING, confirm: 'allowed' },
  SCHEDULED: WAITING,
  PENDING: WAITING,
  // Starting jobs take pause and resume as flags and no reschedule; those regaining a slot act as RUNNING.
  QUEUED: {
    ...WAITING,
    reschedule: 'conditional',
    priority: 'conditional',
    pause: 'conditional',
    resume: 'conditional',
  },
  WAITING_APPROVAL: { ...WAITING, approve: 'allowed', reject: 'allowed' },
  WAITING_DEPENDENCY: WAITING,
  WAITING_LOCK: WAITING,
  RUNNING,
  CHILD_QUEUED: RUNNING,
  CHILD_RUNNING: RUNNING,
  PAUSED: { cancel: 'allowed', force: 'allowed', resume: 'allowed', priority: 'conditional' },
  TRAPPED,
  TRAP_PAUSED: TRAPPED,
  CANCELING: STOPPING,
  ROLLING_BACK: STOPPING,
  REJECTED: FAILED,
  EXPIRED: { ...FAILED, reschedule: 'allowed' },
  FAILED,
  FAILED_RETRYABLE: FAILED,
  TIMED_OUT: FAILED,
  COMPLETED_WITH_ERROR: FAILED,
  ABENDED: FAILED,
  FAILED_TO_START: FAILED,
  COMPLETED_OK: COMPLETED,
  COMPLETED_WITH_WARNINGS: COMPLETED,
  CANCELED_BEFORE_START: CANCELED,
  CANCELED_WHILE_RUNNING: CANCELED,
  CANCELED_AFTER_FAILURE: CANCELED,
  ROLLED_BACK: CANCELED,
};
