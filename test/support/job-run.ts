import {
  type Group,
  type GroupRef,
  type GroupWrite,
  groupRefOf,
  groupSchema,
} from '../../core/children/group.ts';
import { regainSlot, settleChildren } from '../../core/children/settle-children.ts';
import type { ActionCatalog, ActionKind } from '../../core/contract/action-catalog.ts';
import { type JobSpec, jobSpecSchema } from '../../core/contract/job-spec.ts';
import { abendJob } from '../../core/job/abend-job.ts';
import { type AdvanceFacts, advanceJob } from '../../core/job/advance-job.ts';
import { answerTrap, type TrapOutcome } from '../../core/job/answer-trap.ts';
import { type CancelAnswer, type CancelCommand, cancelJob } from '../../core/job/cancel-job.ts';
import type { Change, Decision } from '../../core/job/change.ts';
import { type CompletionAnswer, completeOp, type Outcome } from '../../core/job/complete-op.ts';
import { holdsOf } from '../../core/job/due.ts';
import { endHold } from '../../core/job/end-hold.ts';
import { finishJob } from '../../core/job/finish-job.ts';
import { type FailureAnswer, handleOpFailure } from '../../core/job/handle-op-failure.ts';
import { type JobId, jobIdSchema } from '../../core/job/identifiers.ts';
import type { Instant } from '../../core/job/instant.ts';
import {
  endingOf,
  isHeld,
  isLive,
  isRegaining,
  type Job,
  type LiveJob,
  type TrapAnswer,
} from '../../core/job/job.ts';
import type { JournalEntry } from '../../core/job/journal-entry.ts';
import type { Serves } from '../../core/job/live-segment.ts';
import { type PerformAnswer, performOp } from '../../core/job/perform-op.ts';
import { inputOf, type PlannedCall, plannedCall, planToStart } from '../../core/job/plan.ts';
import { planRecovery, type RecoveryAnswer } from '../../core/job/plan-recovery.ts';
import { requestPause } from '../../core/job/request-pause.ts';
import { type RerunFrom, rerunJob } from '../../core/job/rerun-job.ts';
import { resumeJob } from '../../core/job/resume-job.ts';
import { rollBackJob } from '../../core/job/roll-back-job.ts';
import { rollbackLeft } from '../../core/job/settle.ts';
import { submitJob } from '../../core/job/submit-job.ts';
import { windUp } from '../../core/job/wind-up.ts';
import { type BegunOp, hasBegun, type Op, opSchema } from '../../core/op/op.ts';
import { runOf } from '../../core/op/op-index.ts';
import { deepFrozen } from './deep-frozen.ts';
import { LineWorld } from './line-world.ts';
import { LIVENESS } from './liveness.ts';

/** The id of a job by its number, in the order that ids have. */
export function runId(number: number): JobId {
  return jobIdSchema.parse(`01KAQ3R8ZZ${String(number).padStart(16, '0')}`);
}

export const RUN_ID: JobId = runId(1);

export const RECEIVED: Instant = Date.UTC(2026, 10, 23, 9, 30);

export { LIVENESS } from './liveness.ts';

/** `build` is a function, `hand` a worker's; the built-ins as everywhere. */
export const CATALOG: ActionCatalog = new Map<string, { readonly kind: ActionKind }>([
  ['build', { kind: 'lambda' }],
  ['hand', { kind: 'external' }],
  ['log', { kind: 'log' }],
  ['wait', { kind: 'wait' }],
  ['fail', { kind: 'fail' }],
  ['children', { kind: 'children' }],
]);

/** A specification of these ops, each an action `build` unless it says otherwise or is one of children. */
export function specOf(ops: readonly object[], job: object = {}): JobSpec {
  return jobSpecSchema.parse({
    name: 'publish-site',
    project: 'web',
    ...job,
    ops: ops.map((op) => ('children' in op ? op : { action: 'build', ...op })),
  });
}

/** How a try ends; `interrupted`: its token is failed since the job was canceled meanwhile. */
export type Ending = Outcome | 'timeout' | 'heartbeat timeout' | 'interrupted';

/** By the op's name, what becomes of its tries; an op that is not named succeeds. */
export type Script = Readonly<Record<string, Ending | ((run: JobRun, number: number) => Ending)>>;

