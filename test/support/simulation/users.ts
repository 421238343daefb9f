import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { LineChange, Transition } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { endingOf, isHeld, isLive, type Job, type TrapAnswer } from '../../../core/job/job.ts';
import { isSettled } from '../../../core/job/status.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import type { Commanded } from '../../../core/usecases/command-job.ts';
import { takesCommand } from './expected-rulings.ts';
import type { JobPlan, PlannedCommand } from './job-plan.ts';
import type { LedgerJob } from './ledger.ts';
import { Operators } from './operators.ts';
import type { GivenCommand, ProcessOptions } from './process.ts';
import { hold } from './violation.ts';
import type { World } from './world.ts';

const USER = 'ann';
const SAID = { actor: USER, comment: 'as agreed' } as const;
const PROJECT = 'web';
const CLIENT_TRIES = 5;
const CLIENT_RETRY_MS = 1_500;
/** What the commands of a job wait for may never come; at its end some are given all the same. */
const COMMANDS_AFTER_THE_END = 0.4;
const OF_FURTHER_ATTEMPTS: ReadonlySet<PlannedCommand['afterCommits']> = new Set(['end', 'attempt']);
/** An Idempotency-Key is remembered at least this long. */
const KEY_MS = 24 * 60 * 60 * 1000;

/** Commands that are taken or refused by what the job is, and by nothing else. */
type ByTheTable =
  | Extract<PlannedCommand['command'], { kind: 'rerun' }>
  | { readonly kind: 'pause' | 'resume' | 'rollback' };

/** People and programs: who submits the jobs of a history, and what they then do to them. */
export class Users {
  readonly #world: World;
  readonly #plans: readonly JobPlan[];
  readonly #planOf = new Map<JobId, JobPlan>();
  readonly #given = new Set<PlannedCommand>();
  readonly #operators: Operators;
  readonly #madeBy = new Map<string, { readonly body: string; readonly jobId: JobId; readonly at: number }>();

