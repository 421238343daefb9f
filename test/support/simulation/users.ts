import type { Transition } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { isLive } from '../../../core/job/job.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import type { JobPlan, PlannedCommand } from './job-plan.ts';
import type { ProcessOptions } from './process.ts';
import { hold } from './violation.ts';
import type { World } from './world.ts';

const USER = 'ann';
const CLIENT_TRIES = 5;
const CLIENT_RETRY_MS = 1_500;
/** What the commands of a job wait for may never come; at its end some are given all the same. */
const COMMANDS_AFTER_THE_END = 0.4;
/** An Idempotency-Key is remembered at least this long. */
const KEY_MS = 24 * 60 * 60 * 1000;

/** People and programs: who submits the jobs of a history, and what they then do to them. */
export class Users {
  readonly #world: World;
  readonly #plans: readonly JobPlan[];
  readonly #given = new Set<PlannedCommand>();
  readonly #madeBy = new Map<string, { readonly body: string; readonly jobId: JobId; readonly at: number }>();

  constructor(world: World, plans: readonly JobPlan[]) {
    this.#world = world;
    this.#plans = plans;
    for (const plan of plans) {
      world.scheduler.after(plan.submittedAfterMs, () => world.background(this.#submit(plan)));
    }
  }

  planOf(jobId: JobId): JobPlan | undefined {
    const name = this.#world.ledger.get(jobId)?.spec.name;
    return this.#plans.find(({ spec }) => spec.name === name);
  }

  /** A job was committed: whoever waited for that acts. */
  sawCommit(jobId: JobId, transition: Transition): void {
    const known = this.#world.ledger.get(jobId);
    const plan = this.planOf(jobId);
    if (known === undefined || plan === undefined) return;
    const hasEnded = !isLive(known.head);
    for (const planned of plan.commands) {
      if (this.#given.has(planned)) continue;
      const isTime =
        planned.afterCommits === 'hand over'
          ? transition === 'hand over to RUN'
          : known.commits >= planned.afterCommits;
      if (!isTime && !(hasEnded && this.#world.random.chance(COMMANDS_AFTER_THE_END))) continue;
      this.#given.add(planned);
      const after = this.#world.random.chance(0.6) ? 0 : this.#world.random.int(1, 3_000);
      this.#world.scheduler.after(after, () =>
        this.#world.background(this.#give(plan, jobId, planned.command)),
      );
    }
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
      case 'submit again':
        return this.#submit(plan);
      case 'submit otherwise':
        return this.#submit({ ...plan, spec: { ...plan.spec, labels: { other: 'body' } } });
      case 'forge':
        return this.#forge(jobId);
    }
  }

  async #submit(plan: JobPlan): Promise<void> {
    const { controlPlane, coverage, scheduler } = this.#world;
    const body = JSON.stringify(plan.spec);
    const key = plan.idempotencyKey;
    const ended = await this.#ask(`submit ${plan.spec.name}`, (deps) =>
      controlPlane.submitJob(deps, {
        spec: plan.spec,
        submitter: { user: USER, groups: ['web:submitter'] },
        ...(key === null ? {} : { idempotency: { key, bodyHash: body } }),
      }),
    );
    if (ended === null || key === null) return;
    const made = this.#madeBy.get(key);
    if (!ended.ok) {
      if (ended.refusal.code === 'IdempotencyKeyReused') coverage.saw('idempotency key reused');
      return;
    }
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
    const isOver = head !== undefined && !isLive(head);
    hold('canceled', answer.answer.outcome === 'canceling' || isOver, () => {
      return `the cancel answers 'canceled' and the job is ${head?.status}`;
    });
    hold('canceled', !onlyIfQueued || head?.startedAt === undefined, () => {
      return `a job that had started is canceled by a cancel 'only if queued'`;
    });
  }

  /** Somebody completes what he was never given: no try so high, no such attempt. */
  async #forge(jobId: JobId): Promise<void> {
    const { random, coverage } = this.#world;
    const forged = random.pick([
      { attempt: 1, op: 0, try: 99 },
      { attempt: 2, op: 0, try: 1 },
      { attempt: 1, op: 0, try: 1, nonce: 'forged' },
      { attempt: 1, op: 499, try: 1 },
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
