import type { Instant } from '../../../core/job/instant.ts';
import { isLive, type Job } from '../../../core/job/job.ts';
import type { OwedEffect } from '../../../core/job/owed-effect.ts';
import type { Ledger } from './ledger.ts';
import type { StepFunctions } from './step-functions.ts';
import { hold } from './violation.ts';

/** A debt is looked at a minute after it was made, by the sweep after that, or at the worst the next. */
const DEBT_MS = 60_000;
const SWEEP_MS = 60_000;
const SLACK_MS = 15_000;

/** Every fourth sweep goes well even while others do not, and one more is under way. */
const SWEEPS_AMID_FAULTS = 6;
const SWEEPS_IN_PEACE = 2;

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
  readonly #debts = new Map<string, Debt>();

  constructor(ledger: Ledger, stepFunctions: StepFunctions) {
    this.#ledger = ledger;
    this.#stepFunctions = stepFunctions;
  }

  /** A commit, once it is in the ledger: it makes debts and clears others, which must be done by then. */
  committed(before: Job | undefined, after: Job, now: Instant): void {
    const owed = new Set(after.owed.map((effect) => debtName(after, effect)));
    for (const effect of before?.owed ?? []) {
      if (before === undefined || owed.has(debtName(before, effect))) continue;
      const debt = this.#debts.get(debtName(before, effect));
      this.#debts.delete(debtName(before, effect));
      const superseded = isLive(before) && (!isLive(after) || after.segment.number !== before.segment.number);
      hold('owedIsDone', superseded || debt === undefined || this.#isDone(debt), () => {
        return `'${effect.kind}' of job ${after.id} is owed no more, and was not done`;
      });
    }
    for (const effect of after.owed) {
      const name = debtName(after, effect);
      if (this.#debts.has(name)) continue;
      const token = 'op' in effect ? this.#ledger.op(after.id, after.attempt, effect.op)?.token : undefined;
      this.#debts.set(name, { job: after, effect, since: now, token });
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
      hold('owedIsDone', this.#isDone(debt), () => {
        return `'${debt.effect.kind}' is owed since ${Math.round((now - debt.since) / 1000)} s: ${name}`;
      });
      this.#debts.delete(name);
    }
  }

  #isDone({ job, effect, token }: Debt): boolean {
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
          !isLive(job) || !isLive(current.head) || this.#stepFunctions.find(ref(job.segment)) !== undefined
        );
      case 'answer':
      case 'interrupt':
        return token === undefined || this.#stepFunctions.openTask(token) === undefined;
      case 'stop':
        return this.#stepFunctions.find(ref(effect.segment))?.status !== 'RUNNING';
      case 'delete':
        return false;
    }
  }
}

function debtName(job: Job, effect: OwedEffect): string {
  const { by: _by, ...what } = effect;
  const segment = isLive(job) && effect.kind === 'start' ? job.segment.number : '';
  return `${job.id}/${job.attempt}/${segment}/${JSON.stringify(what)}`;
}