  constructor(world: World, plans: readonly JobPlan[]) {
    this.#world = world;
    this.#plans = plans;
    this.#operators = new Operators(world, (jobId, answer) => this.#answerTrap(jobId, answer));
    for (const plan of plans) {
      world.scheduler.after(plan.submittedAfterMs, () => world.background(this.#submit(plan)));
    }
  }

  /** Of a child: what is planned for it in the plan of its root. */
  planOf(jobId: JobId): JobPlan | undefined {
    const known = this.#planOf.get(jobId);
    if (known !== undefined) return known;
    const job = this.#world.ledger.get(jobId);
    const plan = job && this.#findPlan(job);
    if (plan !== undefined) this.#planOf.set(jobId, plan);
    return plan;
  }

  #findPlan({ spec, head }: LedgerJob): JobPlan | undefined {
    const root = head.parent === undefined ? spec.name : this.#world.ledger.get(head.root)?.spec.name;
    const plan = this.#plans.find((each) => each.spec.name === root);
    if (head.parent === undefined) return plan;
    const child = plan?.children?.get(spec.name);
    if (child === undefined) return undefined;
    const { laterBehaviours, behaviours, ...rest } = child;
    const isLater = head.parent.try > 1 || head.parent.attempt > 1;
    return {
      ...rest,
      spec,
      behaviours: isLater ? (laterBehaviours ?? behaviours) : behaviours,
      idempotencyKey: null,
      submittedAfterMs: 0,
      lastsMonths: false,
    };
  }

  /** A job was committed: whoever waited for that acts. */
  sawCommit(jobId: JobId, transition: Transition | LineChange['transition'], before: Job | undefined): void {
    const known = this.#world.ledger.get(jobId);
    const plan = this.planOf(jobId);
    if (known === undefined || plan === undefined) return;
    this.#operators.sawCommit(known, plan);
    const hasEnded = isSettled(known.head.status);
    const once = onceAt(before, known.head, transition);
    for (const planned of plan.commands) {
      if (this.#given.has(planned)) continue;
      const { afterCommits } = planned;
      if (typeof afterCommits === 'object') {
        this.#given.add(planned);
        this.#later(afterCommits.milliseconds, plan, jobId, planned.command);
        continue;
      }
      const isTime =
        typeof afterCommits === 'number' ? known.commits >= afterCommits : once.delete(afterCommits);
      const isAtTheEnd =
        hasEnded &&
        !OF_FURTHER_ATTEMPTS.has(afterCommits) &&
        this.#world.random.chance(COMMANDS_AFTER_THE_END);
      if (!isTime && !isAtTheEnd) continue;
      this.#given.add(planned);
      this.#later(this.#delayOf(afterCommits), plan, jobId, planned.command);
    }
  }

  #delayOf(occasion: Exclude<PlannedCommand['afterCommits'], object>): number {
    const { random } = this.#world;
    if (occasion === 'held' || occasion === 'next segment')
      return random.pick([0, random.int(1, 3_000), random.int(1, 90_000)]);
    if (occasion === 'children') return random.pick([0, random.int(1, 300), random.int(1, 3_000)]);
    if (occasion === 'end' || occasion === 'attempt') {
      return random.pick([0, random.int(1, 200), random.int(1, 20_000)]);
    }
    return random.chance(0.6) ? 0 : random.int(1, 3_000);
  }

  /** Whoever is waited for at the end confirms what was never confirmed; false if nobody is. */
  async confirmAll(): Promise<boolean> {
    const held = this.#world.ledger.present().filter(({ head }) => head.status === 'CREATED');
    for (const { head } of held) await this.#confirm(head.id);
    return held.length > 0;
  }

  #later(after: number, plan: JobPlan, jobId: JobId, command: PlannedCommand['command']): void {
    const { scheduler } = this.#world;
    scheduler.after(after, () => this.#world.background(this.#give(plan, jobId, command)));
  }

  async #give(plan: JobPlan, jobId: JobId, command: PlannedCommand['command']): Promise<void> {
    const { controlPlane, coverage } = this.#world;
    switch (command.kind) {
      case 'cancel':
        return this.#cancel(jobId, command);
      case 'note':
        coverage.saw('note');
        await this.#ask('note', (deps) => controlPlane.addNote(deps, jobId));
        return;
      case 'delete':
        await this.#ask('delete', (deps) => controlPlane.deleteJob(deps, jobId));
        return;
      case 'stop execution':
        return this.#world.stopFromOutside(jobId);
      case 'stop family':
        return this.#world.stopFamilyFromOutside(jobId);
      case 'submit again':
        return this.#submit(plan);
      case 'submit otherwise':
        return this.#submit({ ...plan, spec: { ...plan.spec, labels: { other: 'body' } } });
      case 'forge':
        return this.#forge(jobId);
      case 'confirm':
        return this.#confirm(jobId);
      case 'pause':
        return this.#command(jobId, command, (deps) => controlPlane.pauseJob(deps, jobId, SAID));
      case 'resume':
        return this.#command(jobId, command, (deps) => controlPlane.resumeJob(deps, jobId, SAID));
      case 'rerun': {
        const { from, runNow } = command;
        return this.#command(jobId, command, (deps) =>
          controlPlane.rerunJob(deps, jobId, { ...SAID, from, runNow }),
        );
      }
      case 'rollback':
        return this.#command(jobId, command, (deps) => controlPlane.rollBackJob(deps, jobId, SAID));
      case 'trap':
        return this.#answerTrap(jobId, command.answer);
      case 'approve':
      case 'reject':
        return this.#decide(jobId, command);
      case 'reschedule':
        return this.#reschedule(jobId, command);
      case 'priority':
        return this.#reprioritise(jobId, command);
      case 'release lock':
        return this.#releaseLock(plan.spec.locks[command.lock]);
    }
  }

  async #submit(plan: JobPlan): Promise<void> {
    const { controlPlane, coverage, scheduler } = this.#world;
    const body = JSON.stringify(plan.spec);
    const spec = { ...plan.spec, dependsOn: this.#dependenciesOf(plan) };
    const key = plan.idempotencyKey;
    const ended = await this.#ask(`submit ${plan.spec.name}`, (deps) =>
      controlPlane.submitJob(deps, {
        spec,
        submitter: { user: USER, groups: ['web:submitter'] },
        ...(key === null ? {} : { idempotency: { key, bodyHash: body } }),
      }),
    );
    if (ended === null) return;
    if (!ended.ok) {
      if (ended.refusal.code === 'IdempotencyKeyReused') coverage.saw('idempotency key reused');
      if (ended.refusal.code === 'QueueDraining') coverage.saw('queue draining');
      return;
    }
    if (key === null) return;
    const made = this.#madeBy.get(key);
    if (ended.replayed) coverage.saw('idempotent replay');
    if (made === undefined || scheduler.now() - made.at > KEY_MS) {
      this.#madeBy.set(key, { body, jobId: ended.job.id, at: scheduler.now() });
      return;
    }
    hold('harmless', made.body === body && made.jobId === ended.job.id, () => {
      return `the Idempotency-Key ${key} made job ${made.jobId}, and then ${ended.job.id}`;
    });
  }

  async #cancel(jobId: JobId, how: Extract<PlannedCommand['command'], { kind: 'cancel' }>): Promise<void> {
    const { controlPlane, coverage, ledger } = this.#world;
    const { force, onlyIfQueued, rollback } = how;
    const attempt = ledger.get(jobId)?.head.attempt;
    const words = `cancel${force ? ', force' : ''}${onlyIfQueued ? ', only if queued' : ''}`;
    const answer = await this.#ask(words, (deps) =>
      controlPlane.cancelJob(deps, jobId, { actor: USER, reason: 'enough', force, onlyIfQueued, rollback }),
    );
    if (answer === null) return;
    if (!answer.ok) {
      coverage.saw('cancel refused');
      return;
    }
    if (onlyIfQueued) coverage.saw('only if queued');
    const head = ledger.get(jobId)?.head;
    // Somebody may have let it run again since.
    if (head === undefined || head.attempt !== attempt) return;
    const isOver = !isLive(head) || endingOf(head) !== undefined;
    hold('canceled', answer.answer.outcome === 'canceling' || isOver, () => {
      return `the cancel answers 'canceled' and the job is ${head.status}`;
    });
    hold('canceled', !onlyIfQueued || head.startedAt === undefined, () => {
      return `a job that had started is canceled by a cancel 'only if queued'`;
    });
  }

  async #confirm(jobId: JobId): Promise<void> {
    const { controlPlane, coverage } = this.#world;
    const answer = await this.#ask('confirm', (deps) =>
      controlPlane.confirmJob(deps, jobId, { actor: USER, comment: 'go' }),
    );
    if (answer?.ok === false) coverage.saw('confirm refused');
  }

  async #decide(
    jobId: JobId,
    { kind, by }: Extract<PlannedCommand['command'], { kind: 'approve' | 'reject' }>,
  ): Promise<void> {
    const { controlPlane, coverage } = this.#world;
    const approver = {
      actor: by === 'owner' ? USER : by,
      groups: by === 'approver' ? ['release-managers'] : [],
      mayApproveAll: by === 'owner',
    };
    const answer = await this.#ask(`${kind} by ${by}`, (deps) =>
      controlPlane.decideApproval(deps, jobId, kind, approver),
    );
    if (answer === null) return;
    hold('asked', !answer.ok || by !== 'stranger', () => `a stranger's ${kind} is taken`);
    hold('asked', !answer.ok || by !== 'owner' || kind === 'reject', () => "the owner's approval is taken");
    if (!answer.ok && answer.refusal.code === 'NotAnApprover') coverage.saw('not an approver');
    if (!answer.ok && answer.refusal.code === 'OwnerMayNotApprove') coverage.saw('owner may not approve');
  }

  async #reschedule(
    jobId: JobId,
    { inMs, startWithinSeconds }: Extract<PlannedCommand['command'], { kind: 'reschedule' }>,
  ): Promise<void> {
    const { controlPlane, coverage, scheduler } = this.#world;
    const at = inMs === null ? null : scheduler.now() + inMs;
    const given: GivenCommand = {
      kind: 'reschedule',
      inMs,
      startWithinSeconds,
      ...(at === null ? {} : { at }),
    };
    const answer = await this.#ask(
      `reschedule ${at}`,
      (deps) =>
        controlPlane.rescheduleJob(deps, jobId, {
          actor: USER,
          at,
          ...(startWithinSeconds === undefined ? {} : { startWithinSeconds }),
        }),
      { gives: given },
    );
    if (answer?.ok === false) coverage.saw('reschedule refused');
    if (answer?.ok === true && at === null) coverage.saw('unscheduled');
  }

  async #reprioritise(
    jobId: JobId,
    { priority, op }: Extract<PlannedCommand['command'], { kind: 'priority' }>,
  ): Promise<void> {
    const { controlPlane, coverage } = this.#world;
    const answer = await this.#ask(`priority ${priority}`, (deps) =>
      controlPlane.changePriority(deps, jobId, {
        actor: USER,
        priority,
        ...(op === undefined ? {} : { op }),
      }),
    );
    if (answer?.ok === false) coverage.saw('priority refused');
  }

  /** What is taken or refused by what the job is: by the table of commands, where nothing came between. */
  async #command(
    jobId: JobId,
    command: ByTheTable,
    body: (deps: Deps) => Promise<Commanded<null>>,
  ): Promise<void> {
    const { coverage, ledger } = this.#world;
    const before = ledger.get(jobId)?.head.version;
    const words = command.kind === 'rerun' ? `rerun from ${command.from}` : command.kind;
    const answer = await this.#ask(words, body, { gives: command });
    if (answer === null) return;
    if (!answer.ok) coverage.saw(`${command.kind} refused`);
    const known = ledger.get(jobId);
    if (known === undefined || known.removed || known.head.version !== before) return;
    const expected = takesCommand(known, command);
    hold('asked', expected === undefined || expected === answer.ok, () => {
      return `${words} is ${answer.ok ? 'taken' : 'refused'}, and the job is ${known.head.status}, attempt ${known.head.attempt}`;
    });
  }

  async #answerTrap(jobId: JobId, answer: TrapAnswer): Promise<void> {
    const { controlPlane, coverage, ledger } = this.#world;
    const serial = ledger.get(jobId)?.head.logSerial ?? 0;
    const answered = await this.#ask(
      `answer ${answer}`,
      (deps) => controlPlane.answerTrap(deps, jobId, { ...SAID, answer }),
      { gives: { kind: 'trap', answer } },
    );
    if (answered?.ok !== false || answered.refusal.code !== 'CommandRefused') return;
    coverage.saw('trap answer refused');
    const known = ledger.get(jobId);
    const isNoted = known?.entries.some((entry) => entry.serial > serial && entry.kind === 'note') === true;
    hold(
      'trapped',
      known === undefined || isNoted,
      () => `the answer ${answer} is refused, and not in the journal`,
    );
  }

  /** Takes the lock from one who holds it, as the list of its holders says. */
  async #releaseLock(lock: JobSpec['locks'][number] | undefined): Promise<void> {
    if (lock === undefined) return;
    const { controlPlane, coverage } = this.#world;
    const scope = lock.scope === 'global' ? '*' : PROJECT;
    const answer = await this.#ask(`release lock ${lock.name}`, async (deps) => {
      const [holder] = await deps.store.readHolds({ scope, kind: 'lock', name: lock.name }, 1);
      if (holder === undefined) return null;
      return controlPlane.releaseLock(deps, { scope, name: lock.name }, holder.jobId, {
        actor: USER,
        reason: 'it hangs',
      });
    });
    if (answer?.ok === false) coverage.saw('lock not held');
  }

  /** Those of the earlier jobs that were stored. */
  #dependenciesOf({ spec, dependencies = [] }: JobPlan): JobSpec['dependsOn'] {
    const all = this.#world.ledger.present();
    const found = dependencies.flatMap(({ on, outcomes, otherwise }) => {
      const name = this.#plans[on]?.spec.name;
      const known = all.find((job) => job.spec.name === name);
      return known === undefined ? [] : [{ job: known.head.id, outcomes, otherwise }];
    });
    return found.length === 0 ? spec.dependsOn : found;
  }

  /** Somebody completes what he was never given: no try so high, no such attempt. */
  async #forge(jobId: JobId): Promise<void> {
    const { random, coverage } = this.#world;
    const attempt = this.#world.ledger.get(jobId)?.head.attempt ?? 1;
    const forged = random.pick([
      { attempt, op: 0, try: 99 },
      { attempt: attempt + 1, op: 0, try: 1 },
      { attempt, op: 0, try: 1, nonce: 'forged' },
      { attempt, op: 499, try: 1 },
      { attempt: Math.max(1, attempt - 1), op: random.int(0, 2), try: 1, nonce: 'forged' },
    ]);
    const outcome = { kind: 'succeeded', result: { forged: true } } as const;
    const completion = { ...forged, outcome, actor: 'mallory' };
    const answer = await this.#ask('forge', (deps) => this.#world.complete(deps, jobId, completion), {
      completes: completion,
    });
    if (answer === null) return;
    hold('lateDoesNothing', !answer.ok, () => `a forged completion is taken: ${JSON.stringify(forged)}`);
    if (answer.ok) return;
    if (answer.refusal.code === 'OpNotStarted') coverage.saw('completion of an unknown try');
    if (answer.refusal.code === 'AttemptSuperseded') coverage.saw('completion of an earlier attempt');
    if (answer.refusal.code === 'NonceMismatch') coverage.saw('completion with a wrong nonce');
  }

  /** Asks the API until it answers, as often as a client does. */
  async #ask<Answer>(
    words: string,
    body: (deps: Deps) => Promise<Answer>,
    options: ProcessOptions = {},
  ): Promise<Answer | null> {
    for (let tries = 0; tries < CLIENT_TRIES; tries += 1) {
      const ended = await this.#world.api(words, body, options);
      if (ended.kind === 'returned') return ended.value;
      await this.#world.delay(CLIENT_RETRY_MS);
    }
    return null;
  }
}

/** What comes once with this commit. */
function onceAt(
  before: Job | undefined,
  after: Job,
  transition: Transition | LineChange['transition'],
): Set<PlannedCommand['afterCommits']> {
  const once = new Set<PlannedCommand['afterCommits']>();
  if (transition === 'hand over to RUN') once.add('hand over');
  if (transition === 'continue in next segment') once.add('next segment');
  if (after.status === 'CHILD_QUEUED' && before?.status !== after.status) once.add('children');
  if (isHeld(after) && before?.status !== after.status) once.add('held');
  if (isSettled(after.status) && before !== undefined && !isSettled(before.status)) once.add('end');
  if (before !== undefined && after.attempt > before.attempt) once.add('attempt');
  return once;
}