export const failing = (code: string): Outcome => ({
  kind: 'failed',
  error: { code, message: `it was ${code}` },
});

/** Errors that end an execution without touching the job. */
const SUPERSEDING: ReadonlySet<string> = new Set(['Stale', 'Continued']);

/** An execution that ends in a new one this often will not end at all. */
const MAX_SEGMENTS = 20;

/** Each plan of a recovery follows from somebody's act, of which a test has a few. */
const MAX_PLANS = 20;

/**
 * One job, decided and committed in memory as the tasks of statemachines/job.asl.json would. Each
 * commit is checked: guards, gap-free serials, stored shapes, and a due entry that is never late.
 */
export class JobRun {
  readonly id: JobId;
  readonly spec: JobSpec;
  /** What it shares with other jobs; a world of its own has no limits. */
  readonly world: LineWorld;
  /** Names of the tries in the order they were dispatched. */
  readonly tries: string[] = [];
  now: Instant;
  /** For the jitter of the retry policy, from [0, 1). */
  random = 0.5;
  /** What somebody does whenever the job waits for them, one after the other; then time goes on. */
  readonly onHold: ((run: JobRun) => void)[] = [];
  readonly #ops = new Map<string, Op>();
  readonly #groups = new Map<string, Group>();
  #tokens = 0;

  constructor(
    ops: readonly object[],
    job: object = {},
    shared: { readonly world?: LineWorld; readonly id?: JobId; readonly now?: Instant } = {},
  ) {
    this.id = shared.id ?? RUN_ID;
    this.world = shared.world ?? new LineWorld();
    this.now = shared.now ?? RECEIVED;
    this.spec = specOf(ops, job);
    const submitter = { user: 'ada', groups: ['web:operator'] };
    this.commit(submitJob(this.id, this.spec, submitter, { ...this.facts, lineUp: true }));
  }

  get job(): Job {
    return this.world.head(this.id);
  }

  get entries(): readonly JournalEntry[] {
    return this.world.journal(this.id);
  }

  /** What a decision about the job is told of the world as it is. */
  get facts(): AdvanceFacts {
    const job = this.world.heads().find(({ id }) => id === this.id);
    const seen = job ?? { attempt: 1 };
    const facts = this.world.facts(this.spec, this.now, rollbackLeft(seen, this.spec, this.#seenBy(seen)));
    const ref = job === undefined ? undefined : groupRefOf(job);
    return ref === undefined ? facts : { ...facts, group: this.group(ref) };
  }

  /** The group that the job waits for, unless another is named. */
  group(ref: GroupRef | undefined = groupRefOf(this.job)): Group {
    const group = ref === undefined ? undefined : this.#groups.get(groupName(ref));
    if (group === undefined) throw new Error('there is no such group of children');
    return group;
  }

  /** Children of the group that the job waits for were made, and ended like this. */
  childrenEnd(counts: Group['counts'], unsuccessful = 0): void {
    const group = this.group();
    const ended = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const settled = group.settled + ended;
    const created = Math.max(group.created, settled);
    const all = { ...group, created, settled, unsuccessful: group.unsuccessful + unsuccessful };
    this.#putGroup({ ...all, counts: { ...group.counts, ...counts } });
  }

  /** The end of the children, as the last of them tells it. */
  settleChildren(ref: GroupRef | undefined = groupRefOf(this.job)): Change | null {
    const group = this.group(ref);
    const change = settleChildren(this.job, this.#stored(group.op, group.attempt), group, this.facts);
    this.commit(change);
    return change;
  }

  /** The parent goes on that stood in line for its slot. */
  regainSlot(): Change | null {
    const { job } = this;
    const op = isRegaining(job) ? this.#stored(job.activeOp) : null;
    if (!isRegaining(job) || op?.status !== 'running') return null;
    const ref = { jobId: job.id, attempt: job.attempt, op: op.index, try: op.try };
    const change = regainSlot(job, op, this.group(ref), this.facts);
    this.commit(change);
    return change;
  }

  #putGroup(group: Group): void {
    this.#groups.set(groupName(group), deepFrozen(groupSchema.parse(group)));
  }

  /** The job, which must be live. */
  get live(): LiveJob {
    const { job } = this;
    if (!isLive(job)) throw new Error(`the job is ${job.status}`);
    return job;
  }

  /** Ops that are stored, of all attempts, by index. */
  get ops(): readonly Op[] {
    return [...this.#ops.values()].sort(
      (one, other) => one.attempt - other.attempt || one.index - other.index,
    );
  }

  /** Ops that decisions about the attempt are made from: its own, or all that a manual rollback undoes. */
  get opsOfAttempt(): readonly Op[] {
    return this.#seenBy(this.job);
  }

  #seenBy({ attempt, again }: Pick<Job, 'attempt' | 'again'>): readonly Op[] {
    return again?.kind === 'rollback' ? this.ops : this.ops.filter((op) => op.attempt === attempt);
  }

  /** The execution that the head names. */
  get serves(): Serves {
    const { attempt, segment } = this.live;
    return { attempt, group: segment.group, number: segment.number };
  }

  /** An op that has begun, in the current attempt if nothing else is said. */
  op(index: number, attempt: number = this.job.attempt): BegunOp {
    const op = this.#stored(index, attempt);
    if (op === null || !hasBegun(op)) throw new Error(`op ${index} has not begun in attempt ${attempt}`);
    return op;
  }

  #stored(index: number, attempt: number = this.job.attempt): Op | null {
    return this.#ops.get(`${attempt}/${index}`) ?? null;
  }

