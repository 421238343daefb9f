import type { LineChange, Transition } from '../../../core/job/change.ts';
import { TRAP_ANSWERS, type TrapAnswer } from '../../../core/job/job.ts';
import type { OwedEffect } from '../../../core/job/owed-effect.ts';
import { RERUN_FROM, type RerunFrom } from '../../../core/job/rerun-job.ts';
import type { Status } from '../../../core/job/status.ts';

/** How jobs are held, and what ends that. */
const HOLDS = [
  'abend of a held job',
  'answer while a start is owed',
  'answer while the countdown stands still',
  'cancel of a paused job',
  'cancel of a trapped job',
  'cancel while a start is owed',
  'force of a paused job',
  'force of a trapped job',
  'hold handed over after an outage',
  'hold handed over: PAUSED',
  'hold handed over: TRAPPED',
  'hold handed over: TRAP_PAUSED',
  'long wait handed over',
  'pause',
  'pause before POST',
  'pause before the first op',
  'pause between two tries',
  'pause over',
  'pause over after a failure',
  'pause over before POST',
  'pause taken back',
  'resume',
  'token of a hold replaced',
  'trap',
  'trap in POST',
  'trap in a manual rollback',
  'trap of a rollback',
  'trap timeout: abort',
  'trap timeout: retry',
  'trap timeout: skip',
] as const;

/** Attempts beyond the first. */
const ATTEMPTS = [
  'deletion after a rerun',
  'failure stands',
  'manual rollback',
  'manual rollback abended',
  'manual rollback canceled',
  'manual rollback failed',
  'manual rollback forced',
  'manual rollback of several attempts',
  'rerun asks nothing again',
  'rerun begins at what was undone',
  'something is left behind',
  'warnings stand',
] as const;

/** The same, where jobs are in each other's way. */
const ATTEMPTS_IN_LINE = [
  'attempt begins before dependents are told',
  'attempt begins before what was held is given back',
  'expired job is given another date',
  'manual rollback waits',
  'rerun at once',
  'rerun of a job that others depend on',
] as const;

/** So rare that not every four thousand histories meet it. */
export const RARE_IN_LINE = ['attempt begins before an execution is stopped'] as const;

/**
 * What one single job may meet. A set of histories that never saw one of these tests
 * less than it says, so the test fails on it.
 */
const JOB_OCCASIONS = [
  'abend noticed by a look',
  'abend noticed by an event',
  'answer of a closed token',
  'cancel after failure',
  'cancel before start',
  'cancel refused',
  'completion of an earlier attempt',
  'pause refused',
  'rerun refused',
  'resume refused',
  'rollback refused',
  'trap answer refused',
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
  'outcome of a manual rollback foretold',
  'outcome of a rerun foretold',
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

/** What a history of single jobs may have seen. */
export const JOB_SIGHTS: readonly Sight[] = [
  ...JOB_OCCASIONS,
  ...HOLDS,
  ...ATTEMPTS,
  ...TRAP_ANSWERS.map((answer) => `trap answer: ${answer}` as const),
  ...RERUN_FROM.map((from) => `rerun from ${from}` as const),
];

/** Changes that jobs in each other's way make. */
const TRANSITIONS = [
  'advance job',
  'confirm job',
  'approve job',
  'reject job',
  'reschedule job',
  'change priority',
  'expire job',
  'decide on dependency',
  'decide end',
  'give back',
  'grant',
  'note dependent',
  'release by force',
  'clear effect',
  'trap job',
  'answer trap',
  'pause job',
  'resume job',
  'rerun job',
  'roll back job',
  'set queue',
  'set resource',
  'grant next',
] as const satisfies readonly (Transition | LineChange['transition'])[];

const EFFECTS = [
  'advance',
  'release',
  'tell',
  'schedule',
  'unschedule',
] as const satisfies readonly OwedEffect['kind'][];

const STATUSES = [
  'CREATED',
  'SCHEDULED',
  'PENDING',
  'QUEUED',
  'WAITING_APPROVAL',
  'WAITING_DEPENDENCY',
  'WAITING_LOCK',
  'EXPIRED',
  'REJECTED',
  'FAILED_TO_START',
] as const satisfies readonly Status[];

const OCCASIONS = [
  'admission full',
  'cancel while ending',
  'cancel in line',
  'confirm refused',
  'dependent runs whatever the end',
  'dependent canceled by the end',
  'end before what is held is given back',
  'end with all that is held in one transaction',
  'exclusive behind shared',
  'grant by a sweep',
  'granted at once before others who wait',
  'lock not held',
  'lock taken from a job that runs',
  'lock taken from a job that waits',
  'not an approver',
  'owner may not approve',
  'paused queue',
  'priority refused',
  'queue draining',
  'regranted by its own priority',
  'reschedule refused',
  'resource below what is held',
  'schedule fired',
  'schedule fired twice',
  'schedule lost',
  'semaphore conflict',
  'shared lock',
  'started with all it needs in one transaction',
  'stale line',
  'touched conflict',
  'unscheduled',
  'waits with something held',
  'wound up by another than its own function',
] as const;

/** What a history of jobs in each other's way may have seen. */
export const CONTENTION_SIGHTS: readonly Sight[] = [
  ...OCCASIONS,
  ...ATTEMPTS_IN_LINE,
  ...TRANSITIONS.map((name) => `change: ${name}` as const),
  ...EFFECTS.map((name) => `owed: ${name}` as const),
  ...STATUSES.map((name) => `status: ${name}` as const),
];

/** What a history of families may have seen. */
export const FAMILY_SIGHTS = [
  'CHILD_QUEUED',
  'CHILD_RUNNING',
  'child abended',
  'child refused',
  'child rolled back',
  'child stands still',
  'children are made again',
  'children are undone',
  'children out of time',
  'closed with the fan-out half done',
  'family deleted',
  'family stopped from outside',
  'held for its children after the end',
  'inherited',
  'nested family',
  'nothing left to undo',
  'parent abended',
  'parent abended without its children',
  'parent asked to pause',
  'parent canceled',
  'parent forced',
  'rest canceled',
  'rest given up',
  'slot regained in line',
  'tolerated',
  'waits for its turn in the group',
] as const;

export type FamilySight = (typeof FAMILY_SIGHTS)[number];

export type Sight =
  | FamilySight
  | (typeof JOB_OCCASIONS)[number]
  | (typeof HOLDS)[number]
  | (typeof ATTEMPTS)[number]
  | (typeof ATTEMPTS_IN_LINE)[number]
  | (typeof RARE_IN_LINE)[number]
  | `trap answer: ${TrapAnswer}`
  | `rerun from ${RerunFrom}`
  | (typeof OCCASIONS)[number]
  | `change: ${Transition | LineChange['transition']}`
  | `owed: ${OwedEffect['kind']}`
  | `status: ${Status}`;

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
