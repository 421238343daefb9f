import { type GroupRef, groupOfChild } from '../../../core/children/group.ts';
import type { Instant } from '../../../core/job/instant.ts';
import { endingOf, isLive, isWaiting, type Job, placeOf } from '../../../core/job/job.ts';
import type { OwedEffect } from '../../../core/job/owed-effect.ts';
import { executionName } from '../../../core/job/segment.ts';
import { isSettled } from '../../../core/job/status.ts';
import { isAllCounted, type KnownGroup } from './family-ledger.ts';
import type { Ledger } from './ledger.ts';
import type { Schedules } from './schedules.ts';
import type { StepFunctions } from './step-functions.ts';
import { hold } from './violation.ts';

/** A debt is looked at a minute after it was made, by the sweep after that, or at the worst the next. */
const DEBT_MS = 60_000;
const SWEEP_MS = 60_000;
const SLACK_MS = 15_000;

/** Every fourth sweep goes well even while others do not; after one that did not the next is two minutes off. */
const SWEEPS_AMID_FAULTS = 8;
const SWEEPS_IN_PEACE = 2;

/** Clocks differ: one that is about to fire is left to itself. */
const FIRES_BY_ITSELF_MS = 1_000;

interface Debt {
  readonly job: Job;
  readonly effect: OwedEffect;
  readonly since: Instant;
  /** What the op held when the debt was made; a later try holds another. */
  readonly token: string | undefined;
}

/** What is owed, since when, and whether it is done: seen from above, where nothing is in doubt. */
export class Debts {
  readonly #ledger: Ledger;
  readonly #stepFunctions: StepFunctions;
  readonly #schedules: Schedules;
  readonly #debts = new Map<string, Debt>();

  constructor(ledger: Ledger, stepFunctions: StepFunctions, schedules: Schedules) {
    this.#ledger = ledger;
    this.#stepFunctions = stepFunctions;
    this.#schedules = schedules;
  }

  /** A commit, once it is in the ledger: it makes debts and clears others, which must be done by then. */
  committed(before: Job | undefined, after: Job, now: Instant, transition: string): void {
    const owed = new Set(after.owed.map((effect) => debtName(after, effect)));
    for (const effect of before?.owed ?? []) {
      if (before === undefined || owed.has(debtName(before, effect))) continue;
      const debt = this.#debts.get(debtName(before, effect));
      this.#debts.delete(debtName(before, effect));
      const superseded = isSuperseded(before, after, effect);
      hold('owedIsDone', superseded || debt === undefined || this.#isDone(debt, now), () => {
        return `'${effect.kind}' of job ${after.id} is owed no more, and was not done`;
      });
    }
    this.#checkSchedules(before, after, now);
    for (const effect of after.owed) {
      const name = debtName(after, effect);
      const isAnew = !before?.owed.some(({ kind, by }) => kind === effect.kind && by === effect.by);
      if (this.#debts.has(name) && (!isAnew || transition === 'record repair')) continue;
      const token = 'op' in effect ? this.#ledger.op(after.id, after.attempt, effect.op)?.token : undefined;
      this.#debts.set(name, { job: after, effect, since: now, token });
    }
  }