  /** Stores a change, if it may be stored. */
  commit(change: Change | null): void {
    if (change === null) return;
    this.world.commit(change);
    for (const { before: version, op } of change.ops) {
      const stored = this.#stored(op.index, op.attempt);
      must(version === (stored?.version ?? null), 'ops are guarded by their versions');
      must(op.version === (version ?? 0) + 1, 'versions of ops count up');
      this.#ops.set(`${op.attempt}/${op.index}`, deepFrozen(opSchema.parse(op)));
    }
    if (change.group !== undefined) this.#commitGroup(change.group);
  }

  #commitGroup(write: GroupWrite): void {
    if (write.kind === 'open') {
      must(!this.#groups.has(groupName(write.group)), 'a group is opened once');
      this.#putGroup(write.group);
      return;
    }
    const group = this.group(write.ref);
    must(group.closed === undefined, 'only an open group is closed');
    this.#putGroup({ ...group, closed: write.closed });
  }

  perform(index: number, token = this.#token(), serves = this.serves): PerformAnswer {
    const planned = plannedCall(this.spec, index);
    const total = planned === undefined ? 0 : this.#childrenOf(planned);
    const answer = performOp(
      this.job,
      this.spec,
      this.#stored(index),
      { ...serves, op: index, token },
      {
        now: this.now,
        nonce: `nonce of ${token}`,
        kind: CATALOG.get(planned?.call.action ?? '')?.kind ?? 'fail',
        input: planned === undefined ? {} : inputOf(planned),
        ...(total === 0 ? {} : { children: { ...this.facts, total } }),
      },
    );
    if (answer.kind !== 'answer') this.commit(answer.change);
    return answer;
  }

