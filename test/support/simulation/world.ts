import { isDeepStrictEqual } from 'node:util';
import { familyOf } from '../../../core/children/family-name.ts';
import type { ChildLink, ChildOutcome, Group, GroupRef } from '../../../core/children/group.ts';
import { executionEndedSchema, segmentOfExecution } from '../../../core/contract/execution-ended.ts';
import type { JobSpec } from '../../../core/contract/job-spec.ts';
import { TASK_ERRORS } from '../../../core/contract/tasks.ts';
import type { Change, LineChange } from '../../../core/job/change.ts';
import type { Completion } from '../../../core/job/complete-op.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { isHeld, isLive, type Job } from '../../../core/job/job.ts';
import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import { type LivenessPolicy, servedBy } from '../../../core/job/live-segment.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import type { ExecutionInput, FamilyInput, TokenAnswer } from '../../../core/ports/executions.ts';
import type { Conflict, JobStore } from '../../../core/ports/job-store.ts';
import { type Committer, checkAdmission } from './admission-checks.ts';
import { checkAnswer } from './answer-checks.ts';
import { checkAttempt } from './attempt-checks.ts';
import { type CommittedChange, checkCommit } from './commit-checks.ts';
import { CONTROL_PLANE, type ControlPlane } from './control-plane.ts';
import { Coverage } from './coverage.ts';
import { Debts } from './debts.ts';
import { checkCount, checkFamily, checkParent, checkPass, checkStoredGroup } from './family-checks.ts';
import { isAllMade } from './family-ledger.ts';
import { sawFamily } from './family-sightings.ts';
import type { Faults } from './faults.ts';
import { checkInput } from './input-checks.ts';
import type { JobPlan } from './job-plan.ts';
import { JournalStream } from './journal-stream.ts';
import { Ledger } from './ledger.ts';
import { checkLines } from './line-checks.ts';
import type { Mutation } from './mutation.ts';
import { type Ended, Process, type ProcessOptions } from './process.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { Schedules } from './schedules.ts';
import { type PlannedSetting, Settings } from './settings.ts';
import { checkShares } from './share-checks.ts';
import { sawCommit, sawLines } from './sightings.ts';
import { simulatedDeps } from './simulated-deps.ts';
import type { Execution } from './state-machine.ts';
import { type Machines, StepFunctions } from './step-functions.ts';
import { Sweeper } from './sweeper.ts';
import { Targets } from './targets.ts';
import { runTaskFunction } from './task-functions.ts';
import type { Trace } from './trace.ts';
import { Users } from './users.ts';
import { hold, Violation } from './violation.ts';

export interface WorldParts {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly store: JobStore;
  readonly machines: Machines;
  readonly plans: readonly JobPlan[];
  /** What operators set of queues and resources. */
  readonly settings: readonly PlannedSetting[];
  readonly mutation: Mutation;
  /** Whether nothing goes wrong in this history but what users and targets do. */
  readonly isCalm: boolean;
}

/** First look at an execution and the look that is never exceeded, as a deployment sets them. */
const LIVENESS: LivenessPolicy = { firstSeconds: 300, maxSeconds: 21_600 };
const LIVENESS_OF_MONTHS: LivenessPolicy = { firstSeconds: 300, maxSeconds: 30 * 24 * 3_600 };

const API_LIMIT_MS = 29_000;
const EVENT_LIMIT_MS = 30_000;

/** Lambda runs an asynchronous invocation that failed twice more, after one minute and after two. */
const ASYNC_RETRIES_MS = [60_000, 120_000];

const EVENT_DELAY_MS = 3_000;
const LATE_EVENT_MS = 600_000;

/** Errors that functions are made to meet; any other that one ends with is a bug. */
const EXPECTED_ERRORS: ReadonlySet<string> = new Set([
  ...TASK_ERRORS,
  'ThrottlingError',
  'ConnectionError',
  'ContendedError',
]);

/** The whole simulated system: who runs in it, and what is seen of it from above. */
export class World {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly store: JobStore;
  readonly coverage = new Coverage();
  readonly ledger = new Ledger();
  readonly liveness: LivenessPolicy;
  readonly controlPlane: ControlPlane;
  readonly stepFunctions: StepFunctions;
  readonly debts: Debts;
  readonly targets: Targets;
  readonly schedules: Schedules;
  readonly stream: JournalStream;
  readonly sweeper: Sweeper;
  readonly isCalm: boolean;
  readonly users: Users;
  readonly settings: Settings;
  readonly #mutation: Mutation;
  readonly #started = new Set<string>();
  readonly #specs = new Map<JobId, JobSpec>();
  #broken: Error | undefined;