  /** Each moment that a user waits for has its schedule or is owed one; what is waited for no more is owed to go. */
  #checkSchedules(before: Job | undefined, after: Job, now: Instant): void {
    const owes = (kind: OwedEffect['kind'], moment: Instant) =>
      after.owed.some((effect) => effect.kind === kind && 'at' in effect && effect.at === moment);
    for (const at of after.alarms ?? []) {
      hold(
        'schedules',
        at <= now + FIRES_BY_ITSELF_MS || this.#schedules.wasMade(after.id, at) || owes('schedule', at),
        () => {
          return `job ${after.id} waits for ${at}, and nobody owes it a schedule`;
        },
      );
    }
    for (const at of before?.alarms ?? []) {
      const isLeft =
        !isWanted(after, at) && at > now + FIRES_BY_ITSELF_MS && this.#schedules.has(after.id, at);
      hold('schedules', !isLeft || owes('unschedule', at), () => {
        return `job ${after.id} waits no more for ${at}, and nobody owes it to take the schedule away`;
      });
    }
  }

  /** Nothing is owed for longer than the sweeper may take. */
  check(now: Instant, amid: { readonly quietSince: Instant | null; readonly outagesMs: number }): void {
    for (const [name, debt] of this.#debts) {
      const sweeps = amid.quietSince === null ? SWEEPS_AMID_FAULTS : SWEEPS_IN_PEACE;
      const since = Math.max(debt.since, amid.quietSince ?? 0);
      const outages = amid.quietSince === null ? amid.outagesMs : 0;
      const deadline = since + DEBT_MS + sweeps * SWEEP_MS + SLACK_MS + outages;
      if (now <= deadline) continue;
      hold('owedIsDone', this.#isDone(debt, now), () => {
        return `'${debt.effect.kind}' is owed since ${Math.round((now - debt.since) / 1000)} s: ${name}`;
      });
      this.#debts.delete(name);
    }
  }

  /** Whether a task waits for the token that the job counts on: one of an execution that was superseded is stopped. */
  #waitsStill(head: Job, token: string): boolean {
    const task = this.#stepFunctions.openTask(token);
    if (task === undefined || !isLive(head)) return false;
    return task.order.executionName === executionName(head.id, head.attempt, head.segment);
  }

  /** Whether the parent of a child that has started still says that none has. */
  #waitsForFirst({ parent }: Job): boolean {
    const head = parent && this.#ledger.get(parent.id)?.head;
    if (parent === undefined || head?.status !== 'CHILD_QUEUED' || head.attempt !== parent.attempt)
      return false;
    return head.children?.op === parent.op && head.children.try === parent.try;
  }

  /** Whether its group has counted the end of a child; the last one also lets the parent go on. */
  #isCounted({ parent, status }: Job): boolean {
    // One that is undone by now was counted before.
    if (!isSettled(status)) return true;
    const group = parent && this.#ledger.families.get(groupOfChild(parent));
    if (parent === undefined || group === undefined) return true;
    if (group.children.get(parent.child)?.counted === undefined) return false;
    // Whoever closes a group owes all that follows from that.
    const isLeft = this.#ledger.get(parent.id)?.head.owed.some(({ kind }) => kind === 'cascade') === true;
    return isLeft || group.lastCounted !== parent.child || !isAllCounted(group) || !this.#isAwaited(group);
  }

  /** Whether the children of a closed group are being cancelled, or have ended. */
  #isCascaded(ref: GroupRef, force: boolean | undefined): boolean {
    const group = this.#ledger.families.get(ref);
    if (group === undefined) return true;
    const verb = force === true ? 'force' : 'cancel';
    if (this.#stepFunctions.findFamily({ ...ref, verb }) !== undefined) return true;
    return isAllCounted(group) && !this.#isAwaited(group);
  }

  #isAwaited({ ref }: KnownGroup): boolean {
    const head = this.#ledger.get(ref.jobId)?.head;
    const awaited = head?.children;
    return head?.attempt === ref.attempt && awaited?.op === ref.op && awaited.try === ref.try;
  }

  #isDone({ job, effect, token, since }: Debt, now: Instant): boolean {
    const current = this.#ledger.get(job.id);
    if (current === undefined || current.removed) return true;
    const ref = (segment: Parameters<StepFunctions['find']>[0]['segment']) => ({
      jobId: job.id,
      attempt: job.attempt,
      segment,
    });
    switch (effect.kind) {
      case 'start':
        return (
          !isLive(job) ||
          !isLive(current.head) ||
          endingOf(current.head) !== undefined ||
          this.#stepFunctions.find(ref(job.segment)) !== undefined
        );
      case 'answer':
      case 'interrupt':
        return token === undefined || !this.#waitsStill(current.head, token);
      case 'stop': {
        const stopped = { ...ref(effect.segment), attempt: effect.attempt };
        return (
          this.#stepFunctions.find(stopped)?.status !== 'RUNNING' ||
          this.#stepFunctions.wasMissed(stopped, since)
        );
      }
      case 'advance':
        return !mayGoOn(current.head);
      case 'release':
        // A job that goes on, to be undone, gives it back at its end.
        return current.head.holds.length === 0 || isGoingOn(current.head);
      case 'tell':
        return this.#ledger.dependentsOf(job.id).size === 0;
      case 'schedule':
        return (
          effect.at <= now + FIRES_BY_ITSELF_MS ||
          this.#schedules.wasMade(job.id, effect.at) ||
          !isWanted(current.head, effect.at)
        );
      case 'unschedule':
        return (
          effect.at <= now + FIRES_BY_ITSELF_MS ||
          !this.#schedules.has(job.id, effect.at) ||
          this.#schedules.wasRemoved(job.id, effect.at, since) ||
          isWanted(current.head, effect.at)
        );
      case 'announce':
        return !this.#waitsForFirst(job);
      case 'count':
        return this.#isCounted(job);
      case 'cascade':
        return this.#isCascaded(
          { jobId: job.id, attempt: job.attempt, op: effect.op, try: effect.try },
          effect.force,
        );
      case 'delete':
        return false;
    }
  }
}

/** What another execution, or none, makes pointless. */
const OF_AN_EXECUTION: ReadonlySet<OwedEffect['kind']> = new Set(['start', 'answer', 'interrupt']);

const OF_AN_ATTEMPT: ReadonlySet<OwedEffect['kind']> = new Set(['tell', 'announce', 'count', 'cascade']);

/** Another execution, or another attempt, makes it pointless: its dependents are told at the next end. */
function isSuperseded(before: Job, after: Job, effect: OwedEffect): boolean {
  if (effect.kind === 'tell') return after.attempt > before.attempt && after.hasDependents === true;
  if (!OF_AN_EXECUTION.has(effect.kind) || !isLive(before)) return false;
  return !isLive(after) || endingOf(after) !== undefined || after.segment.number !== before.segment.number;
}

/** In no line, and waiting for nothing else: only a decision of admission moves it on. */
function mayGoOn(head: Job): boolean {
  const isInLine = head.status === 'PENDING' || head.status === 'QUEUED' || head.status === 'WAITING_LOCK';
  if (!isWaiting(head) || !isInLine || endingOf(head) !== undefined) return false;
  return placeOf(head) === undefined && !head.owed.some(({ kind }) => kind === 'release');
}

function isGoingOn(head: Job): boolean {
  return isLive(head) && endingOf(head) === undefined;
}

function isWanted(head: Job, at: Instant): boolean {
  return head.alarms?.includes(at) === true;
}

function debtName(job: Job, effect: OwedEffect): string {
  const { by: _by, ...what } = effect;
  const segment = isLive(job) && effect.kind === 'start' ? job.segment.number : '';
  // What the next attempt owes still is the same debt.
  const attempt = OF_AN_EXECUTION.has(effect.kind) || OF_AN_ATTEMPT.has(effect.kind) ? job.attempt : '';
  return `${job.id}/${attempt}/${segment}/${JSON.stringify(what)}`;
}