  /** How many children an op has; a rollback undoes those of all its tries. */
  #childrenOf(planned: PlannedCall): number {
    if (planned.call.action !== 'children') return 0;
    const items = inputOf(planned);
    if (planned.kind === 'op') return Array.isArray(items) ? items.length : 0;
    const { attempt, index } = runOf(
      { attempt: this.job.attempt, index: planned.index },
      this.spec.ops.length,
    );
    const groups = [...this.#groups.values()].filter(
      (group) => group.attempt === attempt && group.op === index,
    );
    return groups.reduce((total, group) => total + group.total, 0);
  }

  complete(
    index: number,
    outcome: Outcome = { kind: 'succeeded' },
    named: { readonly try?: number; readonly nonce?: string; readonly attempt?: number } = {},
  ): Decision<CompletionAnswer> {
    const op = this.#stored(index);
    const decision = completeOp(
      this.job,
      this.spec,
      op,
      { attempt: this.job.attempt, op: index, try: op?.try ?? 1, outcome, actor: 'worker', ...named },
      this.now,
    );
    if (decision.ok) this.commit(decision.change);
    return decision;
  }

  handle(index: number, name: string, token = this.#token(), serves = this.serves): FailureAnswer {
    const decision = handleOpFailure(
      this.job,
      this.spec,
      this.#stored(index),
      { ...serves, op: index, token, error: { name, cause: '' } },
      { ...this.facts, random: this.random, catalog: CATALOG },
    );
    this.commit(decision.change);
    return decision.answer;
  }

  recover(name = 'OpFailed', serves = this.serves): RecoveryAnswer {
    const command = { ...serves, error: { name, cause: '' } };
    const decision = planRecovery(this.job, this.spec, this.opsOfAttempt, command, {
      now: this.now,
      liveness: LIVENESS,
    });
    this.commit(decision.change);
    return decision.answer;
  }

  finish(after: 'ops' | 'recovery' = 'ops', serves = this.serves): Change | null {
    const change = finishJob(this.job, this.spec, this.opsOfAttempt, { ...serves, after }, this.facts);
    this.commit(change);
    while (endingOf(this.job) !== undefined) this.windUp();
    return change;
  }

  cancel(command: Partial<CancelCommand> = {}): Decision<CancelAnswer> {
    const decision = cancelJob(
      this.job,
      this.opsOfAttempt,
      { actor: 'ada', onlyIfQueued: false, force: false, rollback: true, ...command },
      this.facts,
    );
    if (decision.ok) this.commit(decision.change);
    return decision;
  }

  /** Lets admission decide again. */
  advance(): Change | null {
    const change = advanceJob(this.job, this.facts);
    this.commit(change);
    return change;
  }

  /** Commits what a command decides on the job as it is. */
  command<Answer>(decide: (job: Job, facts: AdvanceFacts) => Decision<Answer>): Decision<Answer> {
    const decision = decide(this.job, this.facts);
    if (decision.ok) this.commit(decision.change);
    return decision;
  }

  /** Answers the trap that the job is in. */
  answer(answer: TrapAnswer, comment?: string): Decision<TrapOutcome> {
    const command = { answer, actor: 'ada', ...(comment === undefined ? {} : { comment }) };
    return this.command((job) => answerTrap(job, this.spec, this.opsOfAttempt, command, this.now));
  }

  pause(comment?: string): Decision<null> {
    const said = { actor: 'ada', ...(comment === undefined ? {} : { comment }) };
    return this.command((job) => requestPause(job, said, this.now));
  }

  resume(): Decision<null> {
    return this.command((job) => resumeJob(job, this.opsOfAttempt, { actor: 'ada' }, this.now));
  }

  rerun(from: RerunFrom = 'PRE', runNow = false): Decision<null> {
    const command = { actor: 'ada', from, runNow };
    return this.command((job, facts) => rerunJob(job, this.spec, this.ops, command, facts));
  }

  rollBack(): Decision<null> {
    return this.command((job, facts) => rollBackJob(job, this.spec, this.ops, { actor: 'ada' }, facts));
  }

  /** Gives back the next of what the job owes. */
  windUp(): Change | null {
    const change = windUp(this.job, this.facts);
    this.commit(change);
    return change;
  }

  abend(serves = this.serves): Change | null {
    const closed = { ...serves, how: 'ABORTED' };
    const change = abendJob(this.job, this.opsOfAttempt, closed, this.facts);
    this.commit(change);
    return change;
  }

  /** Lets time act on a job whose execution waits, as the sweeper does. */
  endHold(): Change | null {
    const context = { now: this.now, liveness: LIVENESS };
    const change = endHold(this.job, this.spec, this.opsOfAttempt, context);
    this.commit(change);
    return change;
  }

  /** Runs executions as long as one is owed. */
  play(script: Script = {}): Job {
    for (let segment = 0; this.#owesStart(); segment += 1) {
      if (segment === MAX_SEGMENTS) throw new Error('the job does not end');
      this.#execute(script);
    }
    return this.job;
  }

  #owesStart(): boolean {
    return isLive(this.job) && this.job.owed.some(({ kind }) => kind === 'start');
  }

  #execute(script: Script): void {
    const { serves } = this;
    let ended = this.#performOps(serves, planToStart(this.live, this.spec, this.opsOfAttempt), script);
    if (ended === null) {
      this.finish('ops', serves);
      return;
    }
    for (let plans = 0; ended !== null; plans += 1) {
      if (SUPERSEDING.has(ended)) return;
      if (plans === MAX_PLANS) throw new Error('the recovery does not end');
      const recovery = this.recover(ended, serves);
      if (recovery.kind === 'throw') return;
      ended = this.#recoverOps(serves, recovery.ops, script);
    }
    this.finish('recovery', serves);
  }

  /**
   * An item that fails is recorded and the Map goes on. A token that is failed ends it, and what is left
   * is planned again.
   */
  #recoverOps(serves: Serves, plan: readonly number[], script: Script): string | null {
    for (const index of plan) {
      const ended = this.#performOp(serves, index, script);
      if (ended !== null && ended !== 'OpFailed') return ended;
    }
    return null;
  }

  #performOps(serves: Serves, plan: readonly number[], script: Script): string | null {
    for (const index of plan) {
      const ended = this.#performOp(serves, index, script);
      if (ended !== null) return ended;
    }
    return null;
  }

  /** One item of the Map; null if it went well, else the error it ended with. */
  #performOp(serves: Serves, index: number, script: Script): string | null {
    for (;;) {
      const error = this.#try(serves, index, script);
      if (error === null) return null;
      const answer = this.handle(index, error, this.#token(), serves);
      switch (answer.kind) {
        case 'goOn':
          return null;
        case 'failed':
          return 'OpFailed';
        case 'throw':
          return answer.error;
        case 'tryAgain':
          this.now += answer.afterSeconds * 1000;
          break;
        case 'hold': {
          const told = this.#whenTold(index);
          if (told !== null) return told === 'go on' ? null : told;
        }
      }
    }
  }

  /**
   * The token of Handle op failure waits: what it is told, once somebody has acted or a time is over.
   * Null: the op is to be tried again.
   */
  #whenTold(index: number): string | null {
    const { live } = this;
    if (live.status !== 'QUEUED' && !isHeld(live) && live.heldUntil !== undefined) {
      this.now = live.heldUntil;
      return null;
    }
    const act = this.onHold.shift();
    if (act !== undefined) act(this);
    else this.#waitForItsTime();
    if (!isLive(this.job) || endingOf(this.job) !== undefined) return 'Stale';
    if (this.job.owed.some(({ kind }) => kind === 'start')) return 'Continued';
    if (isHeld(this.job)) return this.#whenTold(index);
    if (this.job.owed.some(({ kind }) => kind === 'interrupt')) return 'Canceled';
    const op = this.#stored(index);
    if (op?.status === 'success') return 'go on';
    if (op?.status !== 'error') return null;
    return op.next === 'go on' ? 'go on' : 'OpFailed';
  }

  #waitForItsTime(): void {
    this.now = Math.max(this.now, Math.min(...holdsOf(this.live)));
    if (this.endHold() === null) throw new Error('the op is held and nobody will come to wake it');
  }

  #try(serves: Serves, index: number, script: Script): string | null {
    const answer = this.perform(index, this.#token(), serves);
    if (answer.kind === 'throw') return answer.error;
    if (answer.kind === 'answer') return answer.op.status === 'success' ? null : 'OpFailed';
    const { name, try: number } = answer.op;
    this.tries.push(name);
    const scripted = script[name] ?? { kind: 'succeeded' };
    const ending = typeof scripted === 'function' ? scripted(this, number) : scripted;
    switch (ending) {
      case 'timeout':
        return 'States.Timeout';
      case 'heartbeat timeout':
        return 'States.HeartbeatTimeout';
      case 'interrupted':
        return 'Canceled';
      default: {
        const completed = this.complete(index, ending, { try: number });
        if (!completed.ok || completed.answer.kind === 'late') return 'Canceled';
        return completed.answer.op.status === 'success' ? null : 'OpFailed';
      }
    }
  }

  #token(): string {
    this.#tokens += 1;
    return `token-${this.#tokens}`;
  }
}

function groupName({ attempt, op, try: number }: GroupRef): string {
  return `${attempt}/${op}/${number}`;
}

/** What holds of every change: said by the name it is broken by. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`);
}