  constructor(parts: WorldParts) {
    this.scheduler = parts.scheduler;
    this.random = parts.random;
    this.faults = parts.faults;
    this.trace = parts.trace;
    this.isCalm = parts.isCalm;
    this.#mutation = parts.mutation;
    this.store = parts.mutation.store?.(parts.store) ?? parts.store;
    this.controlPlane = parts.mutation.controlPlane?.(CONTROL_PLANE) ?? CONTROL_PLANE;
    this.liveness = parts.plans.some(({ lastsMonths }) => lastsMonths) ? LIVENESS_OF_MONTHS : LIVENESS;
    this.stepFunctions = new StepFunctions({
      machines: parts.machines,
      scheduler: parts.scheduler,
      random: parts.random.fork(),
      answersWaitForFunction: parts.random.chance(0.15),
      invoke: (order) =>
        runTaskFunction(this, order).catch((error: unknown) => {
          this.#break(error);
          return new Promise(() => {});
        }),
      ended: (execution) => this.#executionEnded(execution),
    });
    this.schedules = new Schedules(this);
    this.debts = new Debts(this.ledger, this.stepFunctions, this.schedules);
    this.targets = new Targets(this);
    this.stream = new JournalStream(this);
    this.sweeper = new Sweeper(this);
    this.users = new Users(this, parts.plans);
    this.settings = new Settings(this, parts.settings);
  }

  /** Runs a function of Jobplane's as a process of its own. */
  async spawn<Value>(
    name: string,
    options: ProcessOptions,
    body: (deps: Deps, process: Process) => Promise<Value>,
  ): Promise<Ended<Value>> {
    const process = new Process(this, name, options);
    const deps = simulatedDeps(this, process);
    const given = this.#mutation.deps?.(deps, name) ?? deps;
    const ended = await process.run(() => body(given, process));
    if (ended.kind === 'threw') this.reportError(process, ended.error);
    return ended;
  }

  /** Runs a route of the API. */
  api<Value>(
    words: string,
    body: (deps: Deps) => Promise<Value>,
    options: ProcessOptions = {},
  ): Promise<Ended<Value>> {
    return this.spawn(`api ${words}`, { ...options, limitMs: API_LIMIT_MS }, body);
  }

  /** Invokes a function that nobody waits for; Lambda repeats it if it fails, and then gives up. */
  async invokeAsync(
    name: string,
    body: (deps: Deps) => Promise<void>,
    options: ProcessOptions = {},
  ): Promise<void> {
    for (const retryMs of [...ASYNC_RETRIES_MS, null]) {
      const ended = await this.spawn(name, { ...options, limitMs: EVENT_LIMIT_MS }, body);
      if (ended.kind === 'returned' || retryMs === null) return;
      await this.delay(retryMs);
    }
  }

