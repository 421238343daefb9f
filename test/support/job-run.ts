import type { ActionCatalog, ActionKind } from '../../core/contract/action-catalog.ts';
import { type JobSpec, jobSpecSchema } from '../../core/contract/job-spec.ts';
import { abendJob } from '../../core/job/abend-job.ts';
import { type AdvanceFacts, advanceJob } from '../../core/job/advance-job.ts';
import { type CancelAnswer, type CancelCommand, cancelJob } from '../../core/job/cancel-job.ts';
import type { Change, Decision } from '../../core/job/change.ts';
import { type CompletionAnswer, completeOp, type Outcome } from '../../core/job/complete-op.ts';
import { finishJob } from '../../core/job/finish-job.ts';
import { type FailureAnswer, handleOpFailure } from '../../core/job/handle-op-failure.ts';
import { type JobId, jobIdSchema } from '../../core/job/identifiers.ts';
import type { Instant } from '../../core/job/instant.ts';
import { endingOf, isLive, type Job, type LiveJob } from '../../core/job/job.ts';
import type { JournalEntry } from '../../core/job/journal-entry.ts';
import type { Serves } from '../../core/job/live-segment.ts';
import { type PerformAnswer, performOp } from '../../core/job/perform-op.ts';
import { plannedCall, remainingPlan } from '../../core/job/plan.ts';
import { planRecovery, type RecoveryAnswer } from '../../core/job/plan-recovery.ts';
import { rollbackLeft } from '../../core/job/settle.ts';
import { submitJob } from '../../core/job/submit-job.ts';
import { windUp } from '../../core/job/wind-up.ts';
import { type Op, opSchema } from '../../core/op/op.ts';
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
]);

/** A specification of these ops, each an action `build` unless it says otherwise. */
export function specOf(ops: readonly object[], job: object = {}): JobSpec {
  return jobSpecSchema.parse({
    name: 'publish-site',
    project: 'web',
    ...job,
    ops: ops.map((op) => ({ action: 'build', ...op })),
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
  readonly #ops = new Map<number, Op>();
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
    return this.world.facts(this.spec, this.now, rollbackLeft(this.spec, this.ops));
  }

  /** The job, which must be live. */
  get live(): LiveJob {
    const { job } = this;
    if (!isLive(job)) throw new Error(`the job is ${job.status}`);
    return job;
  }

  /** Ops that have begun, by index. */
  get ops(): readonly Op[] {
    return [...this.#ops.values()].sort((one, other) => one.index - other.index);
  }

  /** The execution that the head names. */
  get serves(): Serves {
    const { attempt, segment } = this.live;
    return { attempt, group: segment.group, number: segment.number };
  }

  op(index: number): Op {
    const op = this.#ops.get(index);
    if (op === undefined) throw new Error(`op ${index} has not begun`);
    return op;
  }

  /** Stores a change, if it may be stored. */
  commit(change: Change | null): void {
    if (change === null) return;
    this.world.commit(change);
    for (const { before: version, op } of change.ops) {
      must(version === (this.#ops.get(op.index)?.version ?? null), 'ops are guarded by their versions');
      must(op.version === (version ?? 0) + 1, 'versions of ops count up');
      this.#ops.set(op.index, deepFrozen(opSchema.parse(op)));
    }
  }

  perform(index: number, token = this.#token(), serves = this.serves): PerformAnswer {
    const call = plannedCall(this.spec, index)?.call;
    const answer = performOp(
      this.job,
      this.spec,
      this.#ops.get(index) ?? null,
      { ...serves, op: index, token },
      {
        now: this.now,
        nonce: `nonce of ${token}`,
        kind: CATALOG.get(call?.action ?? '')?.kind ?? 'fail',
        input: call?.input ?? {},
      },
    );
    if (answer.kind === 'dispatch') this.commit(answer.change);
    return answer;
  }

  complete(
    index: number,
    outcome: Outcome = { kind: 'succeeded' },
    named: { readonly try?: number; readonly nonce?: string; readonly attempt?: number } = {},
  ): Decision<CompletionAnswer> {
    const op = this.#ops.get(index) ?? null;
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
      this.#ops.get(index) ?? null,
      { ...serves, op: index, token, error: { name, cause: '' } },
      { now: this.now, random: this.random, catalog: CATALOG, liveness: LIVENESS },
    );
    this.commit(decision.change);
    return decision.answer;
  }

  recover(name = 'OpFailed', serves = this.serves): RecoveryAnswer {
    const command = { ...serves, error: { name, cause: '' } };
    const decision = planRecovery(this.job, this.spec, this.ops, command, this.now);
    this.commit(decision.change);
    return decision.answer;
  }

  finish(after: 'ops' | 'recovery' = 'ops', serves = this.serves): Change | null {
    const change = finishJob(this.job, this.spec, this.ops, { ...serves, after }, this.facts);
    this.commit(change);
    while (endingOf(this.job) !== undefined) this.windUp();
    return change;
  }

  cancel(command: Partial<CancelCommand> = {}): Decision<CancelAnswer> {
    const decision = cancelJob(
      this.job,
      this.ops,
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

  /** Gives back the next of what the job owes. */
  windUp(): Change | null {
    const change = windUp(this.job, this.facts);
    this.commit(change);
    return change;
  }

  abend(serves = this.serves): Change | null {
    const closed = { ...serves, how: 'ABORTED' };
    const change = abendJob(this.job, this.ops, closed, this.facts);
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
    const ended = this.#performOps(serves, remainingPlan(this.live, this.spec, this.ops), script);
    if (ended === null) {
      this.finish('ops', serves);
      return;
    }
    if (SUPERSEDING.has(ended)) return;
    const recovery = this.recover(ended, serves);
    if (recovery.kind === 'throw') return;
    for (const index of recovery.ops) {
      const failed = this.#performOp(serves, index, script);
      if (failed !== null && SUPERSEDING.has(failed)) return;
    }
    this.finish('recovery', serves);
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
        case 'hold':
          this.now = this.#heldUntil();
      }
    }
  }

  #heldUntil(): Instant {
    const { live } = this;
    if (live.status === 'QUEUED' || live.heldUntil === undefined) {
      throw new Error('the op is held and nobody will come to wake it');
    }
    return live.heldUntil;
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

/** What holds of every change: said by the name it is broken by. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`);
}
