import type { Completion } from '../../../core/job/complete-op.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { Serves } from '../../../core/job/live-segment.ts';
import type { Queue } from '../../../core/queue/queue.ts';
import type { Coverage } from './coverage.ts';
import type { Faults, Port } from './faults.ts';
import type { PlannedCommand } from './job-plan.ts';
import type { Scheduled, Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';
import { Violation } from './violation.ts';

/** What a call is, in words; those that take time to find are only found where somebody reads them. */
export type Words = string | (() => string);

/** What every process lives in. */
export interface Habitat {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly coverage: Coverage;
  readonly trace: Trace;
}

/** How a process ended. A death says what Lambda would call it. */
export type Ended<Value> =
  | { readonly kind: 'returned'; readonly value: Value }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'died'; readonly how: 'Runtime.ExitError' | 'Sandbox.Timedout' };

export interface ProcessOptions {
  /** What a Lambda function is given; a worker has none. */
  readonly limitMs?: number;
  /** Nothing goes wrong in it: every so many sweeps are like that, or nothing would bound repair. */
  readonly faultless?: boolean;
  /** The execution it works for, for the checks. */
  readonly serves?: Serves;
  /** The try that it was asked to complete, for the checks. */
  readonly completes?: Completion;
  /** The command that it was asked to carry out, for the checks. */
  readonly gives?: GivenCommand;
}

/** A command with the moment that a planned one only means. */
export type GivenCommand = PlannedCommand['command'] & { readonly at?: Instant };

/** A service had no time for us. */
export class ThrottlingError extends Error {
  override readonly name = 'ThrottlingError';
}

/** The answer of a service did not come back. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/**
 * One invocation of one function, or one worker: it runs until it returns, throws or dies, and every
 * call it makes to the outside is a step of the scheduler's, where it may be delayed, refused, lost
 * or die.
 */
export class Process {
  readonly name: string;
  readonly skewMs: number;
  readonly startedAt: Instant;
  readonly options: ProcessOptions;
  /** Queues as it read them: what it decides starts by. */
  readonly queuesSeen: (Queue | null)[] = [];
  /** Whether a commit of its was refused since it last paused. */
  wasRefused = false;
  readonly #habitat: Habitat;
  #alive = true;
  #end: (how: 'Runtime.ExitError' | 'Sandbox.Timedout') => void = () => {};
  #limit: Scheduled | undefined;

  constructor(habitat: Habitat, name: string, options: ProcessOptions) {
    this.#habitat = habitat;
    this.name = name;
    this.options = options;
    this.startedAt = habitat.scheduler.now();
    this.skewMs = options.faultless === true ? 0 : habitat.faults.skew();
  }

  /** Runs to the end. Never rejects: a process's failure is an outcome for whoever invoked it. */
  run<Value>(body: (process: Process) => Promise<Value>): Promise<Ended<Value>> {
    const { scheduler, trace, coverage } = this.#habitat;
    return new Promise((resolve) => {
      const end = (ended: Ended<Value>) => {
        if (!this.#alive) return;
        this.#alive = false;
        this.#limit?.cancel();
        trace.add(this.name, () => `ended: ${wordsOf(ended)}`);
        resolve(ended);
      };
      this.#end = (how) => end({ kind: 'died', how });
      const { limitMs } = this.options;
      if (limitMs !== undefined) {
        this.#limit = scheduler.after(limitMs, () => {
          coverage.saw('function ran out of time');
          this.#end('Sandbox.Timedout');
        });
      }
      body(this).then(
        (value) => end({ kind: 'returned', value }),
        (error: unknown) => end({ kind: 'threw', error }),
      );
    });
  }

  /**
   * One call to the outside.
   *
   * @param effect what happens there, at once when its time has come
   * @param refusal what the caller is told instead, where being refused is an answer
   */
  call<Answer>(
    port: Port,
    words: Words,
    effect: () => Promise<Answer>,
    refusal?: () => Answer | null,
  ): Promise<Answer> {
    const { scheduler, faults } = this.#habitat;
    return new Promise((resolve, reject) => {
      const delay = this.options.faultless === true ? 0 : faults.latency();
      scheduler.after(delay, () => this.#arrive(port, words, effect, refusal, resolve, reject));
    });
  }

  /** Dies at once, whatever it was about to hear. */
  die(): void {
    this.#end('Runtime.ExitError');
  }

  /** Waits, without anything that could go wrong. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#habitat.scheduler.after(milliseconds, () => {
        if (this.#alive) resolve();
      });
    });
  }

  async #arrive<Answer>(
    port: Port,
    words: Words,
    effect: () => Promise<Answer>,
    refusal: (() => Answer | null) | undefined,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ): Promise<void> {
    const { scheduler, faults, coverage, trace } = this.#habitat;
    if (!this.#alive) {
      if (!faults.arrivesAnyway()) return;
      trace.add(this.name, () => `${told(words)}, sent before it died`);
      await swallow(effect);
      return;
    }
    const faultless = this.options.faultless === true;
    if (faults.isOut(port, scheduler.now())) {
      coverage.saw('outage');
      trace.add(this.name, () => `${told(words)}: REFUSED, the service is out`);
      reject(new ThrottlingError('the service is out'));
      return;
    }
    const fault = faultless ? null : faults.ofCall();
    switch (fault) {
      case null:
        trace.add(this.name, () => told(words));
        await deliver(effect, resolve, reject);
        return;
      case 'crash before':
        coverage.saw('crash before an effect');
        trace.add(this.name, () => `${told(words)}: DIES BEFORE IT`);
        this.#end('Runtime.ExitError');
        return;
      case 'crash after':
        coverage.saw('crash after an effect');
        trace.add(this.name, () => `${told(words)}: DIES AFTER IT`);
        await swallow(effect);
        this.#end('Runtime.ExitError');
        return;
      case 'refused': {
        coverage.saw('refused by throttling');
        trace.add(this.name, () => `${told(words)}: REFUSED`);
        const answer = refusal?.() ?? null;
        if (answer === null) reject(new ThrottlingError('too many requests'));
        else resolve(answer);
        return;
      }
      case 'answer lost':
        coverage.saw('lost response');
        trace.add(this.name, () => `${told(words)}: ITS ANSWER IS LOST`);
        await swallow(effect);
        reject(new ConnectionError('the connection broke'));
        return;
    }
  }
}

/** A broken invariant is told to nobody but the scheduler. */
async function deliver<Answer>(
  effect: () => Promise<Answer>,
  resolve: (answer: Answer) => void,
  reject: (error: unknown) => void,
): Promise<void> {
  try {
    resolve(await effect());
  } catch (error) {
    if (error instanceof Violation) throw error;
    reject(error);
  }
}

async function swallow(effect: () => Promise<unknown>): Promise<void> {
  try {
    await effect();
  } catch (error) {
    if (error instanceof Violation) throw error;
  }
}

function told(words: Words): string {
  return typeof words === 'string' ? words : words();
}

function wordsOf(ended: Ended<unknown>): string {
  switch (ended.kind) {
    case 'returned':
      return 'returned';
    case 'threw':
      return ended.error instanceof Error
        ? `threw ${ended.error.name}: ${ended.error.message}`
        : 'threw something';
    case 'died':
      return `died, ${ended.how}`;
  }
}