  /** Something goes on by itself; what breaks in it breaks the history. */
  background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#break(error);
    });
  }

  delay(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.scheduler.after(milliseconds, resolve));
  }

  /** Throws what has broken since the last step. */
  check(): void {
    if (this.#broken !== undefined) throw this.#broken;
    this.stepFunctions.check();
  }

  planOf(jobId: JobId): JobPlan | undefined {
    return this.users.planOf(jobId);
  }

  /** A function ended with an error, or reported one. */
  reportError(process: Process, error: unknown): void {
    if (error instanceof Error && EXPECTED_ERRORS.has(error.name)) return;
    const words = error instanceof Error ? `${error.name}: ${error.message}` : 'not an error';
    this.#broken ??= new Violation('noAccident', `${process.name} met ${words}`);
  }

  /** A specification never changes, and making a child's takes as long as all else that a step does. */
  async readSpec(id: JobId): Promise<JobSpec | null> {
    const known = this.ledger.get(id);
    if (known === undefined || known.removed) return this.store.readSpec(id);
    // A child's is made of its parent's, as it was when it was committed.
    const spec =
      known.head.parent === undefined ? (this.#specs.get(id) ?? (await this.store.readSpec(id))) : known.spec;
    if (spec !== null) this.#specs.set(id, spec);
    return spec;
  }

  /** The store has taken a change. */
  committed(process: Process, change: Change): void {
    const before = this.ledger.get(change.job.id);
    const spec = this.ledger.specOf(change);
    if (spec === undefined)
      throw new Violation('stored', `a change of job ${change.job.id}, which there is not`);
    const attempt = checkAttempt(change, before, process.options.gives);
    const opsBefore = new Map(this.ledger.ops(change.job.id, change.job.attempt).map((op) => [op.index, op]));
    const opsAfter = new Map(opsBefore);
    for (const { op } of change.ops) if (op.attempt === change.job.attempt) opsAfter.set(op.index, op);
    const committer = this.#committer(process);
    const committed: CommittedChange = {
      change,
      before: before === undefined ? undefined : { ...before },
      spec,
      opsBefore,
      opsAfter,
      serves: process.options.serves,
      completes: process.options.completes,
      gives: process.options.gives,
      clock: committer.clock,
      attempt,
    };
    checkFamily(this.ledger, committed);
    checkLines(this.ledger, change);
    const needs = this.ledger.needsOf(change.job, spec);
    checkAdmission(this.ledger, change, committer, { spec, needs, attempt });
    checkCommit(committed);
    for (const { ready, op, attempt: of } of change.entries) {
      if (ready === undefined || op === undefined) continue;
      checkInput(this.ledger, change.job.id, { attempt: of, index: op.index }, ready.input);
    }
    this.#checkAbend(committed);
    hold('idleSweeper', !this.isCalm || change.transition !== 'record repair', () => {
      return `${process.name} repairs ${change.job.owed.map(({ kind }) => kind).join(', ')}`;
    });
    sawCommit(this.coverage, committed, process.name);
    sawFamily(this, committed);
    this.#sawHeartbeats(committed);
    this.#apply(change, () => this.ledger.apply(change, attempt, this.scheduler.now()));
    checkParent(this.ledger, change);
    this.stream.append(change.entries);
    this.users.sawCommit(change.job.id, change.transition, committed.before?.head);
    if (change.group?.kind === 'open') this.#maybeFailAfterOpening();
    if (isHeld(change.job) && process.options.serves !== undefined) this.#maybeFailAfterHold(process);
  }

  /** Those who make the children give up. */
  #maybeFailAfterOpening(): void {
    if (!this.faults.happens('outageOnHold')) return;
    const from = this.scheduler.now() + this.random.int(0, 1_000);
    this.faults.add({ port: 'store', from, to: from + this.random.int(60_000, 500_000) });
    this.trace.add('', () => '———— the store is out for a while ————');
  }

  /** The worst moment for an outage: the job is held, and its execution has not heard of that. */
  #maybeFailAfterHold(process: Process): void {
    if (!this.faults.happens('outageOnHold')) return;
    const from = this.scheduler.now();
    this.faults.add({ port: 'store', from, to: from + this.random.int(30_000, 180_000) });
    this.trace.add('', () => '———— the store is out for a while ————');
    process.die();
  }

  /** The store has taken a change of semaphores that belongs to no job. */
  committedLines(process: Process, change: LineChange): void {
    checkLines(this.ledger, change);
    checkAdmission(this.ledger, change, this.#committer(process));
    sawLines(this.coverage, change, process.name);
    this.#apply(change, () => this.ledger.applyLines(change, this.scheduler.now()));
  }

  #committer({ skewMs, queuesSeen, startedAt }: Process): Committer {
    return { clock: this.scheduler.now() + skewMs, queuesSeen, startedAt };
  }

  /** Into the ledger, and what must hold of it then. */
  #apply(change: Change | LineChange, apply: () => unknown): void {
    const jobs = [...('job' in change ? [change.job] : []), ...change.touched.map(({ job }) => job)];
    const before = jobs.map(({ id }) => this.ledger.get(id)?.head);
    apply();
    checkShares(this.ledger, change);
    for (const [position, job] of jobs.entries()) {
      this.debts.committed(before[position], job, this.scheduler.now(), change.transition);
    }
    this.sweeper.arrange();
    for (const { job } of change.touched) this.users.sawCommit(job.id, change.transition, job);
  }

  conflicted(process: Process, conflict: Conflict): void {
    process.wasRefused = true;
    this.coverage.saw('version conflict');
    if (conflict.kind === 'semaphore') this.coverage.saw('semaphore conflict');
    if (conflict.kind === 'touched') this.coverage.saw('touched conflict');
    this.trace.add(process.name, () => `… conflict: ${conflict.kind}`);
  }

  /** A group was told of the end of a child. */
  counted(ref: GroupRef, child: number, outcome: ChildOutcome, stored: Group | null): void {
    this.#keep(() => {
      checkCount(this.ledger, ref, child, outcome);
      const known = this.ledger.families.get(ref)?.children.get(child);
      if (known !== undefined && known.counted === undefined) {
        this.ledger.families.put({ ...known, counted: outcome }, this.scheduler.now());
      }
      checkStoredGroup(this.ledger, ref, stored);
    });
  }

  /** A child that needs no job was noted, or not. */
  passed(link: ChildLink, outcome: ChildOutcome, as: 'noted' | 'closed', stored: Group | null): void {
    this.#keep(() => {
      const known = this.ledger.families.get(link);
      if (as === 'noted' && known !== undefined && !known.children.has(link.child)) {
        checkPass(this.ledger, known, link);
        this.coverage.saw(link.error === undefined ? 'nothing left to undo' : 'child refused');
        this.ledger.families.put({ link, counted: outcome }, this.scheduler.now());
      }
      checkStoredGroup(this.ledger, link, stored);
    });
  }

  /** What is checked within the code under test is kept for the scheduler. */
  #keep(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#break(error);
    }
  }

  removed(job: Job): void {
    this.ledger.remove(job.id);
    this.sweeper.arrange();
  }

  executionStarted(input: ExecutionInput): void {
    const known = this.ledger.get(input.jobId);
    const name = `${input.jobId}/${input.attempt}/${input.number}`;
    const wasCommitted = known?.segments.has(`${input.attempt}/${input.number}`) === true;
    hold(
      'oneExecution',
      wasCommitted,
      () => `an execution is started for segment ${name}, which no head named`,
    );
    this.#started.add(name);
  }

  familyStarted({ verb, ...ref }: FamilyInput): void {
    const group = this.ledger.families.get(ref);
    const isMeant =
      verb === 'cancel' || verb === 'force' ? group?.closed !== undefined : group?.verb === verb;
    hold('oneExecution', isMeant || group === undefined, () => {
      return `the children of op ${ref.op} of job ${ref.jobId} are to ${verb}, and their group is ${group?.verb}, ${group?.closed?.how ?? 'open'}`;
    });
  }

  answer(token: string, answer: TokenAnswer): 'answered' | 'closed' {
    const task = this.stepFunctions.openTask(token);
    if (task === undefined) this.coverage.saw('answer of a closed token');
    else checkAnswer(this.ledger, task.order, answer);
    return this.stepFunctions.answer(token, answer);
  }

  /** A completion, from whoever; what it is told must be so. */
  async complete(
    deps: Deps,
    jobId: JobId,
    completion: Completion,
  ): Promise<Awaited<ReturnType<ControlPlane['completeTry']>>> {
    const completed = await this.controlPlane.completeTry(deps, jobId, completion);
    const known = this.ledger.get(jobId);
    if (!completed.ok || known === undefined || known.removed) return completed;
    const op = this.ledger.op(jobId, completion.attempt, completion.op);
    const { outcome } = completion;
    const isKept =
      outcome.kind === 'succeeded'
        ? op?.status === 'success' &&
          op.try === completion.try &&
          isDeepStrictEqual(op.result, outcome.result)
        : op !== undefined &&
          (op.try > completion.try || op.status !== 'success') &&
          op.try >= completion.try;
    // Told from within the code under test, so it is kept for the scheduler.
    if (!isKept) {
      this.#broken ??= new Violation(
        'results',
        `try ${completion.try} of op ${completion.op} was taken as ${outcome.kind}, and the op is ${op?.status}, try ${op?.try}`,
      );
    }
    return completed;
  }

  /** An event has come off the bus: workers live on it. */
  delivered(entry: JournalEntry): void {
    if (entry.kind !== 'ready') return;
    this.background(this.targets.ready(entry));
    if (!this.faults.happens('duplicate')) return;
    this.coverage.saw('duplicate event');
    const again = this.delay(this.random.int(0, LATE_EVENT_MS)).then(() => this.targets.ready(entry));
    this.background(again);
  }

  /** Somebody stops the execution in the console of Step Functions. */
  stopFromOutside(jobId: JobId): void {
    const head = this.ledger.get(jobId)?.head;
    if (head === undefined || !isLive(head)) return;
    const execution = this.stepFunctions.find({ jobId, attempt: head.attempt, segment: head.segment });
    if (execution?.status !== 'RUNNING') return;
    this.coverage.saw('execution stopped from outside');
    this.trace.add('console', () => `stops ${execution.name}`);
    execution.stop('Stopped');
  }

  /** What works on the children of a job is stopped from outside. */
  stopFamilyFromOutside(jobId: JobId): void {
    const execution = [...this.stepFunctions.running()].find(({ name }) => familyOf(name)?.jobId === jobId);
    if (execution === undefined) return;
    this.coverage.saw('family stopped from outside');
    this.trace.add('console', () => `stops ${execution.name}`);
    execution.stop('Stopped');
  }

  #break(error: unknown): void {
    this.#broken ??=
      error instanceof Error ? error : new Error('something was thrown that is no error', { cause: error });
  }

  #executionEnded(execution: Execution): void {
    this.trace.add(`execution ${execution.name.slice(-8)}`, () => {
      return `${execution.status}${execution.error === undefined ? '' : `, ${execution.error}`}`;
    });
    if (execution.entered.at(-1) === 'Superseded') this.coverage.saw('superseded execution');
    this.#checkTold(execution);
    if (this.faults.happens('loseEvent')) {
      this.coverage.saw('status event lost');
      return;
    }
    const times = this.faults.happens('duplicate') ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      const longest = this.faults.happens('late') ? LATE_EVENT_MS : EVENT_DELAY_MS;
      const event = this.delay(this.random.int(0, longest)).then(() => this.#takeEvent(execution));
      this.background(event);
    }
  }

  /** An execution that runs, or that may still be started, is nobody's end. */
  #checkAbend({ change, before }: CommittedChange): void {
    const head = before?.head;
    if (change.transition !== 'abend job' || head === undefined || !isLive(head)) return;
    const { id: jobId, attempt, segment } = head;
    const status = this.stepFunctions.find({ jobId, attempt, segment })?.status;
    const isDead = status !== undefined && status !== 'RUNNING';
    hold('nothingOnDoubt', isDead || this.#hasLostItsFamily(head), () => {
      return `job ${jobId} is ABENDED, and its execution ${status ?? 'was never started'}`;
    });
  }

  /** Whether the execution is dead that should have made, or undone, the children that a job waits for. */
  #hasLostItsFamily({ id: jobId, attempt, children }: Job): boolean {
    const group = children && this.ledger.families.get({ jobId, attempt, ...children });
    if (group === undefined || isAllMade(group)) return false;
    const status = this.stepFunctions.findFamily({ ...group.ref, verb: group.verb })?.status;
    return status !== undefined && status !== 'RUNNING';
  }

  /** Only one that was killed, or that a fault kept from telling, leaves a job that still counts on it. */
  #checkTold({ name, status, error, entered }: Execution): void {
    const inOrder = status === 'SUCCEEDED' || error === 'JobFailed';
    const isKilled = status === 'ABORTED' || status === 'TIMED_OUT';
    if (!inOrder && (isKilled || !this.isCalm)) return;
    const segment = segmentOfExecution(name);
    const head = segment === null ? undefined : this.ledger.get(segment.jobId)?.head;
    const isServed = head !== undefined && segment !== null && servedBy(head, segment) !== null;
    hold('told', !isServed, () => {
      return `execution ${name} ended as ${status} ${error ?? ''} after ${entered.slice(-3).join(', ')}, and the job is ${head?.status}`;
    });
  }

  /** As functions/events/execution-ended.lambda.ts does. */
  async #takeEvent({ name, status, error }: Execution): Promise<void> {
    const family = familyOf(name);
    const { detail } = executionEndedSchema.parse({
      detail: { name, stateMachineArn: 'arn', status, error: error ?? null },
    });
    const how = [detail.status, detail.error].filter((part) => typeof part === 'string').join(', ');
    if (family !== null) {
      return this.invokeAsync(`execution-ended ${name.slice(-8)}`, async (deps) => {
        await this.controlPlane.endOfFamily(deps, family, how);
      });
    }
    const segment = segmentOfExecution(detail.name);
    if (segment === null) throw new Error(`execution ${name} has a name that is not ours`);
    const { jobId, ...serves } = segment;
    await this.invokeAsync(`execution-ended ${name.slice(-8)}`, async (deps) => {
      await this.controlPlane.endOfExecution(deps, jobId, { ...serves, how });
    });
  }

  #sawHeartbeats({ change }: CommittedChange): void {
    for (const { op } of change.ops) {
      const { jobId, attempt, index, try: number } = op;
      if (op.status === 'success' && this.targets.hasBeaten({ jobId, attempt, op: index, try: number })) {
        this.coverage.saw('heartbeat kept a try alive');
      }
    }
  }
}
