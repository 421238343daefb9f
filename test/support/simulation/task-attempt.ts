import type { Json } from '../../../core/op/references.ts';
import type { Scheduled } from './scheduler.ts';
import { StateError } from './state-error.ts';

/** What a function that a task invoked came to. */
export type FunctionAnswer =
  | { readonly ok: true; readonly payload: Json }
  | { readonly ok: false; readonly error: string; readonly cause: string };

/** How a task token is answered. */
export type Answer =
  | { readonly kind: 'success'; readonly output: Json }
  | { readonly kind: 'failure'; readonly error: string; readonly cause: string };

/** One attempt of one Task: which function, with what, and by which clocks. */
export interface TaskOrder {
  readonly executionName: string;
  readonly stateName: string;
  readonly functionName: string;
  readonly payload: Json;
  /** Set where the task waits for this token to be answered. */
  readonly token: string | undefined;
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds: number | undefined;
}

/** What an attempt needs of the world around it. */
export interface TaskHost {
  after(milliseconds: number, run: () => void): Scheduled;
  /** Never rejects; a function that is never heard of again leaves it to the task's clock. */
  invoke(order: TaskOrder): Promise<FunctionAnswer>;
  /**
   * Whether a task that is answered while its function still runs ends at once, or when the function
   * returns (and fails if that fails). AWS does not say which; both must do.
   */
  readonly answersWaitForFunction: boolean;
}

/**
 * One attempt of one Task. The first of answer, function failure, timeout and missed heartbeat ends
 * it; a retry of the state is another attempt, with a token of its own.
 */
export class TaskAttempt {
  readonly order: TaskOrder;
  readonly outcome: Promise<Json>;
  readonly #host: TaskHost;
  readonly #clocks: Scheduled[] = [];
  #heartbeat: Scheduled | undefined;
  #open = true;
  #functionRuns = true;
  #kept: Answer | null = null;
  #resolve: (output: Json) => void = () => {};
  #reject: (error: StateError) => void = () => {};

  constructor(host: TaskHost, order: TaskOrder) {
    this.#host = host;
    this.order = order;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#clocks.push(
      host.after(order.timeoutSeconds * 1000, () => this.#fail('States.Timeout', 'the task took too long')),
    );
    this.#restartHeartbeat();
    void host.invoke(order).then((answer) => this.#functionEnded(answer));
  }

  /** Whether its token still takes an answer. */
  get isOpen(): boolean {
    return this.#open && this.#kept === null;
  }

  answer(answer: Answer): void {
    if (this.#functionRuns && this.#host.answersWaitForFunction) this.#kept = answer;
    else this.#endBy(answer);
  }

  heartbeat(): void {
    if (this.#open) this.#restartHeartbeat();
  }

  /** Its execution is over: nothing ends it any more, and its token is closed. */
  close(): void {
    this.#open = false;
    this.#heartbeat?.cancel();
    for (const clock of this.#clocks) clock.cancel();
  }

  #functionEnded(answer: FunctionAnswer): void {
    this.#functionRuns = false;
    if (!this.#open) return;
    if (!answer.ok) this.#fail(answer.error, answer.cause);
    else if (this.order.token === undefined) {
      this.#succeed({ ExecutedVersion: '$LATEST', Payload: answer.payload, StatusCode: 200 });
    } else if (this.#kept !== null) this.#endBy(this.#kept);
  }

  #endBy(answer: Answer): void {
    if (answer.kind === 'success') this.#succeed(answer.output);
    else this.#fail(answer.error, answer.cause);
  }

  #succeed(output: Json): void {
    if (!this.#open) return;
    this.close();
    this.#resolve(output);
  }

  #fail(error: string, cause: string): void {
    if (!this.#open) return;
    this.close();
    this.#reject(new StateError(error, cause));
  }

  #restartHeartbeat(): void {
    const seconds = this.order.heartbeatSeconds;
    if (seconds === undefined) return;
    this.#heartbeat?.cancel();
    this.#heartbeat = this.#host.after(seconds * 1000, () =>
      this.#fail('States.HeartbeatTimeout', 'no heartbeat in time'),
    );
  }
}
